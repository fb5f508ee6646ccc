"""`make restore FROM=file`: puts a backup back, then brings it up to this version's migrations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from .backup import FORMAT
from .environment import PYTHON, ROOT, Refused, say, step_inside


def main() -> None:
    step_inside("trellis.make.restore")
    if len(sys.argv) < 2:
        raise Refused("say which file: make restore FROM=var/backups/trellis-....tar.gz")
    say(restore(Path(sys.argv[1])))
    say("Migrating to this version ...")
    if subprocess.run([PYTHON, "manage.py", "migrate", "--no-input", "--verbosity", "0"], cwd=ROOT).returncode:
        raise Refused("the database is back, but its migrations failed; the reason stands above.")
    say("Restored.")


def restore(source: Path) -> str:
    """Put the copy in place of what is there. Refuses while Trellis runs on it, and refuses what is no backup."""
    from django.conf import settings

    from engine.supervisor.lock import Busy, alone

    from .database import database

    folder = Path(settings.DATA_DIR)
    target = database()
    try:
        with alone(folder), tempfile.TemporaryDirectory(dir=_made(folder)) as scratch:
            about = _unpack(source, Path(scratch))
            if about.get("database") != target.member:
                raise Refused(
                    f"{source} holds a {about.get('database')}, and the settings name another kind of database."
                )
            said = target.put_back(Path(scratch) / target.member)
            _replace(Path(scratch) / "secret_key", folder / "secret_key")
            _replace(Path(scratch) / "media", folder / "media")
    except Busy:
        raise Refused(f"Trellis is running on {folder}; stop it first.") from None
    return said


def _unpack(source: Path, scratch: Path) -> dict[str, object]:
    try:
        with tarfile.open(source) as archive:
            _extract(archive, scratch)
        about = json.loads((scratch / "about.json").read_text())
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise Refused(f"{source} is not a backup of Trellis ({reason}).") from None
    if about.get("format") != FORMAT:
        raise Refused(f"{source} was made by another version of Trellis (format {about.get('format')}).")
    return dict(about)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Plain files and folders inside `folder`; raises ValueError for anything else.

    `extractall` can be asked for that since Python 3.11.4, and Debian 12 has 3.11.2.
    """
    for member in archive:
        path = (folder / member.name).resolve()
        if not path.is_relative_to(folder.resolve()) or not (member.isfile() or member.isdir()):
            raise ValueError(f"it holds {member.name}")
        content = archive.extractfile(member)  # None for a folder
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)


def _replace(new: Path, old: Path) -> None:
    if not new.exists():
        return
    if new.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(new, old)
    else:
        shutil.copyfile(new, old)
        old.chmod(0o600)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
