"""Views: tables derived from judged entries, which anybody may read and nobody must trust."""
