"""Written cases tried out on a policy, as ``assent policy test`` does."""
