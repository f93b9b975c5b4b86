"""Proof: signatures, keys, the tree over all envelopes, and the envelope itself."""
