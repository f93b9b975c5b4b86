"""The second verifier knows whose key signs, through enrolments, rotations and all."""

from itertools import pairwise

import pytest

from ledger.model.events import SignerEnrolled
from tests import roster
from tests.organisation import digest, unsafe_key
from tests.reference import verifier
from tests.reference.compared import TAMPERS, compare, resigned
from tests.reference.lives import YEAR, lived

pytestmark = pytest.mark.needs("ssh-keygen")

ENROLLED = ("signer", "signer_kind", "accountable", "key", "roles")


def test_a_ledger_whose_signers_have_lived_is_judged_alike() -> None:
    org = lived()

    said = compare(org.envelopes, org.id).said

    assert {one.rule for one in said} == {None}


@pytest.mark.parametrize(
    ("who", "way", "rule"),
    [
        ("erin", "honest", None),
        ("erin", "their first key", "key-retired"),
        ("erin", "a stop of oneself", None),
        ("erin", "a word on a root matter", None),
        ("erin", "back-dated", "back-dated"),
        ("frank", "honest", None),
        ("frank", "a key not accepted yet", "key-retired"),
        ("frank", "an acceptance", "refused by its verb"),
        ("zed", "honest", "not-accepted"),
        ("zed", "a stop of oneself", "not-accepted"),
        ("zed", "a key nobody knows", "unknown-key"),
        ("rita", "honest", "not-accepted"),
        ("rita", "a stop of oneself", None),
        ("rita", "a key not accepted yet", "not-accepted"),
        ("nora", "honest", "refused by its verb"),
        ("nora", "a stop of oneself", None),
    ],
)
def test_a_key_that_has_had_a_life_is_judged_alike(who: str, way: str, rule: str | None) -> None:
    """As :func:`lived` says: retired, waiting, never accepted, enrolled again, disowned."""
    org = lived()
    org.smuggle(TAMPERS[way](org, who, 4))

    assert compare(org.envelopes, org.id).said[-1].rule == rule


def test_a_refused_enrolment_makes_no_key_known() -> None:
    """So a verifier has to be told what was refused, or it places what has no place."""
    org = roster.stewarded()
    effect = roster.enrolment("nora")
    of = org.open("frank", effect)
    shared = {name: getattr(effect, name) for name in ENROLLED}
    org.force("omar", SignerEnrolled(proposal=of, review=digest("nothing"), **shared))
    org.keys["nora"] = unsafe_key("nora")
    org.smuggle(resigned(org, "nora", {}))

    said = compare(org.envelopes, org.id).said
    untold = verifier.verify(org.envelopes, org.id).said

    assert [one.rule for one in said[-2:]] == ["refused by its verb", "unknown-key"]
    assert [one.rule for one in untold[-2:]] == [None, "not-accepted"]


def test_ledger_time_begins_again_where_the_clock_was_corrected() -> None:
    org = lived()
    times = [one.at for one in org.judged]

    log = compare(org.envelopes, org.id)

    assert log.time < max(times) - YEAR // 2
    assert [later < earlier for earlier, later in pairwise(times)].count(True) == 1
