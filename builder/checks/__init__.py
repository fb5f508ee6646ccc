"""The checks behind `builder.validation`, one theme a file."""
