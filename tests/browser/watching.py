"""What a browser complains of while a test drives it: errors in the console, broken policies, failed answers."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Response, WebError


class Watch:
    """Collects complaints of all pages of its contexts. What a test provokes on purpose it names with `expect`."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._thrown)
        context.on("response", self._answer)

    def expect(self, pattern: str) -> None:
        self._expected.append(re.compile(pattern))

    def verdict(self) -> list[str]:
        """Complaints that nobody expected. A broken content security policy is among them: Chromium logs it as an error."""
        return [said for said in self.complaints if not any(one.search(said) for one in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert") or "Content Security Policy" in message.text:
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _thrown(self, error: WebError) -> None:
        self.complaints.append(f"thrown: {error.error}")

    def _answer(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"answer {response.status}: {response.request.method} {response.url}")
