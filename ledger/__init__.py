"""The ledger: model, seal, policy, decide, store and audit. See ``docs/explanation/architecture.md``."""
