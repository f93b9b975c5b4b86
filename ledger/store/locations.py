"""Which ledger a place is known to hold: one file beside the state of each ledger.

``<root>/locations.json`` maps the location of a log, as text, to the id of the ledger
this user has found there. Somebody else's ledger in a known folder is an alarm, not
a ledger that was never pinned.
"""

import json
import os
from pathlib import Path

from ledger.errors import Uncheckable


class Locations:
    """The locations this user knows, kept in one file of the state directory *root*."""

    def __init__(self, root: Path) -> None:
        self.path = root / "locations.json"

    def ledger_at(self, location: str) -> str | None:
        """The id of the ledger known at *location*; ``None`` where none is.

        Raises :class:`Uncheckable` (``state-damaged``) where the file is not as it was written.
        """
        return self._read().get(location)

    def remember(self, location: str, ledger: str) -> None:
        """Know *ledger* at *location* from now on."""
        known = self._read()
        if known.get(location) == ledger:
            return
        known[location] = ledger
        new = self.path.with_suffix(f".{os.getpid()}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(known, file, ensure_ascii=False, sort_keys=True, indent=1)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise self._unavailable(error) from None

    def _read(self) -> dict[str, str]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unavailable(error) from None
        except UnicodeDecodeError:
            text = ""
        try:
            known = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            known = None
        if not isinstance(known, dict) or not all(isinstance(v, str) for v in known.values()):
            raise Uncheckable(
                "state-damaged",
                f"{self.path} is not as it was written",
                hint="remove it, then pin each ledger again: assent trust LEDGER-ID",
            )
        return known

    def _unavailable(self, error: OSError) -> Uncheckable:
        return Uncheckable(
            "state-unavailable",
            f"{self.path}: {error.strerror}",
            hint="name another folder in ASSENT_STATE, or mend this one",
        )
