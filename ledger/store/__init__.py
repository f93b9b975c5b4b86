"""The store: the log, content-addressed evidence, key files and each user's own state.

Nothing in here is trusted. What is read is handed on as it stands, for an audit to judge.
"""
