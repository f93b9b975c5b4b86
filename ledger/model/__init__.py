"""What is signed: canonical bytes, names, terms, the stack, events and entries. Pure."""
