"""What every row of a standing has: the key under which it is kept."""

from typing import ClassVar


class Kept:
    """A row of the standing; its key is its prefix and, where there are many, its name."""

    __slots__ = ()
    prefix: ClassVar[str]
    named: ClassVar[str | None] = None

    @property
    def key(self) -> str:
        """The key under which this row is kept."""
        return self.prefix if self.named is None else f"{self.prefix}:{getattr(self, self.named)}"
