"""SQLite's own wait for a lock looks again after 1, 2, 5, ... up to 100 ms, and so sleeps through the 5 ms in which the engine
lets others write (see `engine.pace`): a web write then waited 180 ms at p95. Here it looks every millisecond.
"""

from __future__ import annotations

import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOK_EVERY_S = 0.001


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """BEGIN in the configured mode; raises OperationalError when the lock was not to be had within the time-out."""
        until = time.monotonic() + self.settings_dict["OPTIONS"].get("timeout", 5)
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    try:
                        cursor.execute(f"BEGIN {self.settings_dict['OPTIONS'].get('transaction_mode') or 'DEFERRED'}")
                        return
                    except OperationalError as error:
                        if "locked" not in str(error) or time.monotonic() > until:
                            raise
                    time.sleep(LOOK_EVERY_S)
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(1000 * self.settings_dict['OPTIONS'].get('timeout', 5))}")
