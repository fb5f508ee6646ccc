"""What one can do with a workflow. One verb, one file: check, execute, tell."""
