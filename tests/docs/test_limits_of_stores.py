"""What ``docs/explanation/limits.md`` says of stores, shown to be so, as ``test_limits`` does."""

from pathlib import Path

import pytest

from ledger.audit.verification import Stored, verify
from ledger.decide.context import Standing
from ledger.model.events import ReleaseStarted
from ledger.seal.envelope import examine
from tests.acts import acknowledge
from tests.organisation import Organisation, digest
from tests.reference.bundles import write_bundle
from tests.reference.second_opinion import opinion
from tests.shell import run_assent


def verdict_of(org: Organisation) -> str:
    """What an audit says of the log as it is."""
    stored = []
    for judged, raw in zip(org.judged, org.envelopes, strict=True):
        entry = judged.entry
        columns = ("", 1, "") if entry is None else (entry.stream, entry.version, entry.event.kind)
        stored.append(Stored(judged.position, *columns, judged.leaf, examine(raw)))
    found = verify(
        Standing(),
        stored,
        org.id,
        mark=None,
        check_document=lambda _: None,
        keep=lambda _: None,
        receipts={},
    )
    return found.verdict


def test_every_line_of_a_flood_is_acknowledged_by_itself() -> None:
    org = Organisation()
    lines = [org.smuggle(b"rubbish %d" % number).position for number in range(3)]
    for position in lines[:-1]:
        acknowledge(org, "rita", position)
    assert verdict_of(org) == "refused"

    acknowledge(org, "rita", lines[-1])

    assert verdict_of(org) == "verified"


@pytest.mark.needs("ssh-keygen")
def test_the_small_verifier_is_told_which_entries_the_rules_refused(tmp_path: Path) -> None:
    """A start that nobody consented to, left out of the list: we miss it there, verify.py does not.

    Where a witness signed for the list, leaving something out of it shows to both.
    """
    org = Organisation()
    of = org.open("frank")
    start = ReleaseStarted(
        alias="fraud/production",
        proposal=of,
        revision=1,
        policy=1,
        review=digest("review"),
        tier="high",
        stage="general",
        stack=org.change(of).stack,
        metrics=(),
        exceptions=(),
    )
    judged = org.force("omar", start)
    assert judged.finding is not None
    folder = write_bundle(tmp_path / "bundle", org.id, org.envelopes, [])

    ours = run_assent("audit", "verify", folder, "--ledger-id", org.id, "--json")

    assert opinion(folder, org.id).verdict == "verified"
    assert (ours.exit, ours.json["verdict"]) == (4, "tampered")
    assert {(one["position"], one["rule"]) for one in ours.json["findings"]} == {
        (judged.position, judged.finding.rule),
        (judged.position, "refusals-differ"),
    }
