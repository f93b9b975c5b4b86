"""The command line: one file per noun, one function per verb; thin over the ledger."""
