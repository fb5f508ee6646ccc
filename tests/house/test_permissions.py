"""Who may do what: every address x every method x every role, against the table in docs/permissions.md."""

from __future__ import annotations

from functools import cache

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory
from django.urls import reverse

from contacts import access
from tests.house.addresses import METHODS, Address, admin_table, all_addresses, table

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", *access.ROLES)


@pytest.fixture
def users() -> dict[str, User]:
    """One of each role. Django's is_staff opens the admin's door; what is behind it follows from the role."""
    made = {}
    for role in access.ROLES:
        made[role] = User.objects.create(username=role, is_staff=role != access.STAFF)
        made[role].groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


@cache
def addresses() -> list[Address]:
    return list(all_addresses())


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    there, written = {address.pattern for address in addresses()}, set(table())
    assert there - written == set(), "addresses without a row in docs/permissions.md"
    assert written - there == set(), "rows of docs/permissions.md without an address"


@pytest.mark.parametrize("person", PEOPLE)
def test_every_address_answers_each_role_as_the_table_says(person: str, users: dict[str, User], settings) -> None:
    settings.DEMO = True  # else the demo's clock refuses everybody
    rows, client, wrong = table(), client_of(users.get(person)), []
    for address in addresses():
        if address.pattern not in rows or address.pattern == "/logout/":
            continue  # told above; logging out ends the session that the others need, and is tried below
        for method in METHODS:
            response = client.generic(method, address.path, b"{}", content_type="application/json")
            who = rows[address.pattern][method]
            said = f"{method} {address.pattern}: {response.status_code} for {person}"
            if response.status_code >= 500:
                wrong.append(f"{said}, a crash")
            elif person in who and address.offers(method) and _refused(response):
                wrong.append(f"{said}, who may")
            elif person not in who and not _refused(response) and response.status_code != 405:
                wrong.append(f"{said}, who may not")
    assert not wrong, "\n".join(wrong)


def test_a_number_that_no_database_keeps_names_nothing(users: dict[str, User], settings) -> None:
    settings.DEMO = True
    client, wrong = client_of(users["admin"]), []
    for address in addresses():
        if "987654321" in address.path:
            path = address.path.replace("987654321", "9" * 25)
            for method in METHODS:
                response = client.generic(method, path, b"{}", content_type="application/json")
                if response.status_code >= 500 or (method == "GET" and response.status_code == 200):
                    wrong.append(f"{method} {path}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def _refused(response) -> bool:  # type: ignore[no-untyped-def]
    if response.status_code in (301, 302):
        return "/login/" in response["Location"]
    return response.status_code in (401, 403)


def test_logging_out_is_for_everybody() -> None:
    assert client_of(None).post("/logout/").status_code < 400


# --- the admin ----------------------------------------------------------------------------------
def test_every_model_of_the_admin_has_its_row() -> None:
    assert {model._meta.label for model in admin.site._registry} == set(admin_table())


@pytest.mark.parametrize("role", access.ROLES)
def test_the_admin_allows_each_role_what_the_table_says(role: str, users: dict[str, User]) -> None:
    rows, wrong = admin_table(), []
    request = RequestFactory().get("/admin/")
    request.user = users[role]
    for model, model_admin in admin.site._registry.items():
        for kind, who in rows[model._meta.label].items():
            may = getattr(model_admin, f"has_{kind}_permission")(request)
            if bool(may) != (role in who):
                wrong.append(f"{model._meta.label}: {role} {'may' if may else 'may not'} {kind}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_admins_lists_open_only_to_those_who_may_look(person: str, users: dict[str, User]) -> None:
    client, wrong = client_of(users.get(person)), []
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        opened = client.get(path).status_code == 200
        # Django's door is closed to who is not is_staff, whatever their role may.
        may = person in admin_table()[model._meta.label]["view"] and users[person].is_staff
        if opened != may:
            wrong.append(f"{path}: {person} {'came in' if opened else 'was refused'}")
    assert not wrong, "\n".join(wrong)
