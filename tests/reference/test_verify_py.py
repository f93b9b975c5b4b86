"""``verify.py``, which lies in every bundle: what it needs, and that it says what the pages say."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.bundled import verify
from ledger.model.events import ProposalWithdrawn
from tests.organisation import Organisation, unsafe_key
from tests.reference import lives
from tests.reference.bundles import (
    note,
    note_text,
    refused_of,
    witness_line,
    write_bundle,
)
from tests.reference.second_opinion import opinion
from tests.reference.second_payload import PAGES, TYPES, streams, tables

pytestmark = pytest.mark.needs("ssh-keygen")
FILE = Path(verify.__file__)
PAGE = (PAGES / "format.md").read_text(encoding="utf-8")
WITNESS = unsafe_key("wanda")


@pytest.fixture(scope="module")
def org() -> Organisation:
    """A young ledger with an entry that a rule refused, and rubbish."""
    made = Organisation()
    of = made.open("frank")
    made.force("frank", ProposalWithdrawn(proposal=of, reason=None))
    made.force("erin", ProposalWithdrawn(proposal=of, reason=None))
    made.smuggle(b"rubbish")
    return made


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))

    imported = {
        name.name.partition(".")[0]
        for one in ast.walk(tree)
        if isinstance(one, ast.Import)
        for name in one.names
    } | {
        (one.module or "").partition(".")[0]
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom)
    }

    assert "argparse" in imported
    assert imported <= sys.stdlib_module_names


def test_alone_in_a_folder_with_nothing_but_openssh_it_verifies_a_bundle(
    org: Organisation, tmp_path: Path
) -> None:
    """In a Python without site packages, environment or working directory to import from."""
    (tmp_path / "bin").mkdir()
    keygen = shutil.which("ssh-keygen")
    assert keygen is not None
    (tmp_path / "bin" / "ssh-keygen").symlink_to(keygen)
    (tmp_path / "empty").mkdir()
    shutil.copy(FILE, tmp_path / "empty" / "verify.py")
    refused = refused_of(org)
    write_bundle(tmp_path / "bundle", org.id, org.envelopes, refused)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "../bundle", "--ledger-id", org.id, "--json"],
        cwd=tmp_path / "empty",
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    body = json.loads(done.stdout)

    assert done.stderr == ""
    assert (done.returncode, body["verdict"]) == (3, "refused")
    assert [(one["position"], one["rule"]) for one in body["findings"]] == refused
    assert body["refused_by_rules"] == {"entries": 1, "signed_up_to": 0}
    assert list((tmp_path / "empty").iterdir()) == [tmp_path / "empty" / "verify.py"]


def test_its_tables_are_those_of_the_pages() -> None:
    """Stream, fields and types of every kind and part, in the file's own short form."""
    expected = {}
    for title, rows in tables().items():
        if rows and title != "Verdict":
            constant = {"kind"} if title in streams() else set()
            constant |= {"effect"} if title.endswith(" effect") else set()
            fields = {
                name: _short(kind, meaning)
                for name, (kind, meaning) in rows.items()
                if name not in constant
            }
            made = {name: f"={rows[name][0].strip('`')}" for name in constant}
            expected[_hyphened(title).lower()] = (streams().get(title, ""), fields | made)

    assert verify.tables() == expected


def _short(kind: str, meaning: str) -> str:
    null = "?" if kind.endswith(" or null") else ""
    kind = kind.removesuffix(" or null")
    listed = ("<" if "sorted" in meaning.lower() else "[") if kind.startswith("list of ") else ""
    kind = kind.removeprefix("list of ")
    words = re.findall(r"`([^`]+)`", kind)
    if words:
        kind = "part" if "|".join(words) == verify.PARTS else "|".join(words)
    shorter = {"the number 1": "1", "whole number": "whole", "alias pattern": "pattern"}
    return listed + _hyphened(shorter.get(kind, kind)) + null


def _hyphened(words: str) -> str:
    return words.replace(" ", "-")


@pytest.mark.parametrize("name", TYPES)
def test_its_types_of_fields_are_those_that_the_other_verifier_read_from_the_page(
    name: str,
) -> None:
    """Of aliases the order of the two possibilities is not the same, which changes nothing."""
    its = verify.TYPES[_hyphened({"alias pattern": "pattern"}.get(name, name))]
    theirs = TYPES[name].removeprefix(r"(?!-0(\.0+)?\Z)")
    words = ["", "*", "a", "*/a", "a/*", "a/b", "a/b/c", "generation", "alias/a/b", "signer/a"]
    words += ["capability/a", "sha256:" + "0" * 64, "0" * 64, "0.1", "01", "-1", "\n", "\t", "\x85"]
    words += ["2026-11-21T07:41:26Z", "2026-11-21T24:00:00Z", "SHA256:" + "a" * 43]
    words += ["ssh-ed25519 " + "A" * 68, "0f6c1111-1111-1111-1111-111111111111", "\u2028", "\ufeff"]

    assert [bool(re.fullmatch(its, word)) for word in words] == [
        bool(re.fullmatch(theirs, word)) for word in words
    ]
    assert any(re.fullmatch(its, word) for word in words)


def test_its_codes_are_those_of_the_order_of_judgement() -> None:
    envelope = PAGE.partition("Check in this order")[2].partition("A signature that")[0]
    codes = {
        code
        for row in re.findall(r"^\|.*\| (.+) \|$", envelope, re.MULTILINE)
        for code in re.findall(r"`([a-z0-9-]+)`", row)
    }
    json_codes = PAGE.partition("never repaired. Codes: ")[2].partition(". Input")[0]
    codes |= set(re.findall(r"`([a-z0-9-]+)`", json_codes))
    steps = re.findall(
        r"^\|([^|]*)\|[^|]*\| `([\w-]+)` \| (not placed|placed, refused)", PAGE, re.MULTILINE
    )
    codes |= {code for step, code, _ in steps if step.split()[:1] not in (["7"], ["8"])}

    assert codes == verify.FORMAT_CODES
    assert set(re.findall(r"`([a-z0-9-]+)`", json_codes)) == verify.JSON_CODES


def test_the_codes_that_verbs_say_too_are_those_of_the_events_page() -> None:
    page = (PAGES / "events.md").read_text(encoding="utf-8")
    said = " ".join(re.findall(r"^\* May be refused with: (.*)$", page, re.MULTILINE))
    keys = page.partition("What names a public key may be refused")[2].partition("\n\n")[0]
    verbs = set(re.findall(r"`([a-z0-9-]+)`", said + keys))

    # A policy in an event is read as canonical JSON too, whatever the page lists of its verb.
    assert (verbs & verify.FORMAT_CODES) | verify.JSON_CODES == verify.BOTH


def test_its_verdicts_are_those_of_the_page() -> None:
    section = PAGE.partition("## Verdict")[2]
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d) \| (.+) \|$", section, re.MULTILINE)

    assert [row[0] for row in rows] == [*verify.GRAVITY, "refused", "verified"]
    assert {row[0]: int(row[1]) for row in rows if row[0] != "verified"} == verify.EXIT
    assert {row[0]: set(re.findall(r"`([\w-]+)`", row[2])) for row in rows[:4]} == verify.GRAVITY


@pytest.mark.parametrize("live", [lives.lived, lives.watched, lives.hurried])
def test_it_verifies_every_kind_of_event(live: Callable[[], Organisation], tmp_path: Path) -> None:
    made = live()
    write_bundle(tmp_path, made.id, made.envelopes, documents=[b"report"])

    assert opinion(tmp_path, made.id).verdict == "verified"


def test_what_a_witness_signed_backs_the_list_it_takes_on_trust(
    org: Organisation, tmp_path: Path
) -> None:
    refused = refused_of(org)
    signed = note(note_text(org.id, org.envelopes, refused), {"wanda": WITNESS}, org.now)
    write_bundle(tmp_path / "bundle", org.id, org.envelopes, refused, notes=[signed])
    (tmp_path / "witnesses").write_text(witness_line("wanda", WITNESS))
    words = [str(tmp_path / "bundle"), "--ledger-id", org.id]

    alone = run(*words)
    backed = run(*words, "--witnesses", str(tmp_path / "witnesses"))

    assert alone.returncode == backed.returncode == 3
    assert "nobody whom you trust has signed for it" in alone.stdout
    assert "a cut end would not show" in alone.stdout
    assert f"witnesses signed for it up to {len(org.envelopes)} entries" in backed.stdout
    assert f"signed by wanda at {verify.instant(org.now)}" in backed.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ledger-id", "x"], "not of the form"),
        (["--mark", "1:x"], "not of the form"),
        (["--max-age", "soon"], "not of the form"),
        (["--checkpoint", "note"], "--checkpoint needs --witnesses"),
    ],
)
def test_a_mistake_on_its_command_line_is_exit_status_2(words: list[str], said: str) -> None:
    done = run("nowhere", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_without_openssh_nothing_is_a_yes(org: Organisation, tmp_path: Path) -> None:
    write_bundle(tmp_path, org.id, org.envelopes)

    done = run(str(tmp_path), "--ledger-id", org.id, path=str(tmp_path))

    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("no-openssh: ")


def test_without_an_id_it_is_uncheckable(org: Organisation, tmp_path: Path) -> None:
    write_bundle(tmp_path, org.id, org.envelopes)

    done = run(str(tmp_path), "--json")
    body = json.loads(done.stdout)

    assert (done.returncode, body["verdict"]) == (5, "uncheckable")
    assert [one["rule"] for one in body["findings"]] == ["never-pinned"]


def run(*words: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run ``verify.py`` as a program."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(FILE), *words],
        env={"PATH": os.environ["PATH"] if path is None else path},
        capture_output=True,
        text=True,
        check=False,
    )
