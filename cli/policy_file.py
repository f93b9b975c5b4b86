"""Policy files: read, with every problem and its line, and made into what a ledger signs."""

import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cli.params import read_text_file
from ledger.errors import BadInput
from ledger.model.effects import PolicyDocument
from ledger.model.problems import Problem
from ledger.model.toml import placed
from ledger.policy.analysis.vacuities import vacuities
from ledger.policy.checking.observing import observing_problems
from ledger.policy.checking.quorum import Services, quorum_problems
from ledger.policy.document import Policy
from ledger.policy.reading import problems, read_policy
from ledger.policy.starting import STANDARD

People = Mapping[str, frozenset[str]]
"""Persons and the roles they hold."""

UNKNOWN: Final = "too-many-cases"
"""The code where not every case could be looked at: a reason to say so, and not to refuse."""


def founding_policy(
    path: Path | None,
    people: People,
    require_roles: Callable[[Policy], None],
    services: Services | None = None,
) -> PolicyDocument:
    """The first policy of a ledger, from the file at *path* or the starting one.

    *require_roles* raises where the roster names a role that the policy does not define.
    Raises :class:`BadInput` with file and line for the first problem, also where nobody of
    *people* and *services* could meet it (``lock-out``).
    """
    text = STANDARD if path is None else read_text_file(path)
    file = "the starting policy" if path is None else str(path)
    found = [one for one in file_problems(text, file) if one.code != UNKNOWN]
    if found:
        raise found[0].as_error()
    policy = read_policy(text, file=file)
    require_roles(policy)
    locked = lock_outs(policy, people, text, file, services=services)
    if locked:
        raise locked[0].as_error()
    return PolicyDocument(text=text, canonical=policy.canonical())


def file_problems(text: str, file: str) -> list[Problem]:
    """All that is wrong with the policy in *text*, with lines; nothing about people.

    Once its rules are in order, conditions that never or always hold are found as well; no
    rule of the ledger asks for that, so history does not depend on how it is found out.
    """
    found = problems(text, file)
    if not found:
        found = placed(vacuities(read_policy(text, file=file)), text=text, file=file)
    if not unicodedata.is_normalized("NFC", text):
        lines = text.split("\n")
        line = next(
            (n for n, one in enumerate(lines, 1) if not unicodedata.is_normalized("NFC", one)), 1
        )
        said = "text that is not in Unicode normal form C"
        found.append(Problem("not-nfc", said, "type it composed, as é", file=file, line=line))
    return found


def lock_outs(
    policy: Policy, people: People, text: str, file: str, *, services: Services | None = None
) -> list[Problem]:
    """What of *policy* nobody of *people* and *services* could ever do, with lines."""
    asked = (
        *quorum_problems(policy, people, services),
        *observing_problems(policy, people, services),
    )
    found = (one for one in asked if one.code != "requires-nobody")
    return placed(found, text=text, file=file)


def still_means(text: str, canonical: str) -> bool:
    """Whether *text*, read today, is the policy that *canonical* is the JSON of."""
    try:
        return read_policy(text, file="the published text").canonical() == canonical
    except BadInput:
        return False
