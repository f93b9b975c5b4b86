"""Consent, as the story gathers it: documents attached, and approvals."""

from cli.demo.stage import Stage


def attach(stage: Stage, number: int, folder: str) -> None:
    """Attach what the proposer has written: how the model was trained, and what it is for."""
    for name, type_ in (
        ("training-record.json", "training-record"),
        ("model-card.md", "model-card"),
    ):
        stage.assent(f"evidence attach {number} {folder}/{name} --type {type_} --as erin --yes")


def attach_report(stage: Stage, number: int, folder: str) -> str:
    """Attach Ben's evaluation; the receipt."""
    path = f"{folder}/evaluation-report.json"
    return stage.assent(f"evidence attach {number} {path} --type evaluation-report --as ben --yes")


def approve(stage: Stage, number: int, roles: dict[str, str]) -> None:
    """Approve as each of *roles*, by name, with the digest of what there is to approve."""
    digest = stage.review_digest(number)
    for name, role in roles.items():
        stage.assent(f"proposal approve {number} --role {role} --as {name} --yes --expect {digest}")
