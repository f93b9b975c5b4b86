"""What was said in the review of a rollback or an exception, for auditors."""

import json
from collections.abc import Iterator
from typing import Any

from cli.moment import Moment


def review_row(then: Moment, subject: str | None) -> Any:
    """The row of the review of *subject* if it is closed; else ``None``."""
    from projections.reviews import review_of  # noqa: PLC0415 - a heavy import

    if subject is None:
        return None
    with then.views.reading() as connection:
        row = review_of(connection, subject)
    return None if row is None or row.closed_position is None else row


def review_rows(row: Any) -> Iterator[tuple[str, str]]:
    """What a review says was behind it, was changed and is tested since; nothing while open."""
    if row is not None:
        yield "  cause", row.cause
        for name in ("changes", "tests"):
            for number, text in enumerate(_listed(row, name) or ["none"]):
                yield "" if number else f"  {name}", text


def review_json(row: Any) -> dict[str, object] | None:
    """The same for programs."""
    if row is None:
        return None
    return {"cause": row.cause, **{name: _listed(row, name) for name in ("changes", "tests")}}


def _listed(row: Any, name: str) -> list[str]:
    found: list[str] = json.loads(getattr(row, name) or "[]")
    return found
