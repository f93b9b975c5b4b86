"""Views on a PostgreSQL server: the same rows, one moment, one writer, and nobody's secrets."""

from collections.abc import Iterator
from threading import Thread
from time import monotonic, sleep
from zlib import crc32

import pytest
from sqlalchemy import func, select, text

from ledger.audit.replay import judge
from ledger.errors import Conflict, Refused, Uncheckable
from ledger.seal.envelope import examine
from projections import swapping
from projections.address import read_address
from projections.log import entries
from projections.proposals import proposals
from projections.rebuilding import compare
from projections.rows import CODE_VERSION
from projections.runner import DERIVED, Views
from projections.swapping import rebuild_on_server
from tests.organisation import Organisation, change, stack
from tests.projections.histories import fill, lived
from tests.servers import as_role, database, in_schema, psql

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as url:
        yield url


@pytest.fixture(scope="module")
def org() -> Organisation:
    org = Organisation()
    org.release()
    org.open("frank", change(stack(model="m2")))
    return org


@pytest.fixture
def place(url: str, request: pytest.FixtureRequest) -> str:
    """A schema of its own for each test."""
    return in_schema(url, f"t{crc32(request.node.name.encode())}")


def count(views: Views) -> int:
    with views.reading() as connection:
        return connection.scalar(select(func.count()).select_from(entries)) or 0


def test_a_server_holds_the_same_rows_as_a_file_in_the_same_order(place: str) -> None:
    org = lived(39)
    with Views(url=place) as there, Views() as here:
        fill(there, org, 37, end=360)
        fill(here, org, 5000, end=360)
        assert compare(here, there) == []
        with here.reading() as left, there.reading() as right:
            for view in DERIVED:
                ours, theirs = (
                    sorted(map(repr, map(tuple, one.execute(select(*view.c)))))
                    for one in (left, right)
                )
                assert ours == theirs, view.name
            words = select(proposals.c.id, proposals.c.summary).order_by(proposals.c.summary)
            assert [row.summary for row in left.execute(words)] == [
                row.summary for row in right.execute(words)
            ]


def test_numbers_have_64_bits_text_sorts_by_bytes_and_tables_say_what_they_mean(place: str) -> None:
    with Views(url=place):
        pass
    found = psql(
        place,
        "SELECT DISTINCT data_type::text, collation_name::text FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = '{schema}' AND table_type = 'BASE TABLE' ORDER BY data_type::text",
    )
    assert found == [("bigint", None), ("boolean", None), ("bytea", None), ("text", "C")]
    said = psql(place, "SELECT obj_description('{schema}.aliases'::regclass)")
    assert said != [(None,)]


def test_what_one_reader_sees_is_of_one_moment(org: Organisation, place: str) -> None:
    with Views(url=place) as one, Views(url=place) as other:
        before = one.standing()
        fill(other, org, 5)
        assert (before.head.size, count(one)) == (0, 0)
        assert before.signer("alice") is None
        assert one.standing().signer("alice") is not None
        assert count(one) == len(org.envelopes)


def test_of_two_writers_the_second_is_told_and_doubles_nothing(
    org: Organisation, place: str
) -> None:
    with Views(url=place) as one, Views(url=place) as other:
        late = other.standing()
        batch = [judge(late, examine(raw), org.id) for raw in org.envelopes]
        fill(one, org, 5)
        with pytest.raises(Conflict, match="another process has brought the views up to date"):
            other.keep(batch, late)
        assert count(other) == len(org.envelopes)


def test_a_rebuild_waits_for_who_reads_and_shows_all_of_one_or_all_of_the_other(
    org: Organisation, place: str
) -> None:
    with Views(url=place) as reader:
        fill(reader, org, 50)
        psql(place, "UPDATE {schema}.aliases SET stack_digest = 'sha256:evil'")
        assert digest_of(reader) == "sha256:evil"
        swapper = Thread(target=rebuild_on_server, args=(place, lambda new: fill(new, org, 50)))
        swapper.start()
        sleep(0.6)
        assert swapper.is_alive(), "it did not wait for who reads"
        with Views(url=place) as second:
            assert digest_of(second) == "sha256:evil", "who comes meanwhile is not held up"
        assert digest_of(reader) == "sha256:evil"
        reader.let_go()
        swapper.join()
        assert digest_of(reader) != "sha256:evil"
        assert count(reader) == len(org.envelopes)
    assert psql(place, "SELECT to_regnamespace('{schema}_building')::text") == [(None,)]


def test_a_rebuild_that_fails_leaves_the_old_views_and_nothing_beside_them(
    org: Organisation, place: str
) -> None:
    def fail(new: Views) -> None:
        fill(new, org, 7)
        raise Conflict("somebody", "wrote first")

    with Views(url=place) as views:
        fill(views, org, 50)
        with pytest.raises(Conflict, match="wrote first"):
            rebuild_on_server(place, fail)
        assert count(views) == len(org.envelopes)
    assert psql(place, "SELECT to_regnamespace('{schema}_building')::text") == [(None,)]


def test_only_one_process_at_a_time_builds_the_same_views_anew(
    org: Organisation, place: str
) -> None:
    def meanwhile(new: Views) -> None:
        fill(new, org, 50)
        with pytest.raises(Conflict, match="another process is building these views anew"):
            rebuild_on_server(place, lambda _: None)

    rebuild_on_server(place, meanwhile)
    with Views(url=place, make=False) as views:
        assert count(views) == len(org.envelopes)


def test_what_others_made_of_the_views_is_not_dropped(org: Organisation, place: str) -> None:
    with Views(url=place) as views:
        fill(views, org, 50)
    psql(place, "CREATE VIEW public.mine AS SELECT alias FROM {schema}.aliases")
    with pytest.raises(Refused, match=r"view public\.mine depends on") as caught:
        rebuild_on_server(place, lambda new: fill(new, org, 50))
    assert caught.value.code == "views-relied-on"
    assert len(psql(place, "SELECT * FROM public.mine")) == 1
    psql(place, "DROP VIEW public.mine")
    rebuild_on_server(place, lambda new: fill(new, org, 50))


def test_a_reader_who_never_lets_go_is_not_waited_for_for_ever(
    org: Organisation, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping, "PATIENCE", 2)
    with Views(url=place) as reader:
        fill(reader, org, 50)
        assert count(reader) == len(org.envelopes)
        with pytest.raises(Conflict, match="somebody keeps reading the old views") as caught:
            rebuild_on_server(place, lambda new: fill(new, org, 50))
        assert caught.value.code == "views-busy"
        assert count(reader) == len(org.envelopes)


def test_old_code_neither_reads_nor_writes_what_new_code_has_built(
    org: Organisation, place: str
) -> None:
    with Views(url=place) as old:
        fill(old, org, 50, end=5)
        standing = old.standing()
        batch = [judge(standing, examine(raw), org.id) for raw in org.envelopes[5:]]
        old.let_go()
        psql(place, "UPDATE {schema}.tracking SET code_version = code_version + 1")
        with pytest.raises(Conflict, match="another process"):
            old.keep(batch, standing)
        with pytest.raises(Uncheckable, match="built by another version"):
            old.position()
        assert old.code_version() == CODE_VERSION + 1


def test_a_schema_that_holds_something_else_is_left_alone(place: str) -> None:
    psql(place, "CREATE SCHEMA {schema}", "CREATE TABLE {schema}.payroll (id int)")
    with pytest.raises(Refused, match="holds tables of somebody else") as caught:
        Views(url=place)
    assert caught.value.code == "views-not-ours"
    with pytest.raises(Refused, match="holds tables of somebody else"):
        rebuild_on_server(place, lambda _: None)
    assert psql(place, "SELECT count(*) FROM {schema}.payroll") == [(0,)]


def test_who_may_only_read_reads_and_is_refused_to_write(org: Organisation, place: str) -> None:
    with Views(url=place) as views:
        fill(views, org, 50, end=5)
    reader = f"{read_address(place).schema}_reader"
    psql(
        place,
        "CREATE ROLE {schema}_reader LOGIN",
        "GRANT USAGE ON SCHEMA {schema} TO {schema}_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {schema}_reader",
    )
    try:
        with Views(url=as_role(place, reader), make=False) as views:
            assert count(views) == 5
            with pytest.raises(Refused, match="permission denied") as caught:
                fill(views, org, 50)
        assert caught.value.code == "views-forbidden"
        with pytest.raises(Refused, match="permission denied"):
            Views(url=in_schema(as_role(place, reader), "elsewhere"))
    finally:
        psql(place, "DROP OWNED BY {schema}_reader", "DROP ROLE {schema}_reader")


def test_views_that_are_not_there_are_missing_to_who_makes_none(place: str) -> None:
    with pytest.raises(Uncheckable, match="holds no views") as caught:
        Views(url=place, make=False)
    assert caught.value.code == "views-missing"


def test_a_follower_is_woken_by_whoever_writes_there_and_by_nobody_else(
    org: Organisation, url: str, place: str
) -> None:
    with Views(url=place) as one, Views(url=place) as other:
        other.wait(0.01)
        with Views(url=in_schema(url, "another")) as stranger:
            fill(stranger, org, 50)
        began = monotonic()
        other.wait(0.2)
        assert monotonic() - began >= 0.2
        fill(one, org, 50)
        began = monotonic()
        other.wait(20)
        assert monotonic() - began < 10


def test_a_server_that_went_away_is_said_to_be_away_and_serves_again(
    org: Organisation, place: str
) -> None:
    with Views(url=place) as views:
        fill(views, org, 50, end=5)
        assert count(views) == 5
        psql(
            place,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
            " = 'assent' AND datname = current_database() AND pid <> pg_backend_pid()",
        )
        with pytest.raises(Uncheckable, match=r"terminating connection|closed") as caught:
            count(views)
        assert caught.value.code == "views-away"
        views.let_go()
        fill(views, org, 50)
        assert count(views) == len(org.envelopes)


def digest_of(views: Views) -> str:
    with views.reading() as connection:
        return str(connection.scalar(text("SELECT stack_digest FROM aliases")))
