"""What docs/howto/scale.md says of backups, tried on a real server."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clusters import Cluster, cluster, programs
from tests.organisation import Organisation
from tests.replication.conftest import SCALE, ServerLedger

pytestmark = pytest.mark.needs("postgres-servers", "sh")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.mark.slow
def test_what_is_restored_from_a_dump_verifies_and_takes_entries(
    server: Cluster, tmp_path: Path
) -> None:
    """With the rights that its roles had."""
    org = Organisation()
    org.open("frank")
    ledger = ServerLedger(tmp_path, server, org, "fraud")
    assert ledger.assent("verify").exit == 0
    page = SCALE.read_text(encoding="utf-8")
    commands = re.findall(r"^    (pg_dump .*|createdb .*)$", page, re.MULTILINE)
    assert len(commands) == 2
    _run(commands, server, tmp_path)

    restored = f"{server.url(database='restored')}&schema=fraud"
    assert ledger.assent_at(restored, "verify").exit == 0
    words = ("proposal", "comment", 1, "on it goes", "--as", "alice", "--yes")
    assert ledger.assent_at(restored, *words).exit == 0
    may = "has_function_privilege('fraud_writer', oid, 'EXECUTE')"
    asked = f"SELECT {may} FROM pg_proc WHERE proname = 'append_entries'"  # noqa: S608
    assert server.sql(asked, database="restored") == [(True,)]


def _run(commands: list[str], server: Cluster, folder: Path) -> None:
    found = programs()
    assert found is not None
    done = subprocess.run(
        ["sh", "-ec", "\n".join(commands)],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": f"{found}:/usr/bin:/bin", "URL": server.url(), "PGUSER": "postgres",
             "PGHOST": str(server.folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
