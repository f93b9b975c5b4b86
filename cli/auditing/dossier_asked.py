"""Which rules a policy asks for at all: what it does not ask for was never checked, nor done."""

from cli.auditing.stood import Stood
from ledger.model.effects import ReleaseEffect

NO_ENVIRONMENTS = "the policy names no environments"


def unasked(one: Stood, code: str) -> str | None:
    """Why the rule *code* asks for nothing of *one*, in words; ``None`` where it was judged."""
    effect, policy = one.state.effect, one.policy
    if not isinstance(effect, ReleaseEffect):
        return None
    match code:
        case "duty":
            forbids = any(each.must_not in {"open", "act"} for each in policy.duties)
            return None if forbids else "no duty of the policy is about who proposes"
        case "prohibited-permission":
            named = policy.limits.prohibited_permissions
            return None if named else "the policy prohibits no permission"
        case "mutation-not-allowed":
            return _mutations(one)
        case "unknown-environment" | "environment-before" | "policy-moved":
            return _environments(one, effect, code)
        case _:
            return None


def _mutations(one: Stood) -> str | None:
    limited = {each.tier for each in one.policy.limits.mutations}
    if not limited:
        return "the policy limits no mutations"
    tier = one.found.tier
    return None if tier in limited else f"the policy limits none at tier {tier}"


def _environments(one: Stood, effect: ReleaseEffect, code: str) -> str | None:
    known = one.policy.environments
    if known is None:
        return NO_ENVIRONMENTS
    name = effect.alias.partition("/")[2]
    if code == "unknown-environment":
        return None
    if name not in known.order:
        return f"{name} is no environment of the policy"
    if code == "policy-moved":
        return None if name in known.automatic else f"{name} is not automatic"
    return f"{name} is the first in the order" if known.order[0] == name else None
