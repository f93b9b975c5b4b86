"""The answer to whether something is stopped, the same on the short way and on the long one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether *target* is stopped, by those ``stops`` that hold, each as ``override/1``.

    ``remark`` is said beside the answer.
    """

    target: str
    stops: tuple[Mapping[str, Any], ...]
    remark: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether a stop of it holds."""
        return bool(self.stops)

    def lines(self) -> list[str]:
        """The answer in words: a line, or one for each stop."""
        if not self.stopped:
            return [f"{self.target} is not stopped"]
        return [
            f"{self.target} is stopped, by {one['by']} at {one['at']}: {one['reason']}"
            for one in self.stops
        ]

    def body(self) -> dict[str, object]:
        """The answer as ``check/1``."""
        stops = [dict(one) for one in self.stops]
        return {
            "schema": "check/1",
            "target": self.target,
            "stopped": self.stopped,
            "stops": stops,
        }


def never_released(alias: str) -> str:
    """What is said beside the answer about an alias that is new."""
    return f"nothing was ever released to {alias}"


def stop_body(one: Mapping[str, Any]) -> dict[str, Any]:
    """A stop that holds, by the columns of its row, as ``override/1``."""
    told = {name: one[name] for name in ("id", "target", "at", "position", "reason")}
    lifted = {"lifted_position": None, "lifted_at": None}
    return {
        "schema": "override/1",
        **told,
        **lifted,
        "by": one["signer"],
        "lifted_by_proposal": None,
    }
