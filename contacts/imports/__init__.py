"""CSV files into contacts: uploaded, looked at, mapped, then worked off in turns that survive a kill.

`uploads.receive` -> `uploads.configure` -> `estimate.estimate` -> `uploads.start` -> `work` until it answers True.
"""

from contacts.imports.rings import on_work, pending
from contacts.imports.working import work

__all__ = ["on_work", "pending", "work"]
