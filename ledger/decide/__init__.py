"""Decisions: standing in, event out, or a refusal that names the rule. Pure."""
