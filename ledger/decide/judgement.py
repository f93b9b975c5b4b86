"""Judgements: what became of an entry, and what there is to say about it."""

from dataclasses import dataclass
from typing import Final, Literal

from ledger.model.entry import Entry

Severity = Literal["refused", "alarm", "uncheckable", "notice"]

SEEN_MISMATCH: Final = "seen-mismatch"
SHORTER: Final = "log-shorter"
OTHER_LEDGER: Final = "other-ledger"
CHECKPOINT_FALSE: Final = "checkpoint-false"
CHECKPOINT_MISSING: Final = "checkpoint-missing"
CHECKPOINT_STALE: Final = "checkpoint-stale"
REFUSALS_DIFFER: Final = "refusals-differ"
TILE_DIFFERS: Final = "tile-differs"
MISSING_OBSERVATION: Final = "missing-observation"

ALARMS: Final[frozenset[str]] = frozenset(
    {
        SEEN_MISMATCH,
        SHORTER,
        OTHER_LEDGER,
        CHECKPOINT_FALSE,
        REFUSALS_DIFFER,
        TILE_DIFFERS,
        "missing-entry",
        "leaf-differs",
        "root-differs",
        "evidence-differs",
        "receipt-differs",
    }
)
"""Rules whose breach says that a history was changed, cut or split."""

SPLIT: Final[frozenset[str]] = frozenset({SEEN_MISMATCH, CHECKPOINT_FALSE})
"""Those of them that say that two histories were shown."""

UNCHECKABLE: Final[frozenset[str]] = frozenset(
    {"unknown-rules", "evidence-missing", "never-pinned", CHECKPOINT_MISSING, CHECKPOINT_STALE}
)
"""Rules whose breach says that something could not be checked."""

NOTICES: Final[frozenset[str]] = frozenset({MISSING_OBSERVATION})
"""Rules about what somebody did not do: the entry they stand at broke none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that did not hold; ``position`` is ``None`` where no one entry is meant."""

    position: int | None
    rule: str
    message: str
    expected: str | None = None
    actual: str | None = None

    @property
    def severity(self) -> Severity:
        """How grave a breach of this rule is."""
        if self.rule in ALARMS:
            return "alarm"
        if self.rule in NOTICES:
            return "notice"
        return "uncheckable" if self.rule in UNCHECKABLE else "refused"


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with its judgement; ``at`` is the time it was judged at, ``entry`` what parsed.

    ``placed`` says whether it belongs to its stream, ``admitted`` whether it has effect;
    ``notices`` are findings at earlier positions that its time has brought about.
    """

    position: int
    leaf: bytes
    entry: Entry | None
    placed: bool
    admitted: bool
    at: int
    finding: Finding | None
    notices: tuple[Finding, ...] = ()
