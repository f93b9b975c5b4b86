"""What the format page says of files, tables and its worked example."""

import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.store.blobs import Blobs
from ledger.store.log import create_log
from ledger.store.rows import Placed
from tests.acts import prepared
from tests.cli.conftest import placed_of
from tests.organisation import Organisation
from tests.reference import verifier
from tests.reference.compared import PAGE, compare
from tests.reference.second_payload import TYPES

pytestmark = pytest.mark.needs("ssh-keygen")


def test_the_query_of_the_page_gives_the_envelopes_in_order(tmp_path: Path) -> None:
    """Also where rubbish took the place of an entry, so that rows are not in order."""
    org, _ = prepared()
    placed = [placed_of(raw) for raw in org.envelopes]
    squat = Placed(placed[-1].stream, placed[-1].version, "comment.made", b"rubbish")
    stored = [*placed[:3], squat, *placed[3:]]
    with create_log(tmp_path / "log.sqlite") as log:
        log.append(stored, size=0)
        head = log.head()
    query = PAGE.partition("```sql\n")[2].partition("```")[0]

    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as database:
        rows = database.execute(query).fetchall()
        kept = database.execute("SELECT id, size, frontier, root FROM merkle_head").fetchall()
        columns = {
            f"{table}.{column[1]}": column[2]
            for table in ("stored_events", "merkle_leaf", "merkle_head")
            for column in database.execute(f"PRAGMA table_info({table})")
        }
        marks = [
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        ]

    assert rows == [(at, one.raw) for at, one in enumerate(stored)]
    assert kept == [(1, len(stored), b"".join(head.frontier), head.root)]
    assert columns == dict(re.findall(r"^\| `(\w+\.\w+)` \| (\w+) \|", PAGE, re.MULTILINE))
    assert marks == [0x41535354, 1]
    assert compare([row[1] for row in rows], org.id).roots[-1] == head.root.hex()


@pytest.mark.parametrize("name", TYPES)
def test_a_type_of_field_stands_on_the_page_as_the_second_verifier_has_it(name: str) -> None:
    row = re.search(rf"^\| {name} \| (.+) \|$", PAGE, re.MULTILINE)
    pattern = TYPES[name].removeprefix(r"(?!-0(\.0+)?\Z)").replace("|", r"\|")

    assert row is not None
    if name not in {"alias", "alias pattern", "target", "instant", "line", "text"}:
        assert row[1].startswith(f"`{pattern}`")


def test_evidence_lies_where_the_page_says(tmp_path: Path) -> None:
    digest = Blobs(tmp_path).put(b"a document").removeprefix("sha256:")

    assert digest == sha256(b"a document").hexdigest()
    assert (tmp_path / digest[:2] / digest[2:]).read_bytes() == b"a document"


def test_the_worked_example_is_an_entry_and_has_the_hashes_the_page_states() -> None:
    example = PAGE.partition("## Worked example")[2]
    raw = example.partition("```text\n")[2].partition("```")[0].encode()
    stated = dict(re.findall(r"^\| ([a-zA-Z0-9' -]+) \| `(.+)` \|$", example, re.MULTILINE))
    org = Organisation(accept=False)
    org.accept("alice")

    entry = verifier.parse(raw)
    log = compare([org.envelopes[0], raw], entry["ledger"])

    assert raw == org.envelopes[1]
    assert len(raw) == 723
    assert log.said[1] == verifier.Said(placed=True, rule=None)
    assert stated == {
        "leaf hash": sha256(b"\0" + raw).hexdigest(),
        "alice's key in the roster": org.keys["alice"].public.text,
        "SHA-256 of the payload line": sha256(raw.splitlines()[0]).hexdigest(),
        "root of the log of two": log.roots[2],
    }
