"""SMTP that knows how far it came: a connection lost before the text was sent may be tried again, one lost after is in doubt."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

_END = b"\r\n.\r\n"


class _Told:
    """Remembers that a mail's text, with its end mark, is on its way and unanswered."""

    handing_over = False

    def send(self, s: Any) -> None:
        if isinstance(s, bytes) and s.endswith(_END):
            self.handing_over = True
        super().send(s)  # type: ignore[misc]

    def data(self, msg: Any) -> Any:
        self.handing_over = False
        answer = super().data(msg)  # type: ignore[misc]
        self.handing_over = False
        return answer


class _Smtp(_Told, smtplib.SMTP):
    pass


class _SmtpSsl(_Told, smtplib.SMTP_SSL):
    pass


class Backend(EmailBackend):
    """Django's SMTP backend over a connection that tells us more."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpSsl if self.use_ssl else _Smtp

    @property
    def handing_over(self) -> bool:
        return bool(getattr(self.connection, "handing_over", False))

    def drop(self) -> None:
        """Forget a connection that is no use any more."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
