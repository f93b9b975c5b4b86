"""The files of ``assent policy test``: read, named with their lines, tried out, reported."""
