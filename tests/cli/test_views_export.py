"""``assent views export``: every table as files, whole or not at all."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet  # type: ignore[import-untyped]  # pyarrow ships no types

from cli.moment import Moment
from cli.views_export import export_to
from projections import export
from projections.export import batches, exported_tables
from tests.acts import comment
from tests.cli.conftest import LedgerFolder
from tests.projections.histories import lived
from tests.projections.once import SEED, viewed
from tests.reference.rfc6962 import tree_hash

Row = dict[str, Any]
HIDDEN = {"standing", "standing_roots", "tracking"}
FORMULA = '=SUM(A1:A9), "quoted"\nand more'
KILLED = """
import os, signal, sys
from cli.main import run
from cli.views_export_forms import JsonLinesWriter

def killing(writer, path, columns):
    if path.name == "releases.jsonl":
        os.kill(os.getpid(), signal.SIGKILL)
    begin(writer, path, columns)

begin, JsonLinesWriter.__init__ = JsonLinesWriter.__init__, killing
run(sys.argv[1:])
"""
"""The command line, killed with signal 9 where it comes to one of its later files."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of a long history in which everything happens, in every form."""
    folder, views = tmp_path_factory.mktemp("exported") / "out", viewed()
    standing = views.standing()
    then = Moment(standing, views, standing.head.time)
    export_to(folder, lived(SEED).id, then, ["csv", "jsonl", "parquet"])
    return folder


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def named(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lines(folder: Path, table: str) -> list[Row]:
    text = (folder / f"{table}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def stored() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every table with its rows, straight from the views."""
    with viewed().reading() as connection:
        for table in exported_tables():
            found = connection.exec_driver_sql(f"SELECT * FROM {table.name}")  # noqa: S608 - ours
            yield table.name, [tuple(row) for row in found]


def test_every_table_and_view_is_exported_but_the_standing(exported: Path) -> None:
    with viewed().reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        )
        there = {name for (name,) in found} - HIDDEN

    names = [one["name"] for one in manifest(exported)["tables"]]
    assert names == sorted(there)
    assert {"aliases", "model_inventory", "alias_timeline", "metric_approval_latency"} <= there


def test_the_lines_of_json_are_the_rows_of_the_tables_with_their_types(exported: Path) -> None:
    told = {one["name"]: one for one in manifest(exported)["tables"]}
    for name, rows in stored():
        found = lines(exported, name)
        types = {column["name"]: column["type"] for column in told[name]["columns"]}
        assert all(list(row) == list(types) for row in found)
        assert sorted(map(repr, (tuple(row.values()) for row in found))) == sorted(
            repr(tuple(as_type(*one) for one in zip(types.values(), row, strict=True)))
            for row in rows
        )
        assert told[name]["rows"] == len(rows)


def as_type(type_: str, value: Any) -> Any:
    return bool(value) if type_ == "boolean" and value is not None else value


def test_the_csv_holds_what_the_lines_of_json_do(exported: Path) -> None:
    """Read with Python's own reader, which takes an empty field and empty text for the same."""
    for one in manifest(exported)["tables"]:
        path = exported / f"{one['name']}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file, strict=True))
        assert found == [
            {name: as_csv(value) for name, value in row.items()}
            for row in lines(exported, one["name"])
        ]
        assert path.read_bytes().endswith(b"\r\n")


def as_csv(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_the_csv_tells_empty_text_from_nothing(exported: Path) -> None:
    first = (exported / "evidence_metrics.csv").read_text(encoding="utf-8").splitlines()[1]

    (metric,) = {json.dumps(row) for row in lines(exported, "evidence_metrics")[:1]}
    assert json.loads(metric)["segment"] == ""
    assert json.loads(metric)["low"] is None
    assert first.split(",")[2:] == ['""', "0.95", "", "", ""]


def test_the_parquet_holds_the_same_with_the_types_that_the_manifest_says(exported: Path) -> None:
    types = {"text": "string", "integer": "int64", "boolean": "bool"}
    for one in manifest(exported)["tables"]:
        found = parquet.read_table(exported / f"{one['name']}.parquet")
        assert [(field.name, str(field.type), field.nullable) for field in found.schema] == [
            (column["name"], types[column["type"]], column["null"]) for column in one["columns"]
        ]
        assert found.to_pylist() == lines(exported, one["name"])


def test_the_manifest_says_of_which_ledger_and_moment_it_is_and_proves_each_file(
    exported: Path,
) -> None:
    org, head = lived(SEED), manifest(exported)

    assert (head["schema"], head["ledger"], head["size"]) == (
        "export/1",
        org.id,
        len(org.envelopes),
    )
    assert head["root"] == tree_hash(org.envelopes).hex()
    assert head["as_of"]["position"] == len(org.envelopes) - 1
    files = [file for one in head["tables"] for file in one["files"]]
    assert sorted([*(file["file"] for file in files), "manifest.json"]) == named(exported)
    for file in files:
        data = (exported / file["file"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert all(column["about"] for one in head["tables"] for column in one["columns"])


def test_an_export_as_of_a_position_is_that_of_the_log_up_to_there(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    org = ledger.organisation
    before = ledger.assent("views", "export", tmp_path / "before", "--json")
    comment(org, "alice", org.release(), FORMULA)
    after = LedgerFolder(tmp_path / "after", org)
    then = after.assent(
        "views", "export", tmp_path / "then", "--as-of", before.json["as_of"]["position"], "--json"
    )
    now = after.assent("views", "export", tmp_path / "now", "--json")

    assert (before.exit, then.exit, now.exit) == (0, 0, 0)
    assert sorted(then.json["files"]) == named(tmp_path / "then") == named(tmp_path / "before")
    first, second = manifest(tmp_path / "before"), manifest(tmp_path / "then")
    assert (first["tables"], first["root"]) == (second["tables"], second["root"])
    assert now.json["rows"] > then.json["rows"] == before.json["rows"]
    with (tmp_path / "now" / "comments.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == FORMULA, "nothing is altered for the sake of a spreadsheet"


def test_an_export_of_before_the_founding_says_that_it_is_empty(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    long_ago = ("--as-of", "2020-01-01T00:00:00Z")
    said = ledger.assent("views", "export", tmp_path / "said", "--format", "csv", *long_ago)
    told = ledger.assent(
        "views", "export", tmp_path / "told", "--format", "csv", "--json", *long_ago
    )

    tables = manifest(tmp_path / "said")["tables"]
    assert {one["rows"] for one in tables} == {0}
    assert said.out.splitlines()[0] == (
        f"wrote {len(tables)} tables, as of before the first entry: all tables are empty"
    )
    assert (told.json["rows"], told.json["as_of"]["position"]) == (0, -1)


def test_what_is_there_already_is_not_written_over(ledger: LedgerFolder, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    for name, code in (("full", "folder-not-empty"), ("file", "file-exists")):
        refused = ledger.assent("views", "export", tmp_path / name, "--json")
        assert (refused.exit, refused.json["code"]) == (2, code)
    assert named(tmp_path / "full") == ["mine"]
    beneath = ledger.assent("views", "export", tmp_path / "file" / "beneath", "--json")
    assert (beneath.exit, beneath.json["code"]) == (2, "cannot-write")
    assert named(tmp_path) == ["file", "full", "ledger"]


@pytest.mark.parametrize("name", ["empty", "new/deep"])
def test_an_empty_folder_is_taken_and_one_below_what_is_not_there_is_made(
    ledger: LedgerFolder, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = ledger.assent("views", "export", tmp_path / name, "--format", "csv")
    assert done.exit == 0
    assert done.out.endswith(f"{name}/manifest.json says what each file holds\n")
    assert {path.suffix for path in (tmp_path / name).iterdir()} == {".csv", ".json"}


def test_without_pyarrow_parquet_is_refused_before_anything_is_read_or_written(
    ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    wanted = (tmp_path / "x", "--format", "parquet", "--as-of", "nonsense", "--json")
    refused = ledger.assent("views", "export", *wanted)

    assert (refused.exit, refused.json["code"]) == (2, "parquet-not-installed")
    assert named(tmp_path) == ["ledger"]


def test_an_export_that_is_killed_leaves_no_folder(ledger: LedgerFolder, tmp_path: Path) -> None:
    """Killed with most of its files written; what it leaves lies beside, under another name."""
    target = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, "views", "export", str(target)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=ledger.path, env=environment, check=False)

    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    (left,) = tmp_path.glob(".assent-export-*")
    assert len(named(left)) > 50


def test_no_table_is_in_memory_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 7)
    entries = next(table for table in exported_tables() if table.name == "entries")
    with viewed().reading() as connection:
        sizes = [len(rows) for rows in batches(connection, entries)]

    assert sum(sizes) == len(lived(SEED).envelopes)
    assert max(sizes) == 7
