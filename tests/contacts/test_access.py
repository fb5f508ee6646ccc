"""Who may do what: one function, closed by default."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from contacts import access

EXPECTED = {
    "marketer": {"workflow.read", "workflow.write", "content.read", "content.write", "segment.read", "segment.write",
                 "contact.read", "contact.tag", "version.read", "run.read", "message.read", "refusal.read",
                 "counts.read", "overview.read", "library.read", "demo.clock"},
    "staff": {"version.read", "run.read", "message.read", "refusal.read", "counts.read", "overview.read",
              "library.read", "run.retry", "run.cancel", "demo.clock"},
    "admin": set(access.RULES),
}  # fmt: skip


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_may_exactly_this(user_of, role):
    user = user_of(role)
    assert {rule for rule in access.RULES if access.may(user, rule)} == EXPECTED[role]


def test_nobody_else_may_anything(db):
    plain = User.objects.create(username="plain")
    django_staff = User.objects.create(username="django", is_staff=True)
    inactive = User.objects.create(username="gone", is_active=False, is_superuser=True)
    inactive.groups.set(Group.objects.all())
    for user in (plain, django_staff, inactive, AnonymousUser(), None):
        assert not any(access.may(user, rule) for rule in access.RULES)


def test_a_superuser_may_all(db):
    boss = User.objects.create_superuser("boss", password="x")
    assert all(access.may(boss, rule) for rule in access.RULES)


def test_a_rule_nobody_made_is_our_mistake(user_of):
    with pytest.raises(KeyError):
        access.may(user_of("admin"), "contact.teleport")
    with pytest.raises(KeyError):
        access.needs("contact.teleport")


def test_roles_are_asked_once_and_noticed_when_they_change(user_of, django_assert_num_queries, monkeypatch):
    user = User.objects.get(pk=user_of("admin").pk)
    with django_assert_num_queries(1):
        assert access.may(user, "contact.write") and access.may(user, "contact.read")
    user.groups.clear()
    assert not access.may(user, "contact.read")
    Group.objects.get(name="admin").user_set.add(user)
    now = access.time.monotonic()
    monkeypatch.setattr(access.time, "monotonic", lambda: now + 6)
    assert access.may(user, "contact.read"), "a socket's user notices within seconds"


def answer(view, method, user):
    request = getattr(APIRequestFactory(), method)("/")
    if user:
        force_authenticate(request, user)
    return view.as_view()(request).status_code


def test_a_view_without_rules_is_closed(user_of):
    class Open(APIView):
        def get(self, request):
            raise AssertionError

    class Half(Open):
        rules = {"POST": "contact.read"}

    class Ruled(APIView):
        rules = {"GET": "contact.read", "PATCH": "contact.write"}

        def get(self, request):
            from rest_framework.response import Response

            return Response()

        patch = get

    admin, marketer = user_of("admin"), user_of("marketer")
    assert answer(Open, "get", admin) == answer(Half, "get", admin) == 403
    assert answer(Ruled, "get", marketer) == answer(Ruled, "options", marketer) == 200
    assert answer(Ruled, "patch", marketer) == 403 and answer(Ruled, "patch", admin) == 200
    assert answer(Ruled, "get", None) == 401


def test_pages_send_strangers_to_the_log_in_and_others_away(rf, user_of):
    @access.needs("contact.write")
    def page(request):
        return HttpResponse("in")

    request = rf.get("/contacts/?tag=vip")
    request.user = AnonymousUser()
    assert page(request)["Location"] == "/login/?next=/contacts/%3Ftag%3Dvip"
    request.user = user_of("marketer")
    with pytest.raises(PermissionDenied):
        page(request)
    request.user = user_of("admin")
    assert page(request).content == b"in" and page.rule == "contact.write"
