"""Whatever is typed, whatever stands in a file: a clear answer, never a traceback.

Exit status 1 is for bugs. Where a command was refused, for its form or by a rule, the log
holds what it held before.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.main import assent
from tests.acts import prepared
from tests.change_files import CHANGE, write_change, write_report
from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY, Organisation, digest, unsafe_key
from tests.shell import Result

ROSTER = f"""\
ledger = "another"
root_threshold = 1
rehearsal = true
solo = true
[signer.alice]
kind = "person"
key = "{unsafe_key("alice").public.text}"
roles = ["model-owner", "data-owner", "evaluation-owner", "release-owner", "auditor"]
root = true
"""
METRICS = json.dumps({"auc": 0.95, "segments": {"card-present": {"auc": 0.9}}})

HOSTILE = (
    "", " ", "-", "--", "-1", "0", "1", "#1", "2", "00", "9" * 40, "1e999", "NaN", "0x10", "\n",
    "alice", "nobody", "model-owner", "evaluation-report", "fraud/production", "fraud/", "a/b/c",
    "auc=0.9", "auc=", "=", "auc=1e5", "30d", "9" * 20 + "d", "-1d", "2026-11-21T07:41:26Z",
    "2026-13-41T99:99:99Z", digest("report"), "sha256:", "SHA256:x", "approval.granted", "00000000",
    "proposal:", "é", "e\u0301", "\u202e", "\x1b[2J", "\udcff", "\ufeff", "a" * 9_000, "%s%n", "{}",
    "signer/bob", "signer/", "fraud/*", "*/*", "999999999d", "SHA256:" + "A" * 43,
    "'; DROP TABLE entries; --", "[bold]", ".", "missing.toml", "change.toml", "report.json", "log",
    "model.bin", "/dev/null/x", "x" * 300, "--json", "--yes", "--no-such", "postgresql://x",
)  # fmt: skip
"""Words that people, scripts and intruders type."""

words = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=12).filter(lambda w: not {"\0", "/"} & set(w))
)

GOOD = (
    "1", "5", "alice", "model-owner", "evaluation-report", "fraud/production", "30d", "change.toml",
    "report.json", digest("report"), "a note", "auc=0.93", "roster.toml", "2026-09-22T00:00:00Z",
    "signer/bob", "bob", "fraud/*", "9d", unsafe_key("bob").public.id, "alice.pub",
)  # fmt: skip
"""Words that fit somewhere: most of what is typed is right, but for one thing."""

likely = st.one_of(st.sampled_from(GOOD), st.sampled_from(GOOD), words)


def verbs() -> dict[tuple[str, ...], click.Command]:
    """Every verb there is, by the words that name it."""
    found: dict[tuple[str, ...], click.Command] = {}
    context = click.Context(assent)
    for noun in assent.list_commands(context):
        command = assent.get_command(context, noun)
        assert command is not None
        if isinstance(command, click.Group):
            # What follows the log ends when it is told to: tests/cli/test_views_follow.py.
            ending = {verb: one for verb, one in command.commands.items() if verb != "follow"}
            found |= {(noun, verb): one for verb, one in ending.items()}
        else:
            found[noun,] = command
    return found


VERBS = verbs()


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A verb with some of its own arguments and options, and now and then with others'."""
    verb = draw(st.sampled_from(sorted(VERBS)))
    line = list(verb)
    for one in VERBS[verb].params:
        if isinstance(one, click.Argument):
            line += draw(st.lists(likely, min_size=1, max_size=1 if draw(st.booleans()) else 2))
        elif one.required or draw(st.integers(0, 3)) == 0:
            line += [one.opts[0], *([] if getattr(one, "is_flag", False) else [draw(likely)])]
    if any("--as" in one.opts for one in VERBS[verb].params) and draw(st.booleans()):
        line += ["--as", draw(st.sampled_from(("alice", "dana", "erin", "frank", "omar"))), "--yes"]
    return line


@cache
def _organisation() -> Organisation:
    return prepared()[0]


@contextmanager
def a_ledger() -> Iterator[LedgerFolder]:
    """A ledger of its own for one example, and files to name."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSENT_STATE", f"{name}/state")
        environment.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
        ledger = LedgerFolder(Path(name) / "ledger", _organisation())
        write_change(ledger.path)
        write_report(ledger.path)
        (ledger.path / "roster.toml").write_text(ROSTER)
        (ledger.path / "alice.pub").write_text(unsafe_key("zoe").public.text)
        (ledger.path / "log").mkdir()
        report = ledger.evidence / digest("report")[7:9] / digest("report")[9:]
        report.parent.mkdir()
        report.write_text("report")
        yield ledger


def require_answer(ledger: LedgerFolder, result: Result, size: int) -> None:
    """An exit status of the contract, no traceback, and nothing appended by a refusal."""
    assert result.exit in {0, 2, 3, 4, 5, 6, 7, 8}, result
    assert "Traceback" not in result.out + result.err
    assert not result.err.startswith("bug:")
    if result.exit != 0:
        assert result.err or result.out
        assert ledger.size() == size


@settings(max_examples=settings().max_examples)
@given(lines())
def test_no_command_line_ends_in_a_traceback(line: list[str]) -> None:
    with a_ledger() as ledger:
        size = ledger.size()
        require_answer(ledger, ledger.assent(*line), size)


VALUES = (
    "", "1", "-1", "1.5", "1e400", "nan", "inf", "true", "[]", "{}", '""', '"x"', "[[]]", "[1, 2]",
    '["a", "a"]', "2026-01-01", "2026-01-01T00:00:00Z", "9" * 400, "{ a = { b = { c = 1 } } }",
    "[" * 2_000, '"' + "x" * 70_000 + '"', "'''", '"e\\u0301"', '"\\u0000"', '"\\u202e"', "0x10",
    '"../../x"', '"/dev/null"', '"model.bin"', '"sha256:0"', "1_000", "null", '"alice"',
)  # fmt: skip
"""What stands where something else should."""


FIT = {"proposal": "1", "alias": "fraud/production", "file": "change.toml", "named": "0" * 64}
"""What fits an argument of that name; a number or an identifier fits the others."""


def everywhere(word: str) -> Iterator[list[str]]:
    """Each verb with *word* in each of its places in turn, and what fits in the others."""
    for verb, command in sorted(VERBS.items()):
        asked = [one for one in command.params if not getattr(one, "is_flag", False)]
        for place in asked:
            line = list(verb)
            for one in asked:
                if one is place or one.required:
                    said = word if one is place else FIT.get(one.name or "", "1")
                    line += [said] if isinstance(one, click.Argument) else [one.opts[0], said]
            yes = any("--yes" in one.opts for one in command.params)
            yield [*line, "--yes"] if yes else line


STRANGE = {"bytes": "\udcff", "huge": "9" * 40, "not-nfc": "e\u0301"}


@pytest.mark.slow
@pytest.mark.parametrize("word", STRANGE.values(), ids=STRANGE)
def test_one_word_in_every_place_ends_in_no_traceback(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_no_bug(list(everywhere(word)), monkeypatch)


def test_a_strange_word_in_every_place_ends_in_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each place is given one of the words, and its neighbours the others."""
    lines = list(zip(*map(everywhere, STRANGE.values()), strict=True))

    require_no_bug([line[at % len(line)] for at, line in enumerate(lines)], monkeypatch)


def require_no_bug(lines: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Demand that none of so many command lines is answered as a bug is."""
    monkeypatch.setenv("ASSENT_SIGNER", "erin")
    with a_ledger() as ledger:
        bugs = [(line, done) for line in lines if (done := ledger.assent(*line)).exit == 1]

        assert len(lines) > 100
        assert bugs == []


def mangled(text: str) -> st.SearchStrategy[bytes]:
    """*text* with lines dropped, doubled, cut or given another value; or any bytes at all."""
    values = st.sampled_from(VALUES)
    count = len(text.splitlines())
    edit = st.tuples(
        st.sampled_from(("drop", "double", "cut", "value", "key", "table")),
        st.integers(0, count - 1),
        values,
    )
    edited = st.lists(edit, min_size=1, max_size=3).map(lambda edits: _edited(text, edits))
    return st.one_of(edited, edited, edited, st.binary(max_size=200), _json_bytes)


_json: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("auc", "segments", "a", "é", "")), inner, max_size=3),
    ),
    max_leaves=8,
)
_json_bytes = _json.map(lambda value: json.dumps(value).encode())


def _edited(text: str, edits: list[tuple[str, int, str]]) -> bytes:
    lines = text.splitlines()
    for what, number, value in edits:
        at = number % len(lines)
        line = lines[at]
        match what:
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, line)
            case "cut":
                lines[at] = line[: len(line) // 2]
            case "value":
                lines[at] = f"{line.partition('=')[0]}= {value}"
            case "key":
                lines[at] = f"{line}\nunknown = {value}"
            case "table":
                lines[at] = f"[{value[:50]}]\n{line}"
    return "\n".join(lines).encode("utf-8", "replace")


ZOE = unsafe_key("zoe").public
EFFECTS = (
    f'effect = "enrolment"\n[signer.zoe]\nkind = "person"\nkey = "{ZOE.text}"\nroles = []\n',
    'effect = "roles"\nsigner = "bob"\ngrant = ["auditor"]\naliases = "a/*"\nuntil = "9d"\n',
    f'effect = "rotation"\nsigner = "alice"\nkey = "{ZOE.text}"\nwhy = "old"\n',
    'effect = "lift"\nstops = ["signer/bob", "abcd"]\n',
    'effect = "root"\nsigners = ["alice", "bob", "erin"]\nthreshold = 2\n',
    f'effect = "disown"\nsigner = "alice"\nkeys = ["{unsafe_key("alice").public.id}"]\nafter = 3\n',
    'effect = "clock"\nposition = 3\nat = "2026-09-21"\n',
)
"""A file for each effect that is about the ledger."""

FILES = (
    *((text, ("proposal", "open", "it"), "alice") for text in EFFECTS),
    (CHANGE, ("proposal", "open", "it"), "frank"),
    (CHANGE, ("proposal", "revise", "1", "it"), "frank"),
    (CHANGE, ("gate", "--alias", "fraud/production", "--stack", "it"), None),
    (POLICY, ("policy", "check", "it"), None),
    (ROSTER, ("init", "--roster", "it", "--ledger", "new"), "alice"),
    (POLICY, ("init", "--roster", "roster.toml", "--policy", "it", "--ledger", "new"), "alice"),
    (METRICS, ("evidence", "attach", "1", "report.json", "--type", "t", "--metrics", "it"), "erin"),
    (METRICS, ("evidence", "attach", "1", "it", "--type", "evaluation-report"), "erin"),
    (CHANGE, ("signer", "list", "--key", "it"), None),
    (CHANGE, ("proposal", "comment", "1", "hm", "--key", "it"), "erin"),
)
"""A file, what reads it, and who signs."""


def _named(file: tuple[str, tuple[str, ...], str | None]) -> str:
    effect = file[0].partition('"')[2].partition('"')[0] if file[0].startswith("effect") else ""
    return " ".join((*file[1][:3], effect))


@pytest.mark.parametrize(("text", "words", "name"), FILES, ids=[_named(one) for one in FILES])
@settings(max_examples=settings().max_examples // 6)
@given(data=st.data())
def test_no_file_ends_in_a_traceback(
    text: str, words: tuple[str, ...], name: str | None, data: st.DataObject
) -> None:
    content = data.draw(mangled(text), label="content")
    as_json = data.draw(st.booleans(), label="as_json")
    with a_ledger() as ledger:
        size = ledger.size()
        (ledger.path / "it").write_bytes(content)
        result = ledger.assent(*words, *(["--json"] if as_json else []), as_=name)

        require_answer(ledger, result, size)
        if result.exit != 0 and not result.out:
            assert not as_json or result.json["schema"] == "error/1"


BESIDE = (
    ".assent/config.toml", ".assent/log.sqlite", "state/mark", "state/pin", "state/receipts.jsonl",
    "state/views.sqlite", "state/lock", "locations",
)  # fmt: skip
"""Files of ours that a crash, a disk or somebody else may have changed."""


@pytest.mark.parametrize("file", BESIDE)
@settings(max_examples=settings().max_examples // 16)
@given(data=st.data())
def test_no_damage_to_a_file_of_ours_ends_in_a_traceback(file: str, data: st.DataObject) -> None:
    with a_ledger() as ledger:
        assert ledger.assent("status").exit == 0
        assert ledger.assent("proposal", "comment", 1, "first", as_="erin").exit == 0
        folder, state = ledger.path, ledger.state.folder
        path = folder / file
        if file.startswith("state/"):
            path = state / file.removeprefix("state/")
        if file == "locations":
            path = next(one for one in state.parent.iterdir() if one.is_file())
        path.write_bytes(data.draw(_damage(path.read_bytes()), label="damage"))

        for line in (("status",), ("verify", "--json"), ("proposal", "show", 1), ("gate", 1)):
            result = ledger.assent(*line)
            assert result.exit in {0, 2, 3, 4, 5, 6, 7, 8}, (line, result)
            assert "Traceback" not in result.out + result.err
        assert ledger.assent("proposal", "comment", 1, "on", as_="erin").exit != 1


def _damage(data: bytes) -> st.SearchStrategy[bytes]:
    size = len(data)
    return st.one_of(
        st.binary(max_size=50),
        st.integers(0, size).map(lambda at: data[:at]),
        st.lists(
            st.tuples(st.integers(0, max(size - 1, 0)), st.binary(min_size=1, max_size=8)),
            max_size=8,
        ).map(lambda edits: _overwritten(data, edits)),
    )


def _overwritten(data: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    changed = bytearray(data)
    for at, piece in edits:
        changed[at : at + len(piece)] = piece
    return bytes(changed)


NOISE = ("ASSENT_NOW", "ASSENT_LEDGER", "ASSENT_SIGNER", "ASSENT_KEY", "ASSENT_STATE")


@settings(max_examples=15)
@given(st.sampled_from(NOISE), words, st.sampled_from(sorted(VERBS)))
def test_no_environment_ends_in_a_traceback(name: str, value: str, verb: tuple[str, ...]) -> None:
    with a_ledger() as ledger, pytest.MonkeyPatch.context() as environment:
        size = ledger.size()
        environment.setenv(name, value)
        require_answer(ledger, ledger.assent(*verb, "--yes"), size)
        require_answer(
            ledger, ledger.assent("proposal", "comment", "1", "hm", "--yes"), ledger.size()
        )
