"""Reports of tests as JUnit XML, the form that build servers read and show.

One ``testsuite`` in ``testsuites``, one ``testcase`` for each test; attributes as in the
schema of Apache Ant's JUnit task, which the servers follow. Nothing here takes time worth
measuring, so ``time`` is 0.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One test: its name and line, and what went wrong, a line for each; none if nothing did."""

    name: str
    line: int
    failures: tuple[str, ...]


def junit_xml(suite: str, classname: str, file: str, tests: Sequence[Tested]) -> bytes:
    """The report of *tests* under the name *suite*, as UTF-8.

    *classname* is what servers group tests by; *file* is where their lines are.
    """
    counts = {
        "tests": str(len(tests)),
        "failures": str(sum(bool(test.failures) for test in tests)),
        "errors": "0",
        "time": "0",
    }
    root = ET.Element("testsuites", counts)
    inside = ET.SubElement(root, "testsuite", {"name": _legal(suite), **counts, "skipped": "0"})
    for test in tests:
        place = {"file": _legal(file), "line": str(test.line)}
        names = {"classname": _legal(classname), "name": _legal(test.name)}
        case = ET.SubElement(inside, "testcase", {**names, **place, "time": "0"})
        if test.failures:
            first = {"message": _legal(test.failures[0]), "type": "failure"}
            ET.SubElement(case, "failure", first).text = _legal("\n".join(test.failures))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _legal(text: str) -> str:
    r"""*text* with what XML cannot hold shown as ``\u…``."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
