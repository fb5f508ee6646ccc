"""`make backup`: one file with the database, the key that signs links, and the uploads, while everything runs.

The key belongs to it: links in mails that people have already received are signed with it. So the file is as secret as
the server itself, and readable by its owner alone.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path

from .environment import say, step_inside

FORMAT = 1


def main() -> None:
    step_inside("trellis.make.backup")
    say(f"Backed up to {backup(Path(sys.argv[1]) if len(sys.argv) > 1 else None)}")


def backup(target: Path | None = None) -> Path:
    """Write the copy (default: a new file in DATA_DIR/backups) and say where it is."""
    from django.conf import settings

    from .database import database

    source = database()
    made_at = datetime.now().astimezone()
    folder = Path(settings.DATA_DIR)
    target = target or folder / "backups" / f"trellis-{made_at:%Y%m%d-%H%M%S}.tar.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        copy = Path(scratch) / source.member
        source.copy_to(copy)
        about = Path(scratch) / "about.json"
        about.write_text(json.dumps({"format": FORMAT, "database": source.member, "made_at": made_at.isoformat()}))
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=5) as archive:
                archive.add(about, "about.json")
                archive.add(copy, source.member)
                for name in ("secret_key", "media"):
                    if (folder / name).exists():
                        archive.add(folder / name, name)
            file.flush()
            os.fsync(file.fileno())
    unfinished.replace(target)
    return target


if __name__ == "__main__":
    main()
