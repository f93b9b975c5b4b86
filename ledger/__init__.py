"""The ledger: model, seal, policy, decide, store and audit (``docs/explanation``)."""
