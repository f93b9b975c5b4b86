"""Every log that an attack ends with is put into each kind of store, and verified from there."""

import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from cli.verify_store import store_findings
from ledger.audit.verification import Stored, verify
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from tests.attacks.left_logs import Kind, handed_over, left
from tests.attacks.stores import Name, Put, Stores, all_stores
from tests.conftest import absent
from tests.organisation import Organisation
from tests.reference.second_opinion import require_agreement

ASKED = 12
"""Of so many logs the small verifier is asked about one; about all where the tests are thorough."""

THOROUGH = os.environ.get("ASSENT_PROFILE") == "thorough"

_SEEN: set[bytes] = set()


@pytest.fixture(scope="session")
def _all_stores() -> Iterator[Stores]:
    with all_stores() as found:
        yield found


@pytest.fixture(scope="session")
def stores(_all_stores: Stores) -> dict[Kind, Put]:
    """How a log is put into each kind of store that there is here."""
    return _all_stores.put


@pytest.fixture(scope="session")
def names(_all_stores: Stores) -> dict[Kind, Name]:
    """How a log is put into each kind of store, to be named on a command line."""
    return _all_stores.name


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres")), "bundle"]
)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of store in turn."""
    found: Kind = request.param
    return found


@pytest.fixture(autouse=True)
def _every_store_tells_the_same(stores: dict[Kind, Put]) -> Iterator[None]:
    """Demand of each store the findings that the simulator made in memory, no more and no fewer."""
    known: dict[int, Organisation] = {}
    smuggle = Organisation.smuggle

    def noted(org: Organisation, raw: bytes) -> Judged:
        known[id(org)] = org
        return smuggle(org, raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Organisation, "smuggle", noted)
        yield
    for org in known.values():
        _compare(org, stores)


def _compare(org: Organisation, stores: dict[Kind, Put]) -> None:
    """Each store hands the same to the audit, which says of it what was said in memory."""
    name = sha256(b"".join(one.leaf for one in org.judged)).digest()
    if name in _SEEN or not org.id:
        return
    _SEEN.add(name)
    refused = [(one.position, one.finding.rule) for one in org.judged if one.finding is not None]
    log = replace(left(org.id, org.envelopes), known=tuple(refused))
    first: list[Stored] = []
    for kind, put in stores.items():
        with put(log) as kept:
            handed = handed_over(kept)
            assert store_findings(kept, len(handed), log.claimed[1].hex()) == [], kind
        if not first:
            first = handed
            assert _said_of(handed, org.id) == _said_in(org)
        bare = kind == "bundle"
        assert handed == [_without_columns(one) for one in first] if bare else handed == first, kind
    if absent("ssh-keygen") is None and (THOROUGH or name[0] % ASKED == 0):
        require_agreement(org)


def _without_columns(one: Stored) -> Stored:
    return replace(one, stream="", version=-1, kind="", has_columns=False)


def _said_of(handed: list[Stored], ledger: str) -> set[tuple[int | None, str]]:
    found = verify(
        Standing(),
        handed,
        ledger,
        mark=None,
        check_document=lambda _: None,
        keep=lambda _: None,
        receipts={},
    )
    return {(one.position, one.rule) for one in [*found.findings, *found.acknowledged]}


def _said_in(org: Organisation) -> set[tuple[int | None, str]]:
    said = [one for judged in org.judged for one in [*judged.notices, judged.finding]]
    return {(one.position, one.rule) for one in said if one is not None}
