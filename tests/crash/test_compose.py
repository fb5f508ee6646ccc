"""compose.yaml: what each container runs is run here as processes, in the environment that stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.crash.databases import database, need, need_redis
from tests.house.running import Running
from tests.house.source import ROOT

OURS = ("migrate", "web", "workers", "pulse")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def test_every_service_has_an_image_a_command_and_what_it_waits_for() -> None:
    services = compose()["services"]
    assert set(services) == {"postgresql", "redis", *OURS}
    for name in OURS:
        assert services[name]["image"] == "trellis"
        assert services[name]["command"][:2] == ["python", "manage.py"]
        for other in services[name]["depends_on"]:
            assert other in services
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert named == set(compose()["volumes"])


def test_the_image_holds_what_the_product_needs() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
    assert {"manage.py", "contacts", "builder", "engine", "trellis", "static", "templates"} <= copied
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not copied & set(ignored)


@pytest.mark.processes
@pytest.mark.slow
def test_its_commands_run(tmp_path: Path) -> None:
    need("postgresql")
    queue = need_redis()
    services = compose()["services"]
    with ExitStack() as stack:
        ground = stack.enter_context(database("postgresql", tmp_path))
        given = {"POSTGRES_PASSWORD": "secret", "SECRET_KEY": "s" * 60}
        environment = {
            name: re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda one: given.get(one[1], one[2] or ""), value)
            for name, value in services["web"]["environment"].items()
        }
        assert environment.pop("DATABASE_URL") == "postgres://trellis:secret@postgresql:5432/trellis"
        assert environment.pop("REDIS_URL") == "redis://redis:6379/0"
        del environment["PORT"], environment["HOST"], environment["BASE_URL"]
        ground.more = environment | {"DATA_DIR": str(tmp_path), "REDIS_URL": queue}
        done = ground.manage(*services["migrate"]["command"][1:])
        assert done.returncode == 0, done.stderr
        told = {key: value for key, value in ground.environment.items() if key != "DATA_DIR"}
        web, *others = (
            stack.enter_context(Running(tmp_path, *services[name]["command"][3:], **told))
            for name in ("web", "workers", "pulse")
        )
        check = services["web"]["healthcheck"]["test"]
        asked = [sys.executable, *check[2:-1], check[-1].replace("8000", str(web.port))]
        assert subprocess.run(asked, capture_output=True).returncode == 0
        assert [len(one.pids(name)) for one, name in zip((web, *others), ("web", "cluster", "pulse"), strict=True)] == [
            1
        ] * 3
