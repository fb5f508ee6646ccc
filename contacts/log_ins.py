"""Wrong log-ins are throttled by name *and* address, and, more patiently, by each alone.

Ten wrong tries of one address for one name; a hundred for one name from anywhere, so that many addresses cannot guess one person's
password, and a stranger cannot so easily keep that person out; a hundred of one address, so that it cannot try one password with
everybody. All within AXES_COOLOFF_TIME.
"""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.db.models import Sum
from django.http import HttpRequest

# As AXES_LOCKOUT_PARAMETERS lists them: how many times as many tries each is given.
PATIENCE = (1, 10, 10)


class Handler(AxesDatabaseHandler):
    """django-axes' own, which counts each in the same way."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """In tries of one address for one name."""
        found = [
            (attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0) // patience
            for attempts, patience in zip(self.get_user_attempts(request, credentials), PATIENCE, strict=True)
        ]
        return max(found)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """After a log-in: what this address got wrong with this name. Else whoever has an account could guess on, resetting by theirs."""
        own, *_ = self.filter_user_attempts(request, credentials)
        return int(own.delete()[0])
