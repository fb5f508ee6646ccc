import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from trellis.proxy import behind_proxy, client_address


def test_a_name_or_an_address_lets_in() -> None:
    User.objects.create_user("maja", "maja@example.com", "juniper-oak-1")
    for name in ("maja", "Maja@example.com"):
        answer = Client().post("/login/", {"username": name, "password": "juniper-oak-1", "next": "/settings/"})
        assert (answer.status_code, answer["Location"]) == (302, "/settings/")


def test_a_wrong_password_keeps_what_was_typed() -> None:
    answer = Client().post("/login/", {"username": "maja", "password": "wrong"})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert 'value="maja"' in html
    assert "do not fit together" in html
    assert "wrong" not in html.split("<form")[1].split("banner")[0]


def test_staying_signed_in_is_a_choice() -> None:
    User.objects.create_user("maja", password="juniper-oak-1")
    short, long = Client(), Client()
    short.post("/login/", {"username": "maja", "password": "juniper-oak-1"})
    long.post("/login/", {"username": "maja", "password": "juniper-oak-1", "stay": "1"})
    assert short.session.get_expire_at_browser_close()
    assert not long.session.get_expire_at_browser_close()


def test_nobody_is_led_to_another_site() -> None:
    User.objects.create_user("maja", password="juniper-oak-1")
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = Client().post("/login/", {"username": "maja", "password": "juniper-oak-1", "next": target})
        assert answer["Location"] == "/"


def test_signing_out_needs_a_post(marketer: Client) -> None:
    assert marketer.get("/logout/").status_code == 405
    assert marketer.post("/logout/")["Location"] == "/login/"
    assert marketer.get("/").status_code == 302


# --- too many wrong tries ---------------------------------------------------------------------------
@pytest.fixture
def throttled(settings) -> None:
    settings.AXES_ENABLED = True
    for name in ("maja", "ola", "jan"):
        User.objects.create_user(name, password="juniper-oak-1")


WRONG = "birch-elm-2"


def log_in(name: str, address: str, password: str = WRONG, *, api: bool = False) -> HttpResponse:
    told = {"username": name, "password": password}
    if api:
        return Client().post("/api/token/", told, content_type="application/json", REMOTE_ADDR=address)
    return Client().post("/login/", told, REMOTE_ADDR=address)


@pytest.mark.parametrize("api", [False, True])
def test_who_guesses_is_kept_out_and_nobody_else(throttled, api: bool) -> None:
    for _ in range(9):
        assert log_in("maja", "192.0.2.1", api=api).status_code == 400
    answer = log_in("maja", "192.0.2.1", api=api)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    words = "Too many wrong names or passwords. Try again in 15 minutes."
    assert words in (answer.json()["detail"] if api else answer.content.decode())
    assert log_in("maja", "192.0.2.1", "juniper-oak-1", api=api).status_code == 429
    for name, address in (("maja", "192.0.2.2"), ("ola", "192.0.2.1")):
        assert log_in(name, address, "juniper-oak-1", api=api).status_code in (200, 302)


def test_many_addresses_do_not_guess_one_password(throttled) -> None:
    codes = [log_in("maja", f"198.51.100.{number // 4}").status_code for number in range(101)]
    assert codes[98:] == [400, 429, 429]
    assert log_in("maja", "192.0.2.9", "juniper-oak-1").status_code == 429
    assert log_in("ola", "192.0.2.9", "juniper-oak-1").status_code == 302


def test_one_address_does_not_try_one_password_with_everybody(throttled) -> None:
    codes = []
    for number in range(101):
        if number in (20, 60):  # an account of one's own changes nothing
            assert log_in("jan", "192.0.2.1", "juniper-oak-1").status_code == 302
        codes.append(log_in(f"user{number}", "192.0.2.1").status_code)
    assert codes[98:] == [400, 429, 429]
    assert log_in("ola", "192.0.2.1", "juniper-oak-1").status_code == 429
    assert log_in("ola", "192.0.2.2", "juniper-oak-1").status_code == 302


def test_after_the_time_is_over_one_may_try_again(throttled, frozen, monkeypatch) -> None:
    from datetime import timedelta

    from axes.models import AccessAttempt

    for _ in range(11):
        log_in("maja", "192.0.2.1")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))
    assert log_in("maja", "192.0.2.1", "juniper-oak-1").status_code == 302


# --- whose address ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("10.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("made up, 203.0.113.7:51234", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("", None),
        ("203.0.113.7, unknown", None),
        ("<script>", None),
    ],
)
def test_the_address_that_our_proxy_added_counts(told: str, address: str | None) -> None:
    assert client_address(told) == address
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=told, REMOTE_ADDR="172.18.0.2")
    behind_proxy(lambda request: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == (address or "172.18.0.2")


def test_without_a_proxy_nobody_says_whom_they_speak_for(settings) -> None:
    assert "trellis.proxy.behind_proxy" not in settings.MIDDLEWARE
