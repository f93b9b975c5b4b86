"""Proposals as other programs read them."""

from typing import TYPE_CHECKING

from cli.effect_json import change_json
from cli.owed import owing_of
from cli.policy_file import still_means
from cli.stops import Stops
from ledger.decide.cases import context_of
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import Uncheckable
from ledger.model.effects import PolicyEffect
from ledger.model.terms import format_instant
from ledger.policy.assessment import Assessment, assessment_json
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy

if TYPE_CHECKING:
    from ledger.policy.analysis.differences import Difference
    from projections.inbox import ProposalLine


def line_json(line: "ProposalLine") -> dict[str, object]:
    """A proposal in a list as ``proposal-line/1``; what is no release has no alias."""
    return {
        "schema": "proposal-line/1",
        "proposal": line.number,
        "proposal_id": line.id,
        "alias": line.alias,
        "effect": line.effect,
        "verdict": line.verdict,
        "closed": line.closed,
        "tier": line.tier,
        "opened_by": line.opener,
        "opened_at": line.opened_at,
        "revision": line.revision,
        "ready_at": line.ready_at,
        "summary": line.summary,
    }


def proposal_json(
    standing: Standing, state: ProposalState, found: Assessment, stops: Stops, at: int
) -> dict[str, object]:
    """A proposal as ``proposal/1``; ``stack_digest``, ``policy``, ``change`` are null if none.

    ``change`` says what any other effect than those changes; ``owed`` what a
    release under an exception lacks *at* that time though it was started.
    """
    owing = owing_of(standing, state, at)
    void = frozenset(context_of(standing, state).silenced)
    effect = state.effect
    old = standing.policy(found.policy)
    return {
        "schema": "proposal/1",
        "proposal": state.number,
        "proposal_id": state.id,
        "opened_by": state.opener,
        "opened_at": format_instant(state.opened_at),
        "opened_position": state.opened_position,
        "revision": state.revision,
        "revised_at": format_instant(state.revised_at),
        "closed": state.closed,
        "closed_position": state.closed_position,
        "lost_position": None if state.closure is None else state.closure.lost_at,
        "owed": None if owing is None else owing.body(),
        "effect": effect.model_dump(mode="json"),
        "stack_digest": state.stack_digest,
        "policy": _policy_json(old, effect) if isinstance(effect, PolicyEffect) else None,
        "change": change_json(standing, state, found.at, stops),
        "approvals": [
            {
                "signer": approval.signer,
                "on_behalf": approval.on_behalf,
                "role": approval.role,
                "position": approval.position,
                "at": format_instant(approval.at),
                "revision": approval.binding.revision,
                "silenced": approval.position in void,
            }
            for approval in state.approvals
        ],
        "rejections": [
            {
                "signer": veto.signer,
                "role": veto.role,
                "revision": veto.revision,
                "reason": veto.reason,
                "position": veto.position,
            }
            for veto in state.rejections
            if veto.retracted_at is None
        ],
        "assessment": assessment_json(found),
    }


def _policy_json(old: Policy, effect: PolicyEffect) -> dict[str, object]:
    """A proposed policy against the one that judges it; ``weaker`` is null if too large to say."""
    from ledger.policy.analysis.differences import differences  # noqa: PLC0415 - only for policies

    new = parse_policy(effect.policy.canonical)
    return {
        "number": new.number,
        "against": old.number,
        "text_is_canonical": still_means(effect.policy.text, effect.policy.canonical),
        "differences": [difference_json(one) for one in differences(old, new)],
        "weaker": _weaker_json(old, new),
    }


def difference_json(one: "Difference") -> dict[str, object]:
    """A key in which two policies differ, with its value in each."""
    return {
        "block": one.block,
        "id": one.id,
        "key": one.key,
        "change": one.change,
        "old": one.old,
        "new": one.new,
    }


def _weaker_json(old: Policy, new: Policy) -> list[dict[str, object]] | None:
    from ledger.policy.analysis.weaker import weakenings  # noqa: PLC0415 - only for policies

    try:
        found = weakenings(old, new)
    except Uncheckable:
        return None
    return [
        {
            "code": one.code,
            "what": one.what,
            "old": one.before,
            "new": one.after,
            "example": None if one.example is None else list(one.example.said),
        }
        for one in found
    ]
