"""Numbers out of a report of tests: JUnit XML, as most runners of tests can write it.

Counted are the ``testcase`` elements and what stands in them::

    <testsuite tests="2" failures="1"><testcase name="a"/>
      <testcase name="b"><failure message="1 != 2"/></testcase></testsuite>

gives ``tests`` 2, ``failed`` 1, ``errors`` 0, ``skipped`` 0. Where the attributes of the
suites say more failures, errors or skips than are shown, the larger number stands.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.parsers import expat

from ledger.errors import BadInput
from ledger.model.events import Metric

ROOTS: Final = frozenset({"testsuites", "testsuite"})
"""What the outermost element of a report of tests is called."""

LARGEST_REPORT: Final = 16 * 1024 * 1024
"""The most bytes of a report that is read: it is counted as it streams by, and never kept."""

_PIECE: Final = 64 * 1024
_TEST: Final = "testcase"
_CHILDREN: Final = {"failure": "failed", "error": "errors", "skipped": "skipped"}
_ATTRIBUTES: Final = {
    "failures": "failed",
    "errors": "errors",
    "skipped": "skipped",
    "disabled": "skipped",
}
_COUNT: Final = re.compile(r"[0-9]{1,9}\Z")


class _OtherXmlError(Exception):
    """What is read is no report of tests."""


class _Counts:
    """What is counted while a report streams by."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.path: list[str] = []
        self.root = ""
        self.shown: Counter[str] = Counter()
        self.said: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def doctype(self, name: str, *_: object) -> None:
        """A document type could define entities, which grow without end."""
        if name not in ROOTS:
            raise _OtherXmlError
        raise BadInput(
            "document-type",
            "a report of tests has no document type",
            hint="take the line with <!DOCTYPE out",
            file=self.where,
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Count an element by its name, by where it stands, and by what it says."""
        name = tag.rpartition(":")[2]
        if not self.path:
            if name not in ROOTS:
                raise _OtherXmlError
            self.root = name
        if name == _TEST:
            self.shown["tests"] += 1
        elif name in _CHILDREN and self.path[-1] == _TEST:
            self.shown[_CHILDREN[name]] += 1
        elif name in ROOTS:
            for attribute, metric in _ATTRIBUTES.items():
                self.said[len(self.path)][metric] += self._count(attribute, attributes)
        self.path.append(name)

    def end(self, _: str) -> None:
        """Leave an element."""
        self.path.pop()

    def metrics(self) -> tuple[Metric, ...]:
        """The numbers, sorted by name.

        Suites nest, and the attributes of an outer one usually hold those of the inner: each
        depth is added up by itself.
        """
        totals = dict.fromkeys(("errors", "failed", "skipped", "tests"), 0) | self.shown
        for said in self.said.values():
            totals |= {name: max(totals[name], count) for name, count in said.items()}
        return tuple(
            Metric(name=name, segment=None, value=str(count), low=None, high=None, level=None)
            for name, count in sorted(totals.items())
        )

    def _count(self, attribute: str, attributes: Mapping[str, str]) -> int:
        text = attributes.get(attribute, "0").strip()
        if _COUNT.match(text) is None:
            raise BadInput(
                "not-a-decimal",
                f"{attribute} = {text} of a test suite is not a whole number",
                hint="half of a report is none: let the runner write it again",
                file=self.where,
            )
        return int(text)


def is_xml(path: Path) -> bool:
    """Whether the name of *path* says that it is XML."""
    return path.suffix.lower() == ".xml"


def metrics_of_tests(path: Path) -> tuple[Metric, ...] | None:
    """The numbers of the report at *path*; ``None`` where it is no report of tests.

    Raises :class:`BadInput` with the file: ``no-such-file``, ``too-large``, ``document-type``,
    ``not-xml`` (a report that breaks off), ``not-a-decimal``.
    """
    counts = _Counts(str(path))
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = counts.doctype
    parser.StartElementHandler = counts.start
    parser.EndElementHandler = counts.end
    try:
        _feed(parser, path)
    except _OtherXmlError:
        return None
    except expat.ExpatError as error:
        if not counts.root:
            return None
        raise BadInput(
            "not-xml",
            f"this report of tests is not whole: {expat.ErrorString(error.code)}",
            hint="let the runner write it again, to its end",
            file=str(path),
            line=error.lineno,
        ) from None
    return counts.metrics()


def _feed(parser: expat.XMLParserType, path: Path) -> None:
    """Let *parser* see the file at *path*, in pieces."""
    size = 0
    try:
        if path.exists() and not path.is_file():
            raise BadInput("no-such-file", "not a file", file=str(path))
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > LARGEST_REPORT:
                    raise BadInput("too-large", f"more than {LARGEST_REPORT} bytes", file=str(path))
                parser.Parse(piece, False)
    except OSError as error:
        raise BadInput("no-such-file", str(error.strerror).lower(), file=str(path)) from None
    parser.Parse(b"", True)
