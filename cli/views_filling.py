"""Taking up in shared views what this client verified, and no more.

What lies on a server others may write to. So the user's own views come first, and say how far;
every entry is verified again and is the one that was seen then; and nothing that the shared
views say moves the mark of what this user trusts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.context import App
from cli.progress import Progress
from cli.views_target import Target, require_older
from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import Conflict, Uncheckable, Unproven
from ledger.seal.merkle import root
from ledger.service import ATTEMPTS, CHUNK
from ledger.store.rows import Row
from projections.leaves import first_other_leaf

if TYPE_CHECKING:
    from projections.runner import Views


def bring_up(app: App, own: Standing, target: Target, told: Progress) -> tuple[int, bool]:
    """Bring *target* as far as *own*: how many entries are new, and whether it was built anew.

    Views that older code wrote are built anew; where others write there as well, what they did
    is taken up. Raises :class:`Uncheckable` (``views-newer``), :class:`Conflict`
    (``views-busy``), and what :func:`bring` does.
    """
    with target.open() as views:
        for _ in range(ATTEMPTS if views.is_current() else 0):
            try:
                return bring(app, own, target, views, told), False
            except Conflict as error:
                if error.code != "views-moved":
                    raise
        if views.is_current():
            raise Conflict("views-busy", f"others keep writing to {target.name}", hint="try again")
        require_older(target, views)
    return build(app, own, target, told), True


def build(app: App, own: Standing, target: Target, told: Progress) -> int:
    """Build *target* anew from the log; how many entries it takes into account."""

    def fill(views: "Views") -> None:
        bring(app, own, target, views, told)

    target.rebuild(fill)
    return own.head.size


def bring(app: App, own: Standing, target: Target, views: "Views", told: Progress) -> int:
    """Bring *views* as far as *own*, the standing this client just verified; how many are new.

    Views that others have already brought further are left alone. Raises :class:`Unproven`:
    ``views-of-another-log`` where they go back to other entries, ``log-changed`` where the log
    does; :class:`Conflict` (``views-moved``) where another process was quicker.
    """
    with _sound(target):
        standing = views.standing()
        start, end = standing.head.size, own.head.size
        _require_same_log(app, own, standing, target)
        judged: list[Judged] = []
        leaves: list[bytes] = []
        for row, examined in app.ledger.examiner(_rows(app, start, end)):
            judged.append(judge(standing, examined, app.expected_id))
            leaves.append(examined.leaf)
            if len(judged) == CHUNK or standing.head.size == end:
                _require_unchanged(app, row.position + 1 - len(leaves), leaves)
                _require_same_log(app, own, standing, target)
                views.keep(judged, standing)
                told(standing.head.size, end)
                judged, leaves = [], []
    return max(0, end - start)


def _rows(app: App, start: int, end: int) -> Iterator[Row]:
    while start < end:
        rows = app.log.read(start, min(CHUNK, end - start))
        if not rows:
            raise _changed(start)
        yield from rows
        start += len(rows)


def _require_unchanged(app: App, start: int, leaves: Sequence[bytes]) -> None:
    """What the log shows now must be what it showed when it was verified."""
    with app.views.reading() as connection:
        changed = first_other_leaf(connection, start, leaves)
    if changed is not None:
        raise _changed(changed)


def _changed(position: int) -> Unproven:
    return Unproven(
        "log-changed",
        f"the entry at position {position} is not the one this client verified",
        hint="assent verify says more",
    )


def _require_same_log(app: App, own: Standing, standing: Standing, target: Target) -> None:
    """The roots must agree where both are known, and so must the last entry of *standing*."""
    size = min(own.head.size, standing.head.size)
    if size == 0:
        return
    with app.views.reading() as connection:
        ends_alike = standing.head.size > size or (
            first_other_leaf(connection, size - 1, [standing.head.leaf or b""]) is None
        )
    ours, theirs = _root(own, size), _root(standing, size)
    if not ends_alike or (ours is not None and theirs is not None and ours != theirs):
        raise Unproven(
            "views-of-another-log",
            f"{target.name} goes back to other entries than this client verified",
            hint="find out who filled it; assent views rebuild --to URL makes it anew",
        )


def _root(standing: Standing, size: int) -> bytes | None:
    """The root at *size*, computed where it can be: what is stored may be anything."""
    head = standing.head
    return root(head.frontier) if head.size == size else standing.root_at(size)


@contextmanager
def _sound(target: Target) -> Iterator[None]:
    """Whatever shared views say that no views say is their damage, not a bug."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Uncheckable(
            "views-damaged",
            f"{target.name} holds what was never written there ({type(error).__name__})",
            hint="assent views rebuild --to URL",
        ) from None
