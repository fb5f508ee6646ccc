"""A worker of its own for test_kill: hands messages over until none is left, or until it is killed."""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    import django

    django.setup()
    from django.db import transaction

    from contacts import clock
    from engine.messaging import calls, delivery
    from engine.messaging.models import Message
    from engine.messaging.models.message import OPEN

    calls.LEASE_S = delivery.LEASE_S = 1
    if sys.argv[1] == "plan":
        from tests.messaging.crowd import plan_crowd

        plan_crowd(int(sys.argv[2]))
        return
    while Message.objects.filter(status__in=OPEN).exists():
        with transaction.atomic():
            delivery.recover(clock.now())
        claimed = delivery.claim(20, clock.now())
        results = delivery.deliver(claimed)
        with transaction.atomic():
            delivery.record(results)
        if not claimed:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
