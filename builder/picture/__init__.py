"""Pictures of a workflow as SVG text, drawn by the server: small, escaped, coloured by the page's own tokens.

- `thumbnail`, `card`: left to right, for lists and the library
- `strip`: the same with one run's path, for the side panel of the history
- `path_picture`: top-down as on the canvas, with one run's path, for a contact's page
"""

from builder.picture.downwards import path_picture
from builder.picture.sideways import card, strip, thumbnail

__all__ = ["card", "path_picture", "strip", "thumbnail"]
