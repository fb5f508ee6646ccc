"""`manage.py check --deploy`: clean behind a real address, refused with demo accounts on it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from tests.house.source import ROOT
from trellis.checks import is_public
from trellis.make.check import DEPLOYED


def deploy_check(data: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=os.environ | DEPLOYED | {"DATA_DIR": str(data)} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("address", ["https://trellis.example.com", "http://127.0.0.1:8000"])
def test_clean_without_demo_mode(address: str, tmp_path) -> None:
    done = deploy_check(tmp_path, BASE_URL=address)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_demo_mode_on_a_public_address_is_refused(tmp_path) -> None:
    done = deploy_check(tmp_path, DEMO="1")
    assert done.returncode == 1
    assert "trellis.E001" in done.stderr
    assert "trellis.example.com" in done.stderr


def test_demo_mode_on_this_machine_is_fine(tmp_path) -> None:
    done = deploy_check(tmp_path, DEMO="1", BASE_URL="http://127.0.0.1:8000")
    assert done.returncode == 0, done.stderr


def test_an_address_in_the_clear_is_refused(tmp_path) -> None:
    done = deploy_check(tmp_path, BASE_URL="http://trellis.example.com")
    assert done.returncode == 1
    assert "trellis.E002" in done.stderr


@pytest.mark.parametrize("host", ["trellis.example.com", "*", ".example.com", "8.8.8.8", "2606:4700::1111"])
def test_public_hosts(host: str) -> None:
    assert is_public(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "192.168.1.4", "10.0.0.1", "trellis", "office.local", ""]
)
def test_hosts_that_strangers_cannot_reach(host: str) -> None:
    assert not is_public(host)


@pytest.mark.django_db
def test_the_health_of_a_server_behind_tls_is_asked_without(settings) -> None:
    """By the container next door, which would else be led to an address where nobody speaks TLS."""
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/health").status_code == 200
    assert Client().get("/").status_code == 301
