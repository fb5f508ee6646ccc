"""Google's OAuth token endpoint and the Data Manager API v1, as far as audiences go: the same checks, answers and errors.

After https://developers.google.com/data-manager/api/reference/rest/v1/audienceMembers/ingest and .../remove.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

_HEX = re.compile(r"[0-9a-f]{64}")
_SCOPE = "https://www.googleapis.com/auth/datamanager"


class FakeGoogle:
    """Runs on loopback. `lists`: list id -> the set of members, each a frozenset of (kind, hash)."""

    def __init__(self, *, customer: str = "1234567890", lists: tuple[str, ...] = ("777",)) -> None:
        self.customer, self.lists = customer, {name: set() for name in lists}
        self.refresh_token, self.client = "refresh", ("client", "secret")
        self.access_token = "ya29.fake"
        self.failures: list[tuple[int, str, str]] = []  # (status, code, message) for the next calls
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.tokens_given = 0

    def __enter__(self) -> FakeGoogle:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, told = fake.answer(self.path, self.headers, body)
                data = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/token":
            return self._token(headers, body)
        if self.failures:
            status, code, message = self.failures.pop(0)
            return _error(status, code, message)
        if headers.get("Authorization") != f"Bearer {self.access_token}":
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        verb = {"/v1/audienceMembers:ingest": "ingest", "/v1/audienceMembers:remove": "remove"}.get(path)
        if verb is None:
            return _error(404, "NOT_FOUND", "Requested entity was not found.")
        try:
            told = json.loads(body)
        except ValueError:
            return _error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        self.requests.append((verb, told))
        wrong = self._wrong(verb, told)
        if wrong:
            return _error(400, "INVALID_ARGUMENT", wrong)
        if not told.get("validateOnly"):
            self._keep(verb, told)
        return 200, {"requestId": f"126365e1-16d0-4c81-9de9-{len(self.requests):012d}"}

    def _token(self, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        told = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if told.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        if (told.get("client_id"), told.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        if told.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        self.tokens_given += 1
        return 200, {"access_token": self.access_token, "expires_in": 3599, "scope": _SCOPE, "token_type": "Bearer"}

    def _wrong(self, verb: str, told: dict[str, Any]) -> str:
        known = {"destinations", "audienceMembers", "encoding", "validateOnly", "encryptionInfo"}
        known |= {"consent", "termsOfService"} if verb == "ingest" else set()
        if set(told) - known:
            return f"Unknown name “{sorted(set(told) - known)[0]}”: Cannot find field."
        destinations, members = told.get("destinations") or [], told.get("audienceMembers") or []
        if not destinations or len(destinations) > 10:
            return "There must be 1 to 10 destinations."
        for destination in destinations:
            account = destination.get("operatingAccount") or {}
            if account.get("accountType") != "GOOGLE_ADS" or account.get("accountId") != self.customer:
                return "The operating account is not one of this user's."
            if destination.get("productDestinationId") not in self.lists:
                return "The audience does not exist."
        if not 1 <= len(members) <= 10_000:
            return "There must be 1 to 10,000 audience members."
        if told.get("encoding") not in ("HEX", "BASE64"):
            return "The encoding is required for user data."
        if (
            verb == "ingest"
            and (told.get("termsOfService") or {}).get("customerMatchTermsOfServiceStatus") != "ACCEPTED"
        ):
            return "The terms of service of Customer Match are not accepted."
        for member in members:
            identifiers = (member.get("userData") or {}).get("userIdentifiers") or []
            if not 1 <= len(identifiers) <= 10:
                return "A member needs 1 to 10 identifiers."
            for identifier in identifiers:
                if len(identifier) != 1 or set(identifier) - {"emailAddress", "phoneNumber", "address"}:
                    return "An identifier is one of emailAddress, phoneNumber and address."
                if not _HEX.fullmatch(str(next(iter(identifier.values())))):
                    return "The identifier is not a SHA-256 hash in the encoding given."
        return ""

    def _keep(self, verb: str, told: dict[str, Any]) -> None:
        members = {
            frozenset(next(iter(identifier.items())) for identifier in member["userData"]["userIdentifiers"])
            for member in told["audienceMembers"]
        }
        for destination in told["destinations"]:
            kept = self.lists[destination["productDestinationId"]]
            kept |= members if verb == "ingest" else set()
            if verb == "remove":
                # Whoever shares an identifier is taken out.
                gone = {identifier for member in members for identifier in member}
                kept -= {member for member in kept if member & gone}


def _error(status: int, code: str, message: str) -> tuple[int, dict[str, Any]]:
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code, "domain": "datamanager.googleapis.com"}
    ]
    return status, {"error": {"code": status, "message": message, "status": code, "details": details}}
