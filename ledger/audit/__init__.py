"""The audit: the same rules asked again, over envelopes and public keys alone. Pure."""
