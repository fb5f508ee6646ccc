"""What the engine keeps: runs and their visits, what would wake them, counters, the outbox. One file a theme."""

from engine.models.alarm import Alarm, Backfill, Recheck
from engine.models.bell import Beat, Bell
from engine.models.counter import Counter, Daily
from engine.models.effect import Effect
from engine.models.move import Move
from engine.models.notice import Failure, Notice, NoticeMail
from engine.models.refusal import Refusal
from engine.models.run import Lane, Run, RunStatus, Subscription
from engine.models.turns import Turns
from engine.models.visit import Visit
from engine.models.watch import Watch
from engine.models.winner import Winner

__all__ = [
    "Alarm",
    "Backfill",
    "Beat",
    "Bell",
    "Counter",
    "Daily",
    "Effect",
    "Failure",
    "Lane",
    "Move",
    "Notice",
    "NoticeMail",
    "Recheck",
    "Refusal",
    "Run",
    "RunStatus",
    "Subscription",
    "Turns",
    "Visit",
    "Watch",
    "Winner",
]
