"""What a log comes to, by plain Python: ``assent log --json | python -m tests.recount.recount``.

It prints one JSON object: what each alias runs, each metric of the last 30 days, and what was
missed. Nothing is installed for it, and nothing of the ledger's own code is read.
"""

import json
import sys

from tests.recount.answers import alias
from tests.recount.numbers import metrics
from tests.recount.story import lines_of
from tests.recount.telling import told

DAYS = 30 * 86_400


def main() -> None:
    """Read the lines of the log from stdin."""
    story = told(lines_of(sys.stdin))
    found = {
        "position": story.position,
        "aliases": [alias(story, story.aliases[name]) for name in sorted(story.aliases)],
        "metrics": metrics(story, story.time, DAYS, None),
        "missed": [position for position, _, _ in story.missed],
    }
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
