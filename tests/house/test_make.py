"""What the make commands say on machines where something is missing: one line, and nothing half done."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from trellis.make import environment
from trellis.make.environment import Refused
from trellis.make.test import Sum


def start(data: object, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trellis.make.run"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data), "PORT": "0", "DEMO": "0"} | changed,
        capture_output=True,
        text=True,
    )


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = start(tmp_path / "data", PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert line.startswith("Cannot go on: port")
    assert "PORT=8001" in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["many", "0", "70000", ""])
def test_a_port_that_is_none_is_said(port: str, tmp_path: Path) -> None:
    done = start(tmp_path, PORT=port)
    assert done.returncode == 1
    assert "must be a number from 1 to 65535" in done.stdout


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder below a file: refused to root too, whom permissions do not stop."""
    (tmp_path / "file").write_text("")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = start(tmp_path / "file" / "data", PORT=str(port))
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert "cannot be written to" in line
    assert "DATA_DIR=" in line


@pytest.mark.parametrize(("version", "found"), [("Python 3.9.2", "found Python 3.9.2"), (None, "found none")])
def test_a_missing_or_old_python_is_said(version: str | None, found: str, tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    if version:
        old = tmp_path / "python3"
        old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{version}" && exit 0\nexit 1\n')
        old.chmod(0o755)
    done = subprocess.run([make, "run"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stdout == f"Cannot go on: Python 3.11 or newer is needed, {found}.\n"


def test_a_python_without_venv_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys) -> None:
    """Debian ships ensurepip in a package of its own."""
    monkeypatch.setattr(environment, "VENV", tmp_path / "venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Refused):
        environment.prepare("requirements.txt")
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in capsys.readouterr().out
    assert not (tmp_path / "venv").exists()


def test_requirements_are_installed_when_they_changed_and_only_then(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed: list[str] = []
    (tmp_path / "base.txt").write_text("six\n")
    (tmp_path / "more.txt").write_text("-r base.txt\nattrs\n")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    for name, value in {"ROOT": tmp_path, "VENV": venv, "PYTHON": venv / "bin" / "python"}.items():
        monkeypatch.setattr(environment, name, value)
    monkeypatch.setattr(environment, "_works", lambda: True)
    monkeypatch.setattr(environment, "_install", installed.append)

    environment.prepare("more.txt")
    environment.prepare("more.txt")
    assert installed == ["more.txt"]
    (tmp_path / "base.txt").write_text("six>=1.16\n")
    environment.prepare("more.txt")
    assert installed == ["more.txt", "more.txt"]


def test_settings_are_read_from_env_as_the_settings_read_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / ".env").write_text("# PORT=1\nexport PORT='9000'\n")
    monkeypatch.delenv("PORT", raising=False)
    assert environment.setting("PORT", "8000") == "9000"
    monkeypatch.setenv("PORT", "9001")
    assert environment.setting("PORT", "8000") == "9001"
    assert environment.setting("NOT_THERE", "x") == "x"


def test_the_sum_counts_every_run_and_a_run_that_broke(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/></testcase>'
        '<testcase name="c"><skipped message="no Redis"/></testcase><testcase name="d"><error/></testcase>'
        "</testsuite></testsuites>"
    )
    total = Sum()
    total.read(report)
    total.read(tmp_path / "never-written.xml")
    assert (total.passed, total.failed, total.skipped) == (1, 3, {"no Redis": 1})
