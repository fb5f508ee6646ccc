"""E-mail through Django's backends: SMTP, or a provider of django-anymail. Chosen by EMAIL_URL."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from engine.messaging import tokens
from engine.messaging.errors import InDoubt, MessagingError, SendError
from engine.messaging.render import Letter
from engine.messaging.senders.base import Sender, retry_after
from engine.messaging.senders.headers import mail_headers

TIMEOUT_S = 15  # shorter than a lease, or a slow answer would find its message in doubt
# Provider: the names of its secrets, in the order of user, password and host in EMAIL_URL ("mailgun://key@domain").
PROVIDERS: dict[str, tuple[str, ...]] = {
    "brevo": ("api_key",),
    "mailersend": ("api_token",),
    "mailgun": ("api_key", "", "sender_domain"),
    "mailjet": ("api_key", "secret_key"),
    "mailtrap": ("api_token",),
    "mandrill": ("api_key",),
    "postal": ("api_key", "", "api_url"),
    "postmark": ("server_token",),
    "resend": ("api_key",),
    "scaleway": ("secret_key", "project_id"),
    "sparkpost": ("api_key",),
    "unisender_go": ("api_key", "", "api_url"),
}


class BadEmailUrl(MessagingError):
    """EMAIL_URL must be smtp://user:password@host:port, smtps://..., or a provider such as mailgun://key@domain."""


def backend_for(url: str) -> Callable[[], BaseEmailBackend]:
    """What opens the backend that EMAIL_URL names. Raises BadEmailUrl."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise BadEmailUrl(BadEmailUrl.__doc__) from None
    scheme = parts.scheme.lower()
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    options = dict(parse_qsl(parts.query))
    if scheme in ("smtp", "smtps", "smtp+tls"):
        from engine.messaging.senders.smtp import Backend

        tls = scheme == "smtp+tls" or options.get("tls") in ("1", "true") or (scheme == "smtp" and port == 587)
        return lambda: Backend(
            host=parts.hostname or "localhost",
            port=port or (465 if scheme == "smtps" else 587 if tls else 25),
            username=user,
            password=password,
            use_ssl=scheme == "smtps",
            use_tls=tls and scheme != "smtps",
            timeout=TIMEOUT_S,
        )
    name = scheme.replace("-", "_")
    if name not in PROVIDERS:
        raise BadEmailUrl(BadEmailUrl.__doc__)
    # Not parts.hostname, which is lower-cased: a key is no host name.
    host = unquote(parts.netloc.rpartition("@")[2])
    given = zip(PROVIDERS[name], (user or host, password, host if user else ""), strict=False)
    secrets = {key: value for key, value in given if key and value}
    if "api_url" in secrets:
        secrets["api_url"] = f"https://{secrets['api_url']}"
    made: type[BaseEmailBackend] = import_string(f"anymail.backends.{name}.EmailBackend")
    told: dict[str, Any] = {"ignore_unsupported_features": True, "requests_timeout": TIMEOUT_S, **secrets, **options}
    return lambda: made(**told)


class EmailSender(Sender):
    """One connection for a batch. Plain SMTP and most providers know no idempotency keys, so nothing is repeated in doubt."""

    def __init__(self, url: str) -> None:
        self._make = backend_for(url)
        self._smtp = urlsplit(url).scheme.lower().startswith("smtp")
        self._backend: BaseEmailBackend | None = None

    def open(self) -> None:
        if self._backend is None:
            self._backend = self._make()
        try:
            self._backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            # A refused log-in is our mistake, not the reader's: it is tried again, and shown meanwhile.
            raise SendError(f"No connection: {_words(error)}", permanent=False) from error

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            try:
                backend.close()
            except (smtplib.SMTPException, OSError):
                # Every letter has its answer already; a server that does not say good-bye changes none of them.
                return

    def send(self, letter: Letter) -> str:
        assert self._backend is not None
        message = message_of(letter, connection=self._backend)
        return self._by_smtp(message) if self._smtp else self._by_provider(message, letter)

    def _by_smtp(self, message: EmailMultiAlternatives) -> str:
        backend: Any = self._backend
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            code = min((int(told[0]) for told in error.recipients.values()), default=550)
            raise SendError(f"Recipient refused: {_words(error)}", permanent=code >= 500) from error
        except smtplib.SMTPServerDisconnected as error:
            self._lost(backend, error)
        except smtplib.SMTPResponseException as error:
            if error.smtp_code == 421:  # the server closes the channel
                self._drop()
            raise SendError(_words(error), permanent=500 <= error.smtp_code < 600) from error
        except smtplib.SMTPException as error:
            raise SendError(_words(error), permanent=True) from error
        except OSError as error:
            self._lost(backend, error)
        except (ValueError, UnicodeError) as error:  # an address or header that cannot be written
            raise SendError(f"This mail cannot be written: {_words(error)}", permanent=True) from error
        return ""

    def _lost(self, backend: Any, error: Exception) -> None:
        in_doubt = backend.handing_over
        self._drop()
        if in_doubt:
            raise InDoubt(f"The connection was lost after the text was sent: {_words(error)}") from error
        raise SendError(f"The connection was lost: {_words(error)}", permanent=False) from error

    def _drop(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None and hasattr(backend, "drop"):
            backend.drop()

    def _by_provider(self, message: Any, letter: Letter) -> str:
        import requests
        from anymail.exceptions import AnymailError, AnymailRecipientsRefused

        message.metadata = {"trellis": tokens.signer().receipt(letter.message_id)}
        try:
            message.send()
        except AnymailRecipientsRefused as error:
            raise SendError(f"Recipient refused: {_words(error)}", permanent=True) from error
        except (AnymailError, requests.RequestException) as error:
            cause = error.__cause__ if isinstance(error.__cause__, requests.RequestException) else error
            if isinstance(cause, requests.ConnectTimeout) or "NewConnectionError" in repr(cause):
                raise SendError(f"No connection: {_words(error)}", permanent=False) from error
            status = getattr(error, "status_code", None)
            if status is None and isinstance(cause, requests.RequestException):
                raise InDoubt(f"No answer: {_words(error)}") from error
            if status in (502, 504):
                raise InDoubt(_words(error)) from error
            # 401 and 403 are our mistake, 429 and 5xx pass: none of them is the reader's.
            mine = status is not None and 400 <= status < 500 and status not in (401, 403, 408, 429)
            answer = getattr(error, "response", None)
            wait_s = retry_after(answer.headers) if answer is not None else 0
            raise SendError(_words(error), permanent=mine, retry_after_s=wait_s) from error
        except (ValueError, UnicodeError) as error:
            raise SendError(f"This mail cannot be written: {_words(error)}", permanent=True) from error
        return str(getattr(message.anymail_status, "message_id", "") or "")


def message_of(letter: Letter, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The letter as Django's message: text part first, HTML beside it."""
    headers = mail_headers(letter)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=headers.pop("From"),
        to=[letter.to],
        headers=headers,
        connection=connection,
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        return f"{error.smtp_code} {told.decode('utf-8', 'replace') if isinstance(told, bytes) else told}"[:300]
    return f"{type(error).__name__}: {error}"[:300]
