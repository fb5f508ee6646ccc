from django.contrib.auth.models import User
from django.test import Client


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
