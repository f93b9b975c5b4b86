"""Every deliberate error, drawn as a tree.

Each carries a permanent ``code`` for machines, a sentence for people and, where
there is something to do, a hint. The kinds are siblings on purpose: what a rule
forbids, what was checked and is false, what could not be checked and what
somebody else wrote first are four different answers::

    AssentError
    ├── BadInput      usage or input that is not what was expected
    ├── Refused       a rule says no
    ├── Unproven      checked, and false
    ├── Uncheckable   could not be checked, so it is not allowed
    ├── Conflict      somebody wrote first
    └── Drift         the world differs from the ledger

Codes are listed, one section each, in ``docs/reference/errors.md``; a test
compares that page with every code raised in the source.
"""


class AssentError(Exception):
    """The common root: catch this at the edge, and nothing wider."""

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class BadInput(AssentError):
    """Input that is not what was expected; ``file`` and ``line`` say where, when known."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(code, where + message, hint=hint)
        self.file = file
        self.line = line


class Refused(AssentError):
    """A rule says no; the code names the rule, the hint what would satisfy it."""


class Unproven(AssentError):
    """A check was made and failed: a bad signature, a changed log."""


class Uncheckable(AssentError):
    """A check could not be made: a missing key, file or pin. Never read as a yes."""


class Conflict(AssentError):
    """Somebody wrote first, and what they wrote changes the answer."""


class Drift(AssentError):
    """What is stored or running differs from what the ledger says."""
