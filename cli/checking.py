"""The check's long way: after reading what is new, and of what was never heard of."""

from cli.asked import signer_named
from cli.checked import Checked, never_released
from cli.context import App, make_app
from cli.options import Options
from cli.stops import stops_now
from cli.targets import require_target, split_target
from ledger.errors import BadInput, Uncheckable
from ledger.model.problems import closest, listed


def check_target(options: Options, target: str) -> Checked:
    """Whether *target* is stopped, after reading what is new.

    Raises :class:`BadInput`: ``not-a-target``, ``unknown-signer``, ``unknown-environment``.
    """
    require_target(target)
    app = make_app(options)
    remark = _remark(app, target)
    found = app.standing.target(target)
    stops = [one.body() for one in stops_now(app) if one.holds and one.target == target]
    if len(stops) != (0 if found is None else found.stops):
        raise Uncheckable(
            "views-damaged",
            f"the views name {len(stops)} stops of {target}, and the standing another number",
            hint="assent views rebuild",
        )
    return Checked(target, tuple(stops), remark)


def _remark(app: App, target: str) -> str | None:
    """What is to be said of a target that nothing was ever about."""
    kind, name = split_target(target)
    if kind == "signer":
        signer_named(app.standing, name)
    if kind != "alias":
        return None
    _require_environment(app, name)
    return None if app.standing.has_alias(name) else never_released(name)


def _require_environment(app: App, alias: str) -> None:
    """Raise :class:`BadInput` where the policy names environments, and not that of *alias*."""
    policy, name = app.standing.policy(), alias.partition("/")[2]
    known = () if policy.environments is None else policy.environments.order
    if known and name not in known:
        meant = closest(name, known)
        raise BadInput(
            "unknown-environment",
            f"policy {policy.number} knows no environment {name}",
            hint=f"did you mean {meant}?" if meant else f"it knows {listed(known)}",
        )
