"""The questions of ``docs/howto/analyse.md``, asked in every way the page shows.

Of a lifelike history, as it is now and as of its middle: ``sqlite3``, pandas, DuckDB over
Parquet and over CSV, PostgreSQL and plain Python agree.
"""

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from sqlalchemy import Connection, create_engine, select

from cli.moment import Moment
from cli.views_export import export_to
from ledger.audit.replay import judge
from ledger.seal.envelope import examine
from projections.runner import Views
from projections.tables import METADATA, put, stored_tables
from tests.docs.analysed import ANSWERS, Answer, Tables
from tests.lifelike import History, write_history
from tests.servers import database
from tests.shell import inside

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "howto" / "analyse.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
LENGTH: Final = 700
MOMENTS: Final = ("now", "then")
FOLDER: Final = "october"
"""What the page calls the exported folder."""

Blocks = dict[str, str]


def blocks(text: str) -> Blocks:
    """The code of *text*, by what stands behind its fence."""
    found = re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len({info for info, _ in found}) == len(found)
    return dict(found)


SECTIONS: Final = dict(part.split("\n", 1) for part in TEXT.split("\n## ")[1:])
QUESTIONS: Final = {name: blocks(text) for name, text in SECTIONS.items() if "```sql\n" in text}
SETUP: Final = blocks(SECTIONS["Three ways to ask"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The views and an export of a history, as of its end and as of its middle."""
    folder = tmp_path_factory.mktemp("analysed")
    history = write_history(folder, LENGTH, keep=True)
    found = {name: folder / name for name in MOMENTS}
    half = LENGTH // 2
    with Views() as views:
        standing, last = views.standing(), {"then": half, "now": history.size}
        done = 0
        for name in reversed(MOMENTS):
            raws = history.envelopes[done : last[name]]
            views.keep([judge(standing, examine(raw), history.id) for raw in raws], standing)
            done = last[name]
            leave(views, found[name], history, Moment(standing, views, standing.head.time))
    return found


def leave(views: Views, folder: Path, history: History, then: Moment) -> None:
    """Write *views* into *folder*: as the file that they are in, and exported."""
    folder.mkdir()
    forms = ["csv", "jsonl", "parquet"]
    export_to(folder / FOLDER, history.id, then, forms)
    with views.reading() as connection, closing(sqlite3.connect(folder / "views.sqlite")) as file:
        driver: Any = connection.connection.driver_connection
        driver.backup(file)


def tables(folder: Path) -> Tables:
    return {
        path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (folder / FOLDER).glob("*.jsonl")
    }


def by_sqlite3(folder: Path, question: str) -> Answer:
    done = subprocess.run(
        ["sqlite3", "-readonly", "-json", "views.sqlite"],
        cwd=folder,
        input=question,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [tuple(row.values()) for row in json.loads(done.stdout or "[]")]


def by_duckdb(folder: Path, questions: dict[str, str], *, csv: bool) -> dict[str, Answer]:
    (folder / "question.sql").write_text("SELECT count(*) FROM entries", encoding="utf-8")
    duckdb.set_default_connection(duckdb.connect())
    code = SETUP["python duckdb"]
    if csv:
        reading = code.index("for table")
        code = code[:reading] + SETUP["python duckdb-csv"] + code[code.index("print(") :]
    with inside(folder):
        exec(code, {})  # noqa: S102 - what the page tells its readers to run
        cursor = duckdb.default_connection()
        return {name: cursor.execute(sql).fetchall() for name, sql in questions.items()}


def by_pandas(folder: Path, code: str) -> Answer:
    names: dict[str, Any] = {}
    with inside(folder):
        exec(SETUP["python pandas"] + code, names)  # noqa: S102 - the same
    answer = names["answer"].astype(object)
    return [tuple(row) for row in answer.where(answer.notna(), None).to_numpy()]


def test_the_page_asks_ten_questions_and_each_is_answered_here() -> None:
    assert [name.split()[0] for name in QUESTIONS] == list(ANSWERS)
    assert all(blocks.keys() == {"sql", "python"} for blocks in QUESTIONS.values())


@pytest.mark.parametrize("moment", MOMENTS)
def test_duckdb_over_parquet_and_over_csv_answers_what_plain_python_does(
    folders: dict[str, Path], moment: str
) -> None:
    asked = {name: one["sql"] for name, one in QUESTIONS.items()}
    expected = answered(folders[moment])

    assert by_duckdb(folders[moment], asked, csv=False) == expected
    assert by_duckdb(folders[moment], asked, csv=True) == expected


@pytest.mark.parametrize("moment", MOMENTS)
def test_pandas_answers_what_plain_python_does(folders: dict[str, Path], moment: str) -> None:
    found = {name: by_pandas(folders[moment], one["python"]) for name, one in QUESTIONS.items()}

    assert found == answered(folders[moment])


@pytest.mark.needs("sqlite3")
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_program_sqlite3_answers_what_plain_python_does(
    folders: dict[str, Path], moment: str
) -> None:
    found = {name: by_sqlite3(folders[moment], one["sql"]) for name, one in QUESTIONS.items()}

    assert found == answered(folders[moment])


@pytest.mark.needs("postgres")
def test_postgresql_answers_what_plain_python_does_and_has_the_same_inventory_and_timelines(
    folders: dict[str, Path],
) -> None:
    views = (
        "SELECT * FROM model_inventory ORDER BY 1",
        "SELECT * FROM alias_timeline ORDER BY 1, 2",
    )
    with Views(folders["now"] / "views.sqlite") as file, database() as url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with file.reading() as here, engine.begin() as there:
            METADATA.create_all(there)
            for table in stored_tables():
                put(there, table, [dict(row) for row in here.execute(select(table)).mappings()])
            found = {name: ask(there, one["sql"]) for name, one in QUESTIONS.items()}
            assert [ask(there, one) for one in views] == [ask(here, one) for one in views]
        engine.dispose()

    assert found == answered(folders["now"])


def ask(connection: Connection, question: str) -> Answer:
    return [tuple(row) for row in connection.exec_driver_sql(question.replace("%", "%%"))]


def test_no_question_is_answered_with_nothing(folders: dict[str, Path]) -> None:
    assert all(answered(folders["now"]).values())


def answered(folder: Path) -> dict[str, Answer]:
    """All answers in plain Python."""
    known = tables(folder)
    return {name: ANSWERS[name.split()[0]](known) for name in QUESTIONS}
