"""An exception waives what it names, for one revision, once, and until its end."""

import pytest

from ledger.decide.cases import assess_proposal
from ledger.errors import Refused
from tests.decide.rollouts import DAY, PRODUCTION, soaked
from tests.exception_acts import HOUR, close_exception, granted, urgent, waiving
from tests.policies import exceptional


def test_a_release_starts_under_an_exception_and_owes_until_it_is_approved() -> None:
    # Given a release that lacks an approval, and an exception that waives it
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    # When it is started under the exception
    found = assess_proposal(org.standing, org.proposal(of), org.now)
    assert found.verdict == "ready"
    assert [one.id for one in found.waived] == ["model-owner"]
    org.start("omar", of)
    # Then it owes what was waived, and an approval settles that
    alias = org.standing.alias(PRODUCTION)
    assert alias.owing == (of,)
    assert alias.candidate is not None
    assert alias.candidate.exceptions == (exception,)
    org.approve("alice", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == ()
    assert org.replayed().alias(PRODUCTION) == org.standing.alias(PRODUCTION)


def test_a_release_does_not_go_on_once_its_exception_has_ended() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    org.start("omar", of)
    org.now += DAY + HOUR
    soaked(org)
    with pytest.raises(Refused, match="under which #2 was started, has ended"):
        org.advance("omar")
    org.approve("alice", of, "model-owner")
    org.advance("omar")


def test_an_exception_is_reviewed_once_it_has_ended() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    with pytest.raises(Refused, match="has not ended yet"):
        org.close_review("dana", exception)
    close_exception(org, "olga", exception)
    for party in ("olga", "sam", "rosa", "frank"):
        with pytest.raises(
            Refused, match="owns this exception, asked for it or for what it waived"
        ):
            org.close_review(party, exception)
    org.close_review("dana", exception)
