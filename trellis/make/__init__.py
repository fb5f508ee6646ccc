"""What the Makefile calls. `environment.py` and its callers need only Python's own library: they make the rest."""
