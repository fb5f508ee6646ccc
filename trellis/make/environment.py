"""The virtual environment in `.venv`: made when missing, filled when the requirements changed.

Standard library only: it runs before anything is installed. Whatever can be wrong with a machine is said in one line.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class Refused(SystemExit):
    """Something on this machine is missing; the message is the one line that says what and how to mend it."""

    def __init__(self, message: str) -> None:
        say(f"Cannot go on: {message}")
        super().__init__(1)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def setting(name: str, default: str) -> str:
    """A value as the settings will read it: the environment first, then `.env`."""
    if name in os.environ:
        return os.environ[name]
    with contextlib.suppress(OSError):
        for line in (ROOT / ".env").read_text().splitlines():
            key, found, value = line.strip().removeprefix("export ").partition("=")
            if found and key.strip() == name:
                return value.strip().strip("\"'")
    return default


def prepare(*requirements: str) -> None:
    """Bring `.venv` up to these requirement files. Costs milliseconds when nothing changed."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this is the check that tells people)
        raise Refused(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    stamps = {name: _stamp(name) for name in requirements}
    if PYTHON.exists() and all(_installed(name) == stamp for name, stamp in stamps.items()):
        return
    if not _works():
        _create()
    for name, stamp in stamps.items():
        _install(name)
        (VENV / f"{name}.stamp").write_text(stamp)


def step_inside(module: str, requirements: str = "requirements.txt") -> None:
    """Go on in the environment's Python, where Django and the settings can be imported."""
    prepare(requirements)
    if Path(sys.prefix) != VENV:
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", module, *sys.argv[1:]])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")


def _stamp(name: str) -> str:
    """Changes when the file, one that it includes, or Python changes."""
    text = (ROOT / name).read_text()
    included = [line.split()[1] for line in text.splitlines() if line.startswith("-r ")]
    parts = [text, sys.version, str(ROOT), *(_stamp(other) for other in included)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _installed(name: str) -> str:
    try:
        return (VENV / f"{name}.stamp").read_text()
    except OSError:
        return ""


def _works() -> bool:
    """Whether `.venv` holds this Python and pip; one that was interrupted, moved or made by another does not."""
    try:
        check = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        return subprocess.run([PYTHON, "-c", check], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


def _create() -> None:
    try:
        import ensurepip
        import venv
    except ImportError:
        raise Refused(
            "this Python has no venv module. On Debian or Ubuntu: apt install "
            f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        ) from None
    del ensurepip
    say("Making the environment in .venv ...")
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(VENV)
    except OSError as error:
        raise Refused(f"{ROOT} cannot be written to ({error.strerror}).") from None
    except subprocess.CalledProcessError as error:
        raise Refused(f"the environment in .venv could not be made ({_last_line(error.output)}).") from None


def _install(name: str) -> None:
    say(f"Installing {name} ...")
    began = time.monotonic()
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", name]
    pip = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert pip.stdout is not None
    last = ""
    for step in _steps(pip.stdout):
        last = step if step.startswith("ERROR") or not last.startswith("ERROR") else last
        if step.startswith("Collecting "):
            say(f"  {re.split('[^A-Za-z0-9._-]', step.split()[1])[0]}")
        elif step.startswith("Installing collected packages"):
            say("  unpacking ...")
    if pip.wait() != 0:
        raise Refused(f"pip could not install {name}: {last.removeprefix('ERROR: ')}")
    say(f"Installed in {time.monotonic() - began:.0f} s.")


def _steps(lines: Iterator[str]) -> Iterator[str]:
    yield from (line.strip() for line in lines if line.strip())


def _last_line(output: object) -> str:
    text = output.decode(errors="replace") if isinstance(output, bytes) else str(output or "")
    return text.strip().splitlines()[-1] if text.strip() else "no reason given"
