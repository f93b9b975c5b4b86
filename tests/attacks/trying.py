"""One act of an attacker: tried by the client, and then written past it.

The client asks the rules before it signs. Whoever writes past it takes the event that the rules
would give to somebody who may, signs it with their own key, and appends that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Literal

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.events import Event
from ledger.seal.envelope import KeyHolder
from ledger.service import Decision, Signer, prepare
from tests.organisation import Organisation

Deed = Callable[[Organisation, str], object]
"""What is done in an organisation, by whom it is told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attack: allowed, or refused and, written past the client, found by a rule.

    ``detected``: nothing refuses it, and an audit says so.
    """

    word: Literal["allowed", "refused", "detected"]
    rule: str | None = None


ALLOWED = Outcome("allowed")


def refused(rule: str) -> Outcome:
    """Refused by the client, and a finding without effect where it was written past it."""
    return Outcome("refused", rule)


class Forger(Organisation):
    """Somebody who decides as one who may and signs as *attacker*; *rules* are asked elsewhere."""

    def __init__(self, org: Organisation, attacker: str, rules: Standing) -> None:
        self.__dict__.update(org.__dict__)
        self.org = org
        self.attacker = attacker
        self.rules = rules

    def act(self, name: str, decision: Decision, *, key: KeyHolder | None = None) -> Judged:
        """Force what *name* would be allowed to say."""
        signer = Signer(name, self.keys[name] if key is None else key)
        self.org.now += 1
        entry = prepare(self.rules, signer, decision, now=self.org.now, ledger_id=self.id)
        self.org.now -= 1
        return self.org.force(self.attacker, entry.event)


def aside(org: Organisation) -> Organisation:
    """The same ledger so far, going another way from here on; nobody else sees what is said."""
    other = Organisation.__new__(Organisation)
    other.__dict__.update(
        org.__dict__,
        standing=org.replayed(),
        envelopes=list(org.envelopes),
        judged=list(org.judged),
        keys=dict(org.keys),
    )
    return other


def rows(standing: Standing) -> dict[str, bytes]:
    """What decisions look at and has changed: all but places, head and findings."""
    aside = ("place:", "head", "finding:")
    return {k: v for k, v in standing.settle().rows.items() if not k.startswith(aside)}


def tried(
    org: Organisation,
    attacker: str,
    deed: Deed,
    *,
    may: str | None = None,
    where: Organisation | None = None,
    event: Callable[[], Event] | None = None,
) -> Outcome:
    """Let *attacker* do it through the client, and past it where that refuses.

    What is forged is the event that *may* would make of it, where it is allowed to (*where*:
    in another course of the same ledger), or the *event* that is made up.
    """
    before = len(org.judged)
    try:
        deed(org, attacker)
    except AssentError:
        pass
    else:
        assert [one.finding for one in org.judged[before:] if one.finding] == []
        return ALLOWED
    rows(org.standing)
    if event is not None:
        judged = org.force(attacker, event())
    else:
        rules = (org if where is None else where).standing
        deed(Forger(org, attacker, rules), may or attacker)
        judged = org.judged[-1]
    assert len(org.judged) == before + 1
    assert (judged.placed, judged.admitted) == (True, False)
    assert judged.finding is not None
    assert rows(org.standing) == {}
    return refused(judged.finding.rule)


Attack = Callable[[], Outcome]
"""An attack from its preparation to its outcome."""


def named(value: object) -> str | None:
    """How a case of a table of attacks is called."""
    return value.__name__.replace("_", "-") if isinstance(value, FunctionType) else ""
