"""Exact answers about conditions: where one policy asks for less than another, what is idle."""
