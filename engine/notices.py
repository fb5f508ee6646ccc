"""Telling people: a notice in the app, and one mail to the workflow's owner and to whom its settings name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from builder.models import Workflow
from contacts import clock
from contacts.models import Workspace
from engine.messaging.errors import MessagingError
from engine.messaging.models import Status
from engine.messaging.render import Letter
from engine.messaging.senders import registry
from engine.models import Notice, NoticeMail

RETRIES = (timedelta(minutes=1), timedelta(minutes=8), timedelta(hours=1), timedelta(hours=8))


def tell(key: str, title: str, words: str, *, workflow: Workflow | None = None, level: str = "danger") -> Notice | None:
    """Keep a notice and plan its mails, in the caller's transaction or one of its own; None: it was told before."""
    now = clock.now()
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                key=key[:120],
                level=level,
                workflow_id=workflow.pk if workflow else None,
                title=title[:200],
                words=words[:1000],
                at=now,
            )
    except IntegrityError:
        return None
    NoticeMail.objects.bulk_create(
        [NoticeMail(notice=notice, address=address, due_at=now) for address in addresses(workflow)]
    )
    return notice


def addresses(workflow: Workflow | None) -> list[str]:
    """Of the workflow's owner and those its settings name; without any, of all admins. Two queries."""
    drawn: dict[str, Any] = {}
    if workflow is not None and workflow.live_version is not None:
        drawn = workflow.live_version.document.get("settings") or {}
    named = [drawn.get("owner"), *(drawn.get("notify") or [])]
    ids = {one for one in named if isinstance(one, int)}
    if workflow is not None and workflow.owner_id:
        ids.add(workflow.owner_id)
    found = {one.strip() for one in named if isinstance(one, str) and "@" in one}
    users = get_user_model().objects.filter(is_active=True).exclude(email="")
    found |= set(users.filter(pk__in=ids).values_list("email", flat=True))
    return sorted(found or set(users.filter(is_superuser=True).values_list("email", flat=True)))


def something_due() -> bool:
    return NoticeMail.objects.filter(due_at__lte=clock.now()).exists()


def mail_due(limit: int = 20) -> int:
    """Hand over what is due; returns how many. Call with no transaction open."""
    done = 0
    for mail in NoticeMail.objects.filter(due_at__lte=clock.now()).select_related("notice").order_by("due_at")[:limit]:
        # Whoever takes the moment away has it: nobody else will hand it over, whatever happens to us.
        if NoticeMail.objects.filter(pk=mail.pk, due_at=mail.due_at).update(due_at=None):
            _hand_over(mail)
            done += 1
    return done


def _hand_over(mail: NoticeMail) -> None:
    tries = mail.attempts + 1
    try:
        outcome = next(iter(registry.of("email").deliver([_letter(mail)])))
        status, error = outcome.status, outcome.error
    except MessagingError as problem:  # a mistake of the operator's, such as a wrong EMAIL_URL
        status, error = Status.PLANNED, str(problem)
    again = status is Status.PLANNED and tries <= len(RETRIES)
    NoticeMail.objects.filter(pk=mail.pk).update(
        attempts=tries,
        error=error[:500],
        sent_at=clock.now() if status in (Status.ACCEPTED, Status.IN_DOUBT) else None,
        due_at=clock.now() + RETRIES[tries - 1] if again else None,
    )


def _letter(mail: NoticeMail) -> Letter:
    workspace = Workspace.current()
    notice = mail.notice
    link = f"{settings.BASE_URL}/workflows/{notice.workflow_id}/" if notice.workflow_id else settings.BASE_URL
    domain = urlsplit(settings.BASE_URL).hostname or "localhost"
    return Letter(
        message_id=0,
        contact_id=0,
        workflow_id=notice.workflow_id or 0,
        channel="email",
        to=mail.address,
        subject=f"{workspace.name}: {notice.title}",
        html="",
        text=f"{notice.title}\n\n{notice.words}\n\n{link}\n",
        from_name=workspace.from_name,
        from_email=workspace.from_email,
        header_id=f"<notice-{notice.pk}-{mail.pk}@{domain}>",
        key=f"notice:{notice.pk}:{mail.pk}",
        unsubscribe_url="",
        is_demo=False,
    )


def open_notices(limit: int = 20) -> Iterable[Notice]:
    """What nobody has put away yet, the newest first."""
    return Notice.objects.filter(put_away_at__isnull=True).order_by("-id")[:limit]


def put_away(notice_id: int, user: Any) -> bool:
    """Somebody has seen it and takes care; twice changes nothing."""
    mine = Notice.objects.filter(pk=notice_id, put_away_at__isnull=True)
    return bool(mine.update(put_away_at=clock.now(), put_away_by=user))
