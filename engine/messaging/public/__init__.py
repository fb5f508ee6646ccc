"""What readers' links lead to: open to everybody, signed, and writing nothing on GET or HEAD but a hit."""
