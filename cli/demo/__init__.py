"""``make demo``: two real models, eight real keys, and a ledger that tells what happened."""
