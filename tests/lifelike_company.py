"""The company of a lifelike history: who works there, its policy, its clock and its models.

People work on weekdays from eight to six, services at any hour. Whatever is tried may be
refused, as for a person; then nothing is written and the course goes on without it.
"""

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Final, TypeVar

from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.terms import format_instant
from tests.organisation import Organisation

Course = Generator[int, None, None]
"""What somebody does over time: each moment it gives is when it goes on, in seconds since 1970."""

Made = TypeVar("Made")

HOUR, DAY = 3_600, 86_400
_OPENS, _CLOSES = 8 * HOUR, 18 * HOUR
_EPOCH_WEEKDAY, _WORKDAYS, _WEEK = 3, 5, 7

TEAMS: Final = ("credit", "fraud", "pricing", "search", "speech", "triage")
"""Whose models these are: the first part of a model's name."""

POLICY: Final = """
# Rules of a made-up company; in words in tests/lifelike.py.
name = "lifelike"
number = 1
[roles]
model-owner = "accepts task quality"
data-owner = "approves data"
evaluation-owner = "keeps the quality of evidence"
security-owner = "approves threat controls"
release-owner = "moves aliases"
on-call = "may roll back at any hour"
auditor = "reviews"
steward = "keeps the policy and the roster"
[declared]
personal_data = "reads personal data"
online = "used in live decisions"
[shift]
metrics = ["auc"]
small = "0.01"
moderate = "0.05"
[[tier]]
is = "high"
id = "people"
when = "personal_data"
[[tier]]
is = "low"
id = "offline"
when = "!online"
[[tier]]
is = "medium"
id = "ordinary"
[[requirement]]
id = "model-owner"
approvals = { model-owner = 1 }
because = "somebody accepts the task quality"
[[requirement]]
id = "data"
when = "modifies_data_lineage"
approvals = { data-owner = 1 }
because = "new data is the data owner's to allow"
[[requirement]]
id = "security"
when = "tier >= HIGH"
approvals = { security-owner = 1 }
domain = "security"
because = "what concerns people is looked at twice"
[[requirement]]
id = "evaluation"
because = "a release rests on numbers"
domain = "quality"
[requirement.evidence.evaluation-report]
max_age = "30d"
by = ["evaluation-owner"]
independent = true
[[requirement]]
id = "quality"
from = "evaluation-report"
domain = "quality"
because = "and the numbers are good"
[requirement.metrics]
auc = { better = "higher", min = "0.90", max_drop = "0.02" }
[approvals]
distinct_people = true
approve_within = "14d"
use_within = "72h"
[operation]
by = ["release-owner"]
[environments]
order = ["staging", "production"]
automatic = ["staging"]
services = ["deployer"]
[[stage]]
id = "shadow"
tiers = ["medium", "high"]
soak = "24h"
observed_by = ["watchdog", "evaluation-owner"]
[[stage]]
id = "guarded"
tiers = ["high"]
share = "0.05"
soak = "24h"
observed_by = ["watchdog", "evaluation-owner"]
[stage.metrics]
retry_rate = { max = "0.05" }
[[stage]]
id = "general"
observe = { low = "24h", medium = "72h", high = "168h" }
[rollback]
by = ["release-owner", "on-call"]
services = ["watchdog"]
within = "10m"
review_within = "48h"
[rollback.triggers]
incident = true
retry_rate = { max = "0.08" }
[exceptions]
max_life = "72h"
approvals = { security-owner = 1, release-owner = 1 }
never = ["security"]
controls = 1
review_within = "48h"
repeat_after = 3
[overrides]
set = ["security-owner", "release-owner", "on-call"]
lift = { security-owner = 1, auditor = 1 }
drill_every = "90d"
[stewardship]
approvals = { steward = 1 }
"""

NEXT_POLICY: Final = POLICY.replace("number = 1\n", "number = 2\n").replace(
    'max_age = "30d"', 'max_age = "21d"'
)
"""The policy that is published half-way: evaluations are fresh for three weeks, no longer a month.

Everything else stays.
"""

_ROLES: Final[Mapping[str, str]] = {
    "model-owner": "alma boris chloe dario edda felix",
    "steward": "stella sven",
    "data-owner": "gina hugo ines jonas",
    "evaluation-owner": "kaja lars mina nils olivia",
    "security-owner": "paula quentin rosa",
    "release-owner": "simon tilda ugo vera",
    "on-call": "wanda xaver yara zoran",
    "auditor": "anton berta",
    "engineer": "cosmo dunja emil flora gustav hilde",
}
"""Who is there from the founding, by role; engineers hold none. The first three are the root."""

SERVICES: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "deployer": ("simon", ()),
    "watchdog": ("kaja", ()),
    "trainer": ("cosmo", ()),
    "tuner": ("dunja", ()),
    "scanner": ("paula", ()),
    "reporter": ("anton", ()),
}
"""The services with the persons who answer for them; the trainer and the tuner propose."""

JOINERS: Final[Mapping[str, str]] = {
    "iris": "model-owner",
    "jakob": "data-owner",
    "klara": "evaluation-owner",
    "leon": "release-owner",
    "mona": "on-call",
    "noah": "engineer",
    "otto": "security-owner",
}
"""Who joins later, and in which role."""

LEAVERS: Final = ("felix", "hilde", "nils", "zoran")
"""Who leaves, in this order."""


class Company:
    """An organisation with a seeded chance, people by role, and working hours."""

    def __init__(self, seed: int, start: int) -> None:
        people = {
            name: [] if role == "engineer" else [role]
            for role, names in _ROLES.items()
            for name in names.split()
        }
        self.chance = random.Random(seed)  # noqa: S311 - the same history for the same seed
        self.org = Organisation(people=people, services=SERVICES, policy=POLICY, start=start)
        self.by_role = {role: names.split() for role, names in _ROLES.items()}
        self.by_role["proposer"] = [*self.by_role["engineer"], "trainer", "tuner"]
        self.refused: list[int] = []
        self._courses: list[tuple[int, int, Course]] = []
        self._turns = count()

    @property
    def now(self) -> int:
        """The present moment, in seconds since 1970."""
        return self.org.now

    def happens(self, share: float) -> bool:
        """Whether something of that likelihood happens this time."""
        return self.chance.random() < share

    def pick(self, role: str, *, but: Sequence[str] = ()) -> str:
        """Somebody who holds *role*."""
        return self.chance.choice([one for one in self.by_role[role] if one not in but])

    def work(self, low: float, high: float) -> int:
        """A moment between *low* and *high* hours from now, moved on into working hours."""
        at = self.later(low, high)
        day, second = divmod(at, DAY)
        if second >= _CLOSES:
            day, second = day + 1, 0
        rest = (day + _EPOCH_WEEKDAY) % _WEEK - _WORKDAYS
        if rest >= 0:
            day, second = day + _WEEK - _WORKDAYS - rest, 0
        if second < _OPENS:
            second = _OPENS + self.chance.randrange(2 * HOUR)
        return day * DAY + second

    def later(self, low: float, high: float) -> int:
        """A moment between *low* and *high* hours from now, at whatever hour that is."""
        return self.now + int(self.chance.uniform(low, high) * HOUR)

    def begin(self, course: Course) -> None:
        """Let *course* go on beside all others, beginning now."""
        heappush(self._courses, (self.now, next(self._turns), course))

    def step(self) -> None:
        """Let the course go on whose turn it is; time passes until then."""
        at, _, course = heappop(self._courses)
        self.org.now = max(self.org.now, at)
        for then in course:
            heappush(self._courses, (then, next(self._turns), course))
            return

    def tried(self, act: Callable[[], Made]) -> Made | None:
        """What came of *act*; ``None`` where the rules refused it."""
        try:
            return act()
        except AssentError:
            return None

    def by(self, role: str, act: Callable[[str], Judged | str]) -> str | None:
        """Who of *role* did *act*: up to three of them try; ``None`` where all were refused."""
        holders = self.by_role[role]
        for name in self.chance.sample(holders, min(3, len(holders))):
            if self.tried(lambda name=name: act(name)) is not None:  # type: ignore[misc]
                return name
        return None

    def newest(self) -> str:
        """The id of the proposal that was opened last."""
        standing = self.org.standing
        state = standing.numbered(standing.head.proposals)
        assert state is not None
        return state.id

    def leaves(self, name: str) -> None:
        """Nobody counts on *name* any longer."""
        for names in self.by_role.values():
            if name in names:
                names.remove(name)

    def until(self, hours: float) -> str:
        """The instant *hours* from now, as it is written."""
        return format_instant(self.now + int(hours * HOUR))
