"""The REST API of the builder, one resource a file."""
