import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.errors import Conflict, Uncheckable
from ledger.seal.envelope import examine
from projections.log import entries
from projections.rebuilding import compare, rebuild
from projections.rows import CODE_VERSION, SqliteRows
from projections.runner import Views
from tests.organisation import Organisation, change, stack
from tests.projections.histories import fill


@pytest.fixture(scope="module")
def org() -> Organisation:
    org = Organisation()
    org.release()
    org.open("frank", change(stack(model="m2")))
    return org


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.sqlite"


@pytest.fixture
def views(org: Organisation, path: Path) -> Iterator[Views]:
    with Views(path) as views:
        fill(views, org, 5)
        yield views


def count(views: Views) -> int:
    with views.reading() as connection:
        return connection.scalar(select(func.count()).select_from(entries)) or 0


def test_views_and_standing_come_back_as_they_were_kept(
    org: Organisation, views: Views, path: Path
) -> None:
    with Views(path) as again:
        assert again.position() == len(org.envelopes) == count(again)
        assert again.standing().head == org.standing.head
        assert again.standing().root_at(7) == org.standing.root_at(7)
        assert compare(views, again) == []


def test_only_their_owner_reads_the_views(views: Views, path: Path) -> None:
    assert views.is_current()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_writer_of_the_same_entries_is_told_and_doubles_nothing(
    org: Organisation, path: Path
) -> None:
    with Views(path) as one, Views(path) as other:
        late = other.standing()
        batch = [judge(late, examine(raw), org.id) for raw in org.envelopes]
        fill(one, org, 5)
        with pytest.raises(Conflict, match="another process has brought the views up to date"):
            other.keep(batch, late)
        assert count(one) == len(org.envelopes)
        with Views() as reference:
            fill(reference, org, 5000)
            assert compare(one, reference) == []
        fill(other, org, 5)
        assert other.position() == len(org.envelopes)


def test_a_batch_kept_twice_is_refused(org: Organisation, path: Path) -> None:
    with Views(path) as views:
        standing = views.standing()
        first = [judge(standing, examine(raw), org.id) for raw in org.envelopes[:5]]
        views.keep(first, standing)
        second = [judge(standing, examine(raw), org.id) for raw in org.envelopes[5:]]
        with pytest.raises(Conflict, match="another process"):
            views.keep([*first, *second], standing)
        assert count(views) == 5


def test_a_standing_is_of_one_moment_while_another_process_writes(
    org: Organisation, path: Path
) -> None:
    with Views(path) as one, Views(path) as other:
        before = one.standing()
        fill(other, org, 5)
        assert before.head.size == 0
        assert before.signer("alice") is None
        assert one.standing().signer("alice") is not None


def test_a_batch_that_fails_leaves_everything_as_it_was(
    org: Organisation, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with Views(path) as views:
        fill(views, org, 5000)
        more = Organisation()
        more.release()
        views.clear()
        standing = views.standing()
        batch = [judge(standing, examine(raw), org.id) for raw in org.envelopes]
        monkeypatch.setattr("projections.log.write", fail)
        with pytest.raises(KeyboardInterrupt):
            views.keep(batch, standing)
        monkeypatch.undo()
        assert (views.position(), count(views)) == (0, 0)
        fill(views, org, 5000)
        assert count(views) == len(org.envelopes)


def test_rows_read_without_sqlalchemy_make_the_same_standing(
    org: Organisation, views: Views, path: Path
) -> None:
    with closing(SqliteRows(path)) as rows:
        standing = Standing(rows)
        assert rows.size() == views.position()
        assert standing.head == org.standing.head
        assert standing.alias("fraud/production") == org.standing.alias("fraud/production")
        assert standing.root_at(3) == org.standing.root_at(3)
        assert standing.numbered(2) == org.standing.numbered(2)
        newest = org.standing.numbered(2)
        assert newest is not None
        digest = org.change(newest.id).stack.digest
        assert rows.newest_open("fraud/production", digest) == newest.number
        assert rows.newest_open("fraud/staging", digest) is None
        assert rows.newest_open("fraud/production", stack().digest) is None


def test_reading_rows_imports_no_sqlalchemy() -> None:
    code = "import projections.rows, sys; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_views_file_that_is_no_database_is_said_to_be_damaged(path: Path) -> None:
    path.write_bytes(b"not a database, although long enough to be taken for one" * 100)
    with pytest.raises(Uncheckable, match="not a database") as caught:
        Views(path)
    assert (caught.value.code, caught.value.hint) == ("views-damaged", "assent views rebuild")
    with pytest.raises(Uncheckable, match="not a database"):
        SqliteRows(path)


def test_a_folder_in_the_place_of_the_views_is_said(tmp_path: Path) -> None:
    with pytest.raises(Uncheckable, match="Is a directory"):
        Views(tmp_path)


def test_a_row_of_the_standing_that_was_changed_is_noticed(views: Views, path: Path) -> None:
    views.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE standing SET value = x'00' WHERE key = 'head'")
        connection.commit()
    with Views(path) as again, pytest.raises(Uncheckable, match="row head of the views is not"):
        again.standing()
    with closing(SqliteRows(path)) as rows, pytest.raises(Uncheckable, match="row head"):
        Standing(rows)


def test_a_missing_table_is_noticed(views: Views, path: Path) -> None:
    views.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE standing")
        connection.commit()
    with Views(path) as again, pytest.raises(Uncheckable, match="no such table: standing"):
        again.standing()
    with closing(SqliteRows(path)) as rows, pytest.raises(Uncheckable, match="no such table"):
        Standing(rows)


def test_views_of_another_version_are_not_read_until_they_are_built_anew(
    org: Organisation, views: Views, path: Path
) -> None:
    views.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE tracking SET code_version = 0")
        connection.commit()
    with pytest.raises(Uncheckable, match="built by another version"):
        SqliteRows(path)
    with Views(path) as old:
        assert (old.is_current(), old.code_version()) == (False, 0)
        with pytest.raises(Uncheckable, match="built by another version"):
            old.standing()
        with pytest.raises(Uncheckable, match="built by another version"), old.reading():
            pass
        old.clear()
        assert (old.is_current(), old.code_version()) == (True, CODE_VERSION)
        fill(old, org, 5)
        assert count(old) == len(org.envelopes)


def test_views_that_were_never_made_are_missing_to_a_reader(path: Path) -> None:
    with pytest.raises(Uncheckable, match="there is no") as caught:
        SqliteRows(path)
    assert caught.value.code == "views-missing"


def test_a_difference_is_named_by_table_row_and_column(
    org: Organisation, views: Views, path: Path
) -> None:
    with Views() as whole:
        fill(whole, org, 5000)
        assert compare(whole, views) == []
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE aliases SET stack_digest = 'sha256:evil'")
            connection.execute("DELETE FROM entries WHERE position = 4")
            connection.commit()
        views.standing()
        assert compare(whole, views) == [
            "aliases fraud/production: stack_digest differ",
            "entries 4: only in the first",
        ]
        assert compare(views, whole)[1] == "entries 4: only in the second"


def test_a_rebuild_takes_the_place_of_the_old_views_for_all_who_have_them_open(
    org: Organisation, views: Views, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE aliases SET stack_digest = 'sha256:evil'")
        connection.commit()
    rebuild(path, lambda new: fill(new, org, 7))
    with Views(path) as again, Views() as whole:
        fill(whole, org, 5000)
        assert compare(again, whole) == []
        assert compare(views, whole) == []
    assert {file.name for file in path.parent.iterdir()} <= {
        path.name,
        f"{path.name}-wal",
        f"{path.name}-shm",
    }


def test_a_rebuild_that_fails_leaves_the_old_views(
    org: Organisation, views: Views, path: Path
) -> None:
    def fail(new: Views) -> None:
        fill(new, org, 7)
        raise Conflict("somebody", "wrote first")

    with pytest.raises(Conflict, match="wrote first"):
        rebuild(path, fail)
    assert count(views) == len(org.envelopes)
    assert not [file for file in path.parent.iterdir() if file.is_dir()]


def test_a_rebuild_replaces_a_damaged_file(org: Organisation, path: Path) -> None:
    path.write_bytes(b"rubbish" * 1000)
    path.with_name(path.name + "-wal").write_bytes(b"old pages" * 1000)
    rebuild(path, lambda new: fill(new, org, 7))
    with Views(path) as again:
        assert count(again) == len(org.envelopes)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_make_the_same_new_file_at_once_do_not_fail(path: Path) -> None:
    code = (
        "import sys, pathlib; from projections.runner import Views\n"
        "with Views(pathlib.Path(sys.argv[1])) as views: print(views.position())"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in processes] == ["0\n"] * 4
