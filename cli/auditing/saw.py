"""What an approval was bound to when it was signed: exactly what was seen, and nothing else."""

from collections.abc import Mapping

from cli.wording import short
from ledger.model.events import ApprovalGranted, Binding


def saw_json(event: ApprovalGranted) -> dict[str, object]:
    """What *event* is bound to, for programs."""
    binding = event.binding
    return {
        "revision": binding.revision,
        "base": binding.base,
        "policy": binding.policy,
        "effect": binding.effect,
        "facts": {one.fact: one.value for one in binding.facts},
        "evidence": [one.model_dump(mode="json") for one in binding.evidence],
        "review_digest": event.review,
    }


def saw_rows(
    event: ApprovalGranted, revisions: Mapping[int, int], *, same: bool
) -> list[tuple[str, str]]:
    """The same for people; *same* says that it is what was judged in the end.

    *revisions* are the positions of the revisions.
    """
    binding = event.binding
    where = revisions.get(binding.revision)
    rows = [
        ("saw revision", f"{binding.revision}{'' if where is None else f', position {where}'}"),
        ("base", "-" if binding.base is None else f"position {binding.base}"),
        ("policy", str(binding.policy)),
        *_facts(binding),
    ]
    for number, one in enumerate(binding.evidence):
        told = f"{one.type}, position {one.position}: {short(one.digest)}"
        rows.append(("" if number else "documents", told))
    if not binding.evidence:
        rows.append(("documents", "none"))
    equal = ", as judged" if same else ""
    return [*rows, ("review", f"{short(event.review)}{equal}")]


def _facts(binding: Binding) -> list[tuple[str, str]]:
    rows = []
    for word, answer in (("yes", True), ("no", False)):
        names = [one.fact for one in binding.facts if one.value is answer]
        if names:
            rows.append((f"declared {word}", ", ".join(names)))
    return rows or [("declared", "nothing")]
