"""The headers of our mail, for real senders and the catcher alike."""

from __future__ import annotations

from email.utils import formataddr

from engine.messaging import tokens
from engine.messaging.render import Letter


def sender_address(letter: Letter) -> str:
    return formataddr((letter.from_name, letter.from_email)) if letter.from_name else letter.from_email


def mail_headers(letter: Letter) -> dict[str, str]:
    """From, Message-ID, one-click unsubscribe (RFC 8058) and Feedback-ID (campaign::type:sender, as mailbox providers read it)."""
    headers = {
        "From": sender_address(letter),
        "Message-ID": letter.header_id,
        "Feedback-ID": f"w{letter.workflow_id}::trellis:{tokens.signer().deployment}",
    }
    if letter.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
