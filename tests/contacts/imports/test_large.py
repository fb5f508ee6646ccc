"""A hundred thousand rows: little memory, killed midway, resumed, nothing lost, nothing doubled."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
ROWS = 100_000
BAD = 1_000  # every hundredth


def line(number: int) -> bytes:
    if number % 100 == 50:
        return b"not-an-address-%d,Bad,,x\r\n" % number
    return f"p{number}@example.com,Zażółć{number},+48601{number:06d},vip|t{number % 7}\r\n".encode()


def environment(tmp_path: Path) -> dict[str, str]:
    """The product's own settings on a database of this test."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "TEST_DATABASE_URL")}
    found = {**inherited, "DATA_DIR": str(tmp_path), "SECRET_KEY": "a" * 60, "DEMO": "0"}
    if connection.vendor == "postgresql":
        name = f"{connection.settings_dict['NAME']}_large"
        given = os.environ["TEST_DATABASE_URL"]
        found["DATABASE_URL"] = given.rsplit("/", 1)[0] + "/" + name
    return found


def run(environment: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env={**environment, "DJANGO_SETTINGS_MODULE": "trellis.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def world(tmp_path, django_db_blocker):
    """A migrated database of its own, because other processes have to see it."""
    env = environment(tmp_path)
    name = env.get("DATABASE_URL", "").rsplit("/", 1)[-1]
    with django_db_blocker.unblock():
        if name:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
                cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            run(env, "from django.core.management import call_command; call_command('migrate', verbosity=0)")
            yield env
        finally:
            if name:
                with connection.cursor() as cursor:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.processes
def test_a_hundred_thousand_rows_survive_a_kill(world, tmp_path):
    source = tmp_path / "people.csv"
    with source.open("wb") as file:
        file.write(b"email,first_name,phone,tags\r\n")
        file.writelines(line(number) for number in range(ROWS))
    import_id = run(
        world,
        "from django.core.files import File\n"
        "from contacts.imports import uploads\n"
        f"of = uploads.start(uploads.receive(File(open({str(source)!r}, 'rb')), 'people.csv'))\n"
        "print(of.pk)",
    )

    def worker() -> subprocess.Popen[str]:
        script = str(Path(__file__).with_name("child.py"))
        return subprocess.Popen(
            [sys.executable, script, import_id],
            env={**world, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    # Three kills at different places, each in the middle of whatever follows a commit.
    for limit in (10_000, 35_000, 60_000):
        process = worker()
        assert process.stdout
        for told in process.stdout:
            if json.loads(told).get("rows", 0) >= limit:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL

    process = worker()
    out, err = process.communicate(timeout=400)
    assert process.returncode == 0, err
    last = json.loads(out.strip().splitlines()[-1])
    assert last["grown_kb"] < 100_000, "the worker's memory must not grow with the file"
    assert last["peak_kb"] < 200_000

    counted = json.loads(
        run(
            world,
            "import json\n"
            "from contacts.models import *\n"
            "from contacts.imports.rejects import reject_file\n"
            f"of = Import.objects.get(pk={import_id})\n"
            "open('%s', 'wb').writelines(reject_file(of))\n"
            % (tmp_path / "rejects.csv")
            + "print(json.dumps({'status': of.status, 'rows': of.rows, 'created': of.created,\n"
            "  'rejected': of.rejected, 'line': of.line, 'contacts': Contact.objects.count(), 'tags': ContactTag.objects.count(),\n"
            "  'added': Event.objects.filter(name='contact_added', handled=True).count(),\n"
            "  'tagged': Event.objects.filter(name='tag_added', handled=True).count()}))",
        )
    )
    good = ROWS - BAD
    assert counted == {
        "status": "done", "rows": ROWS, "created": good, "rejected": BAD, "line": ROWS + 1,
        "contacts": good, "tags": good * 2, "added": good, "tagged": good * 2,
    }  # fmt: skip
    expected = b"line,reason,email,first_name,phone,tags\r\n" + b"".join(
        b"%d,email: 'not-an-address-%d' is not an e-mail address: An email address must have an @-sign.,%s"
        % (number + 2, number, line(number))
        for number in range(50, ROWS, 100)
    )
    assert (tmp_path / "rejects.csv").read_bytes() == expected


def test_the_estimate_of_a_long_file_is_bounded_in_time(upload, monkeypatch):
    from contacts.imports.estimate import estimate

    content = b"email\n" + b"".join(b"p%d@example.com\n" % number for number in range(3_000))
    found = estimate(upload(content), seconds=0)
    assert (found.exact, found.rows) == (False, 1_000) and 0 < found.share < 1
