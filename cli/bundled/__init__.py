"""What lies in every bundle beside the log: an independent verifier, and how to check."""
