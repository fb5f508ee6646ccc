"""`make run`: from a fresh checkout to a running Trellis. A second call takes seconds and keeps the data."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from pathlib import Path

from .environment import PYTHON, ROOT, Refused, prepare, say, setting


def main() -> None:
    os.environ.setdefault("DEMO", setting("DEMO", "1"))
    _check_port(setting("HOST", "127.0.0.1"), setting("PORT", "8000"))
    _check_data(Path(setting("DATA_DIR", str(ROOT / "var"))))
    scale = setting("DATABASE_URL", "") or setting("REDIS_URL", "")
    prepare("requirements-scale.txt" if scale else "requirements.txt")
    os.chdir(ROOT)
    say("Preparing the database ...")
    _manage("migrate", "--no-input", "--verbosity", "0")
    if os.environ["DEMO"].lower() in ("1", "true", "yes", "on"):
        _manage("demo")
    say("Starting web, cluster and pulse ...")
    os.execv(PYTHON, [str(PYTHON), "manage.py", "run"])


def _manage(*arguments: str) -> None:
    try:
        if subprocess.run([PYTHON, "manage.py", *arguments]).returncode:
            raise Refused(f"“manage.py {arguments[0]}” failed; its reason stands above.")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _check_port(host: str, text: str) -> None:
    """Before minutes of installing, not after."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Refused(f"PORT is “{text}”; it must be a number from 1 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(text)))
        except OSError as error:
            raise Refused(
                f"port {text} on {host} cannot be used ({error.strerror}). Choose another: make run PORT=8001"
            ) from None


def _check_data(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Refused(
            f"the data folder {folder} cannot be written to ({error.strerror}). Choose another: DATA_DIR=..."
        ) from None


if __name__ == "__main__":
    main()
