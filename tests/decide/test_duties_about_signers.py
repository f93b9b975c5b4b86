"""Duties bind who proposes and who acts, and not whoever a proposal is about."""

from tests.acts import look, refused
from tests.organisation import unsafe_key
from tests.policies import duty
from tests.roster import carried, lifting, next_key, roles_of, rotate, rotation, stop
from tests.signer_acts import POLICY_OF_STAFF, lift_by_root, staffed

IDLE = POLICY_OF_STAFF.replace("lift = { auditor = 1 }", "lift = { release-owner = 1 }") + duty(
    "auditor", "act"
)
"""Auditors do nothing but what no duty forbids, as in the standard policy."""

SILENT = POLICY_OF_STAFF + duty("model-owner", "open")


def test_the_roles_of_who_must_not_act_are_taken_away_by_others() -> None:
    org = staffed(IDLE)

    carried(org, roles_of("rita", strip=["auditor"]))

    assert org.signer("rita").roles == ()


def test_who_must_not_act_takes_another_key_all_the_same() -> None:
    org = staffed(IDLE)

    rotate(org, "rita")

    assert org.signer("rita").named_key.id != unsafe_key("rita").public.id


def test_the_stop_of_who_must_not_act_is_lifted_by_the_root() -> None:
    """Else one stop would keep them out, and nobody could bring them back."""
    org = staffed(IDLE)

    lift_by_root(org, stop(org, "alice", "rita"))

    assert org.standing.head.stops == 0


def test_the_stop_of_who_must_not_open_is_lifted_by_others() -> None:
    org = staffed(SILENT)
    of = org.open("frank", lifting(stop(org, "alice", "mo")))
    assert look(org, of).blocks == ()

    org.approve("rita", of, "auditor")
    org.enact("zed", of)

    assert org.standing.head.stops == 0


def test_who_must_not_act_proposes_nothing_for_anybody_else() -> None:
    org = staffed(IDLE)

    with refused("duty", "rita holds auditor, which must not act here"):
        org.open("rita", rotation("mo", next_key("mo").public.text))
    with refused("duty"):
        org.open("rita", roles_of("mo", ["data-owner"]))
