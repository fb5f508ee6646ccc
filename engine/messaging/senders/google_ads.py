"""Google Ads Customer Match through Google's Data Manager API (v1).

The Google Ads API's own upload (offlineUserDataJobs) takes nobody new since 1 April 2026: projects that had not used it before get
CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE and are sent here. See
https://developers.google.com/data-manager/api/devguides/audiences/send-audience-members
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from contacts.models import ConsentState, Contact
from engine.messaging import http
from engine.messaging.errors import SendError

API = "https://datamanager.googleapis.com/v1"
OAUTH = "https://oauth2.googleapis.com/token"
MOST = 10_000  # members in one request
_GMAIL = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose audiences we fill, from GOOGLE_ADS_* in the environment. `lists`: our audience's name -> Google's list id."""

    customer_id: str
    client_id: str
    client_secret: str
    refresh_token: str
    lists: dict[str, str] = field(default_factory=dict)
    login_customer_id: str = ""
    api: str = API
    oauth: str = OAUTH

    @classmethod
    def configured(cls) -> Account | None:
        """The account of the environment; None while it is not connected."""
        told = {name: _setting(f"GOOGLE_ADS_{name.upper()}") for name in _NAMES}
        if not all(told[name] for name in _NAMES[:5]):
            return None
        # GOOGLE_ADS_LISTS: "Not reached=1234567, VIP=7654321", or one id for all audiences.
        pairs = [pair.partition("=") for pair in told["lists"].split(",") if pair.strip()]
        lists = {name.strip() if sep else "": (number if sep else name).strip() for name, sep, number in pairs}
        return cls(
            customer_id=_digits(told["customer_id"]),
            client_id=told["client_id"],
            client_secret=told["client_secret"],
            refresh_token=told["refresh_token"],
            lists=lists,
            login_customer_id=_digits(told["login_customer_id"]),
            api=told["api_url"] or API,
            oauth=told["oauth_url"] or OAUTH,
        )


_NAMES = (
    "customer_id", "client_id", "client_secret", "refresh_token", "lists", "login_customer_id", "api_url", "oauth_url",
)  # fmt: skip


def upload(account: Account, audience: str, contact_ids: Sequence[int], *, adding: bool) -> int:
    """Add these contacts to Google's list, or take them out. Returns how many were told; raises SendError.

    Only who said yes to the channel is told, by that channel's address, hashed; demo people never. Who is taken out needs no consent.
    """
    list_id = account.lists.get(audience) or account.lists.get("")
    if not list_id:
        raise SendError(f"GOOGLE_ADS_LISTS names no list for the audience “{audience}”.", permanent=True)
    members = _members(contact_ids, consented_only=adding)
    if not members:
        return 0
    token = _token(account)
    for start in range(0, len(members), MOST):
        body = _body(account, list_id, members[start : start + MOST], adding=adding)
        _call(f"{account.api}/audienceMembers:{'ingest' if adding else 'remove'}", token, body)
    return len(members)


def hashed_email(address: str) -> str:
    """Google's normal form: no white space, lower case, no dots before gmail.com; then SHA-256, hex."""
    local, _, domain = "".join(address.split()).lower().rpartition("@")
    if domain in _GMAIL:
        local = local.replace(".", "")
    return _sha256(f"{local}@{domain}")


def hashed_phone(number: str) -> str:
    """E.164 with its plus, SHA-256, hex."""
    return _sha256(f"+{_digits(number)}")


def _members(contact_ids: Sequence[int], *, consented_only: bool) -> list[dict[str, Any]]:
    wanted = list(contact_ids)
    said = set(
        ConsentState.objects.filter(contact_id__in=wanted, subject__in=("email", "sms"), state="in").values_list(
            "contact_id", "subject"
        )
    )
    members = []
    people = Contact.objects.filter(pk__in=wanted, is_demo=False).order_by("pk").values_list("pk", "email", "phone")
    for number, email, phone in people:
        identifiers = []
        if email and (not consented_only or (number, "email") in said):
            identifiers.append({"emailAddress": hashed_email(email)})
        if phone and (not consented_only or (number, "sms") in said):
            identifiers.append({"phoneNumber": hashed_phone(phone)})
        if identifiers:
            members.append({"userData": {"userIdentifiers": identifiers}})
    return members


def _body(account: Account, list_id: str, members: list[dict[str, Any]], *, adding: bool) -> dict[str, Any]:
    destination: dict[str, Any] = {
        "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": account.customer_id},
        "productDestinationId": list_id,
    }
    if account.login_customer_id:
        destination["loginAccount"] = {"accountType": "GOOGLE_ADS", "accountId": account.login_customer_id}
    body: dict[str, Any] = {"destinations": [destination], "audienceMembers": members, "encoding": "HEX"}
    if adding:
        body["consent"] = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
        body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    return body


def _token(account: Account) -> str:
    told = {
        "grant_type": "refresh_token",
        "refresh_token": account.refresh_token,
        "client_id": account.client_id,
        "client_secret": account.client_secret,
    }
    answer = _post(
        account.oauth,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(told).encode(),
    )
    token = _json(answer).get("access_token") if answer.status == 200 else None
    if not isinstance(token, str) or not token:
        # The log-in was taken back or is wrong: ours to mend, so nobody's step fails for it at once.
        raise SendError(f"Google refused the log-in: {_words(answer)}", permanent=False)
    return token


def _call(url: str, token: str, body: dict[str, Any]) -> None:
    answer = _post(url, headers={"Authorization": f"Bearer {token}"}, json=body)
    if answer.status == 200 and _json(answer).get("requestId"):
        return
    passing = answer.status in (200, 401, 403, 408, 429) or answer.status >= 500
    raise SendError(f"Google Ads: {_words(answer)}", permanent=not passing)


def _post(url: str, **told: Any) -> http.Response:
    try:
        # Log-in and upload together stay below the lease of an effect, or their answer would come too late.
        return http.request("POST", url, trusted=True, timeout_s=10, **told)
    except (http.Unreachable, http.Lost) as error:
        # The same members again change nothing there, so a lost answer may be asked for again.
        raise SendError(f"Google Ads did not answer: {error}", permanent=False) from error


def _json(answer: http.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _words(answer: http.Response) -> str:
    told = _json(answer).get("error")
    if isinstance(told, dict):
        return f"{answer.status} {told.get('status', '')}: {told.get('message', '')}"[:300]
    return f"{answer.status} {told or ''}".strip()


def _setting(name: str) -> str:
    return str(getattr(settings, name, "") or os.environ.get(name, ""))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
