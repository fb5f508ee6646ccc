"""What this machine has for the tests, fetched where that is allowed: Chromium, PostgreSQL, Redis."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

from .environment import PYTHON, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> tuple[str | None, str]:
    """Where Chromium is, installing Debian's when missing and allowed; else None and the reason."""
    if found := _first(BROWSERS):
        return found, ""
    if not shutil.which("apt-get"):
        return None, "no Chromium here, and no apt-get to install it"
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo") or subprocess.run([*sudo, "true"], capture_output=True).returncode:
            return None, "no Chromium here, and installing it needs root: apt-get install chromium"
    say("Installing Chromium with apt-get ...")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*sudo, *command], env=environment, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            return None, f"apt-get could not install Chromium: {said[-1] if said else 'no reason given'}"
    found = _first(BROWSERS)
    return found, "" if found else "apt-get installed Chromium, but it is not on the PATH"


def postgresql() -> tuple[str | None, str]:
    """The address of a PostgreSQL on which a test database may be made; else None and the reason."""
    named = os.environ.get("TEST_DATABASE_URL", "")
    url = named or "postgres://postgres@127.0.0.1:5432/postgres"
    look = (
        "import sys, psycopg; connection = psycopg.connect(sys.argv[1], dbname='postgres', connect_timeout=3);"
        "may = connection.execute('select rolcreatedb or rolsuper from pg_roles where rolname = current_user');"
        "sys.exit(not may.fetchone()[0])"
    )
    done = subprocess.run([PYTHON, "-c", look, url], capture_output=True, text=True)
    if done.returncode == 0:
        return url, ""
    said = done.stderr.strip().splitlines()
    return (
        None,
        f"no PostgreSQL for tests: {said[-1].split(': ', 1)[-1] if said else 'its user may not make databases'}",
    )


def redis() -> tuple[str | None, str]:
    """The address of a reachable Redis; else None and the reason."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    host, _, port = url.split("//")[-1].split("/")[0].rpartition("@")[-1].partition(":")
    try:
        with socket.create_connection((host, int(port or 6379)), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith((b"+PONG", b"-NOAUTH")):
                return url, ""
    except OSError as error:
        return None, f"no Redis for tests: {error.strerror or error}"
    return None, "no Redis for tests: what listens there is something else"


def _first(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)
