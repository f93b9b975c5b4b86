"""Replaying a log twice, in one go or in pieces, gives the same standing and findings."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.seal.envelope import examine
from tests.histories import Step, live, organisation, policies, steps
from tests.kept_rows import KeptRows, in_pieces


@settings(max_examples=40, deadline=None)
@given(steps, policies, st.data())
def test_in_one_go_or_in_pieces_a_log_gives_the_same_rows_and_judgements(
    history: list[Step], policy: str, data: st.DataObject
) -> None:
    org = live(organisation(policy), history)
    cuts = data.draw(st.lists(st.integers(0, len(org.envelopes)), max_size=6))

    whole, first = in_pieces(org.envelopes, org.id, [])
    again, second = in_pieces(org.envelopes, org.id, cuts)

    assert first == second == org.judged
    assert whole.rows == again.rows
    assert whole.roots == again.roots


@settings(max_examples=15, deadline=None)
@given(steps)
def test_settling_in_the_midst_of_it_changes_nothing(history: list[Step]) -> None:
    """A standing that is settled after every entry goes on as one that never was."""
    org = live(organisation(), history)
    kept = KeptRows()
    standing = Standing(kept)

    judged = []
    for raw in org.envelopes:
        judged.append(judge(standing, examine(raw), org.id))
        kept.keep(standing)

    assert judged == org.judged
    assert kept.rows == in_pieces(org.envelopes, org.id, [])[0].rows


@settings(max_examples=15, deadline=None)
@given(steps)
def test_judging_on_a_fork_leaves_the_standing_alone(history: list[Step]) -> None:
    org = organisation()
    for raw in live(organisation(), history).envelopes[org.standing.head.size :]:
        before = org.standing.head
        tried = judge(org.standing.fork(), examine(raw), org.id)
        assert org.standing.head == before
        assert org.smuggle(raw) == tried


@settings(max_examples=15, deadline=None)
@given(steps)
def test_the_payload_of_whatever_was_placed_is_its_only_form(history: list[Step]) -> None:
    org = live(organisation(), history)

    for raw, judged in zip(org.envelopes, org.judged, strict=True):
        if judged.entry is not None:
            assert judged.entry.payload() == raw.split(b"\n")[0]
