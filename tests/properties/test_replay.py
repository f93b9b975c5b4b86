"""Replaying a log twice, in one go or in pieces, gives the same standing and findings."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.seal.envelope import examine
from tests.histories import Step, live, organisation, policies, steps


class KeptRows:
    """Rows and roots as a shell keeps them: bytes by key, and nothing else."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.roots: dict[int, bytes] = {}

    def row(self, key: str) -> bytes | None:
        return self.rows.get(key)

    def root(self, size: int) -> bytes | None:
        return self.roots.get(size)

    def keep(self, standing: Standing) -> None:
        changes = standing.settle()
        self.rows.update(changes.rows)
        self.roots.update(changes.roots)


def in_pieces(
    envelopes: Sequence[bytes], pinned: str, cuts: Sequence[int]
) -> tuple[KeptRows, list[Judged]]:
    kept, judged, start = KeptRows(), [], 0
    for end in [*sorted(cuts), len(envelopes)]:
        standing = Standing(kept)
        judged += [judge(standing, examine(raw), pinned) for raw in envelopes[start:end]]
        kept.keep(standing)
        start = max(start, end)
    return kept, judged


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
