"""What ``verify.py`` says of a bundle, asked in this process, with each signature checked once."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cli.bundled import verify
from tests.organisation import Organisation
from tests.reference.bundles import refused_of, write_bundle


@dataclass(frozen=True, slots=True)
class Opinion:
    """The verdict, its exit status, and position and rule of all that was found."""

    verdict: str
    exit: int
    found: frozenset[tuple[int | None, str]]


class Remembering(verify.OpenSSH):
    """OpenSSH, asked once for each signature in a session."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.said: dict[tuple[bytes, bytes, bytes, str], bool] = {}

    def agrees(self, message: bytes, key: bytes, blob: bytes, namespace: str) -> bool:
        asked = (message, key, blob, namespace)
        if asked not in self.said:
            self.said[asked] = super().agrees(message, key, blob, namespace)
        return self.said[asked]


@cache
def _kept() -> tuple[Remembering, "tempfile.TemporaryDirectory[str]"]:
    folder = tempfile.TemporaryDirectory(prefix="assent-second-")
    return Remembering(Path(folder.name)), folder


def openssh() -> Remembering:
    """The one that remembers."""
    return _kept()[0]


def opinion(
    folder: Path,
    ledger: str,
    *,
    mark: tuple[int, str] | None = None,
    witnesses: bytes | None = None,
    notes: Sequence[bytes] = (),
    max_age: int | None = None,
    now: int = 0,
) -> Opinion:
    """What ``verify.py`` says of the bundle in *folder*; what is no bundle raises StopError.

    Whoever asks brings the same as on its command line: mark, file of witnesses, checkpoints.
    """
    known = None if witnesses is None else verify.read_witnesses(witnesses)
    options = verify.Options(ledger, known, list(notes), mark, max_age, now)
    report = verify.audit(verify.Files(folder), options, openssh())
    own = [*report.found.entries.items(), *((at, code) for at, code, _ in report.found.others)]
    exit_status = verify.EXIT.get(report.verdict, 0)
    return Opinion(report.verdict, exit_status, frozenset((at, plain(code)) for at, code in own))


def plain(rule: str) -> str:
    """*rule*, but one word for all codes of bytes that are no canonical JSON.

    Of input with several faults any of these codes may be said.
    """
    return "no canonical JSON" if rule in verify.JSON_CODES else rule


def require_agreement(org: Organisation) -> None:
    """Demand that ``verify.py`` finds in the log of *org* what replay found, rule by rule.

    Documents are left out. A log that does not begin with the founding is no log to an audit.
    """
    refused = refused_of(org)
    if refused and refused[0] in {(0, "not-founded"), (0, "other-ledger"), (0, "not-two-lines")}:
        return
    with tempfile.TemporaryDirectory(prefix="assent-agreed-") as folder:
        told = opinion(write_bundle(Path(folder), org.id, org.envelopes, refused), org.id)
    found = {one for one in told.found if one[1] != "evidence-missing"}
    assert found == {(at, plain(rule)) for at, rule in refused}
