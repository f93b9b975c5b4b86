"""Whether the blocks around the requirements make sense: from combinations to overrides."""

from collections.abc import Iterator

from ledger.model.effects import CONTROLS
from ledger.model.problems import Problem
from ledger.policy.document import Policy, Requirement
from ledger.policy.waiving import why_never


def combination_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[[combine]]``. Codes: ``pair-of-one``, ``combine-unused``."""
    bound = {duty.role for duty in policy.duties}
    for i, one in enumerate(policy.combinations):
        first, second = one.roles
        if first == second:
            yield Problem(
                "pair-of-one",
                f"a combination names the role {first!r} twice",
                "name the two roles that one person may use side by side",
                ("combine", i, "roles"),
            )
        elif bound.isdisjoint(one.roles):
            yield Problem(
                "combine-unused",
                f"the combination of {first!r} and {second!r} lifts nothing: no duty is about"
                " either of them",
                "take it out; without a duty people may hold both anyway",
                ("combine", i),
            )


def limit_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the ceilings of ``[limits]``.

    Codes: ``ceiling-of-none``, ``ceiling-order``, ``reserve-without-ceiling``,
    ``reserve-too-large``.
    """
    limits = policy.limits
    in_all, each = limits.open_candidates, limits.open_candidates_per_service
    if in_all == 0:
        yield Problem(
            "ceiling-of-none",
            "open_candidates = 0 lets nobody propose a release",
            "write how many may be open at once, such as 64, or take it out for no ceiling",
            ("limits", "open_candidates"),
        )
    elif in_all is not None and each is not None and each > in_all:
        yield Problem(
            "ceiling-order",
            f"open_candidates_per_service = {each} is more than open_candidates = {in_all},"
            " so it limits nobody",
            f"write {in_all} or less, or raise open_candidates",
            ("limits", "open_candidates_per_service"),
        )
    yield from _reserve(policy)


def _reserve(policy: Policy) -> Iterator[Problem]:
    in_all, reserve = policy.limits.open_candidates, policy.limits.reserved_for_people
    if reserve and in_all is None:
        yield Problem(
            "reserve-without-ceiling",
            f"reserved_for_people = {reserve} keeps places free, and there is no ceiling",
            "add open_candidates, how many may be open in all, or take it out",
            ("limits", "reserved_for_people"),
        )
    elif in_all and reserve > in_all:
        yield Problem(
            "reserve-too-large",
            f"reserved_for_people = {reserve} is more than open_candidates = {in_all}",
            f"write {in_all} or less; with {in_all} no service can open anything",
            ("limits", "reserved_for_people"),
        )


def environment_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[environments]``.

    Codes: ``automatic-production``, ``services-unused``.
    """
    block = policy.environments
    if block is None:
        return
    last = block.order[-1]
    if last in block.automatic:
        yield Problem(
            "automatic-production",
            f"{last!r} is the last environment, which is production, and cannot be automatic",
            "take it out, or add the environment that comes after it to the order",
            ("environments", "automatic", block.automatic.index(last)),
        )
    if block.services and not block.automatic:
        yield Problem(
            "services-unused",
            "services operate automatic environments only, and none is automatic",
            'add automatic = ["…"], the environments they may operate, or take services out',
            ("environments", "services"),
        )


def exception_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[exceptions]``.

    Codes: ``too-many-controls``, ``nothing-to-waive``.
    """
    block = policy.exceptions
    if block is None:
        return
    if block.controls > CONTROLS:
        yield Problem(
            "too-many-controls",
            f"controls = {block.controls} is more than one exception can name",
            f"write {CONTROLS} or less",
            ("exceptions", "controls"),
        )
    free = [need for need in policy.requirements if why_never(policy, need) is None]
    asking = [need.id for need in policy.requirements if need.approvals]
    if all([need.id] == asking and _asks_people_alone(need) for need in free):
        yield Problem(
            "nothing-to-waive",
            "[exceptions] could waive nothing: every requirement is hard, on its never-list, about"
            " the rollback, or the only one that asks for approvals",
            "shorten never, or take [exceptions] out: then none can be asked for",
            ("exceptions",),
        )


def _asks_people_alone(need: Requirement) -> bool:
    return not (need.evidence or need.fields or need.metrics or need.segments)


def override_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[overrides]``. Codes: ``empty-overrides``."""
    block = policy.overrides
    if block is not None and not (block.set or block.lift or block.drill_every):
        yield Problem(
            "empty-overrides",
            "[overrides] gives nobody the power to stop or to lift, and asks for no drill",
            'add set = ["..."] or lift = { ... }, or take it out to leave both to the root',
            ("overrides",),
        )
