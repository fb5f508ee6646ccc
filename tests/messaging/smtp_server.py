"""A real SMTP server on loopback that keeps what it takes, counts Message-IDs, and fails as it is told."""

from __future__ import annotations

import asyncio
import email
import threading
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP


class Mailbox:
    """`answers`: what to say to each DATA in turn: a reply, `drop` (close after taking the text) or `drop_before`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        self.connections = 0
        self._servers: list[SMTP] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        if self.answers and self.answers[0] == "drop_before":
            self.answers.pop(0)
            server.transport.abort()
            return "421 bye"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250") or answer == "drop":
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
            self.senders.append(envelope.mail_from)
        if answer == "drop":
            server.transport.abort()
        return answer if answer != "drop" else "421 bye"

    def factory(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="loopback", enable_SMTPUTF8=False, decode_data=False)

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


class Running:
    """The server in a thread of its own; `port` is chosen by the system."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.ready = threading.Event()
        self.port = 0

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(self.loop.create_server(self.box.factory, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    def __enter__(self) -> Running:
        self.thread.start()
        assert self.ready.wait(5)
        return self

    def __exit__(self, *told: object) -> None:
        async def stop() -> None:
            self.server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(stop(), self.loop)
        self.thread.join(5)
        self.loop.close()
