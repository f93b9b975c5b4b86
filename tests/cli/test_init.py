"""``assent init``: what it founds, and that nothing is left behind when it refuses."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from cli.places import key_folder, state_root
from ledger.seal.private_keys import serialize_private_key
from ledger.store.locations import Locations
from tests.cli.conftest import write_key
from tests.organisation import unsafe_key
from tests.shell import Result, run_assent

ROSTER = """\
ledger = "acme-fraud"
root_threshold = 2
[signer.alice]
kind = "person"
key_file = "keys/alice.pub"
roles = ["reviewer"]
root = true
[signer.bob]
kind = "person"
key_file = "keys/bob.pub"
roles = ["operator", "reviewer"]
root = true
[signer.carol]
kind = "person"
key_file = "keys/carol.pub"
roles = ["steward"]
root = true
[signer.breeder]
kind = "service"
accountable = "alice"
key_file = "keys/breeder.pub"
"""


pytestmark = pytest.mark.usefixtures("roster")


@pytest.fixture
def roster(desk: Path) -> Path:
    """The roster of four, with a small policy beside it and every key in place."""
    for name in ("alice", "bob", "carol", "breeder"):
        write_key(key_folder() / name, unsafe_key(name))
        write_key(desk / "keys" / name, unsafe_key(name))
    (desk / "policy.toml").write_text(run_assent("policy", "new", "--small").out)
    path = desk / "roster.toml"
    path.write_text(ROSTER)
    return path


def init(*more: str) -> Result:
    """Found with the files of the desk, as alice."""
    return run_assent(
        "init",
        "--roster",
        "roster.toml",
        "--policy",
        "policy.toml",
        "--as",
        "alice",
        "--yes",
        *more,
    )


def expect_nothing(result: Result, exit_: int, code: str, *words: str) -> None:
    """A refusal with its code and words, and neither a ledger nor a trace of one."""
    assert (result.exit, result.out) == (exit_, "")
    assert result.err.startswith(f"{code}: ")
    assert all(word in result.err for word in words), result.err
    assert sorted(path.name for path in Path().iterdir()) == ["keys", "policy.toml", "roster.toml"]
    assert not state_root().exists()


def test_init_founds_pins_and_accepts_for_the_founder() -> None:
    result = init("--json")

    receipt = result.json
    assert (result.exit, receipt["schema"]) == (0, "receipt/1")
    assert (receipt["position"], receipt["kind"], receipt["size"]) == (0, "ledger.founded", 2)
    assert receipt["waiting"] == ["bob", "carol"]
    log = Path(".assent/log.sqlite").absolute()
    assert Locations(state_root()).ledger_at(str(log)) == receipt["ledger"]
    assert run_assent("verify").exit == 0


def test_the_folder_of_a_ledger_can_be_read_by_others_and_holds_nothing_else() -> None:
    init()

    folder = Path(".assent")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    made = ["config.toml", "evidence", "log.sqlite", "log.sqlite-turns"]
    assert sorted(p.name for p in folder.iterdir()) == made


def test_init_says_who_must_accept_next_and_how() -> None:
    result = init()

    assert "these root signers must accept: bob, carol" in result.out
    assert "before they act themselves, these must accept: breeder" in result.out
    assert "assent signer accept --as" in result.err


def test_a_ledger_can_be_founded_in_a_folder_that_is_named(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert init("--ledger", str(elsewhere)).exit == 0
    assert (elsewhere / ".assent" / "log.sqlite").exists()
    assert run_assent("verify", "--ledger", elsewhere).exit == 0


def test_a_dry_run_prints_the_founding_and_writes_nothing() -> None:
    result = init("--dry-run")

    payload = json.loads(result.out)
    assert (payload["event"]["kind"], payload["ledger"]) == ("ledger.founded", None)
    assert not Path(".assent").exists()
    assert not state_root().exists()


def test_a_second_init_changes_nothing() -> None:
    init()
    before = Path(".assent/log.sqlite").read_bytes()

    result = init()

    assert (result.exit, result.out) == (3, "")
    assert result.err.startswith("ledger-exists: ")
    assert Path(".assent/log.sqlite").read_bytes() == before


def test_without_a_terminal_init_needs_yes() -> None:
    result = run_assent(
        "init", "--roster", "roster.toml", "--policy", "policy.toml", "--as", "alice"
    )

    expect_nothing(result, 2, "needs-yes", "--dry-run")


def test_at_a_terminal_the_founder_sees_what_begins_and_may_decline() -> None:
    words = ("init", "--roster", "roster.toml", "--policy", "policy.toml", "--as", "alice")

    declined = run_assent(*words, input="n\n", tty=True)
    assert declined.exit == 2
    assert "root threshold 2" in declined.err
    assert "breeder (service)" in declined.err
    assert not Path(".assent").exists()

    assert run_assent(*words, input="y\n", tty=True).exit == 0


def test_the_starting_policy_refuses_a_roster_that_could_never_meet_it() -> None:
    result = run_assent("init", "--roster", "roster.toml", "--as", "alice", "--yes")

    expect_nothing(result, 2, "unknown-role", "roster.toml:6", "reviewer")


def test_a_policy_that_nobody_here_could_meet_is_refused_with_its_line() -> None:
    text = Path("policy.toml").read_text()
    Path("policy.toml").write_text(text.replace("{ reviewer = 1 }", "{ reviewer = 3 }"))
    line = text[: text.index("{ reviewer = 1 }")].count("\n") + 1

    expect_nothing(init(), 2, "lock-out", f"policy.toml:{line}", "3 reviewer")


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        (
            "root_threshold = 2\n",
            'root_threshold = 2\ncolour = "red"\n',
            "unknown-key",
            [":3:", "colour"],
        ),
        ("root_threshold = 2", 'root_threshold = "2"', "wrong-type", [":2:", "a whole number"]),
        ("root_threshold = 2", "root_threshold = 2.5", "not-a-decimal", [":2:"]),
        (
            "root = true\n[signer.bob]",
            "root = true\nroot = true\n[signer.bob]",
            "duplicate-key",
            [":8:"],
        ),
        ('kind = "service"', 'kind = "robot"', "wrong-value", [":19:", "service"]),
        (
            'ledger = "acme-fraud"',
            'ledger = "acme\\u202efraud"',
            "forbidden-character",
            [":1:", "U+202E"],
        ),
        ('ledger = "acme-fraud"\n', "", "missing-key", ["ledger"]),
        ("[signer.bob]", "[signer.Bob]", "wrong-value", ["Bob"]),
        ('accountable = "alice"\n', "", "no-accountable", ["breeder", "alice"]),
        ('accountable = "alice"', 'accountable = "carl"', "no-accountable", [":20:"]),
        ('roles = ["steward"]', 'roles = ["steward", "steward"]', "role-twice", ["carol"]),
        ('roles = ["steward"]', 'roles = ["stewart"]', "unknown-role", ["did you mean steward?"]),
        ('key_file = "keys/bob.pub"\n', "", "key-or-file", ["bob needs key or key_file", ":8:"]),
        (
            'key_file = "keys/bob.pub"',
            'key_file = "keys/bob.pub"\nkey = "x y"',
            "key-or-file",
            ["bob"],
        ),
        ("keys/bob.pub", "keys/bill.pub", "key-missing", [":10:", "bill.pub"]),
        ("keys/bob.pub", "keys/bob", "private-key", [":10:", "never share"]),
        ("keys/bob.pub", "roster.toml", "not-a-public-key", [":10:"]),
        ("keys/bob.pub", "keys/alice.pub", "key-twice", [":10:", "alice"]),
        ('key_file = "keys/bob.pub"', 'key = "ssh-ed25519 AAAA"', "malformed-blob", [":10:"]),
        (
            'key_file = "keys/bob.pub"',
            'key = "ssh-rsa AAAAB3NzaC1yc2E="',
            "unsupported-key-type",
            [":10:"],
        ),
    ],
)
def test_bad_rosters_end_in_a_line_and_leave_nothing(
    roster: Path, old: str, new: str, code: str, words: list[str]
) -> None:
    assert old in ROSTER
    roster.write_text(ROSTER.replace(old, new, 1))

    expect_nothing(init(), 2, code, "roster.toml", *words)


def test_a_weak_key_is_refused_before_anybody_is_named_with_it(roster: Path) -> None:
    # The neutral element: one constant signature under it fits every message.
    weak = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    roster.write_text(ROSTER.replace('key_file = "keys/bob.pub"', f'key = "{weak}"'))

    expect_nothing(init(), 2, "weak-key", "roster.toml:10", "bob")


def test_a_private_key_in_the_roster_is_never_shown(roster: Path) -> None:
    private = serialize_private_key(unsafe_key("bob"), None).decode()
    roster.write_text(ROSTER.replace('key_file = "keys/bob.pub"', f'key = """{private}"""'))

    result = init()

    assert private.splitlines()[1] not in result.err
    expect_nothing(result, 2, "private-key", "roster.toml")


def test_a_missing_roster_and_bytes_that_are_no_text_are_said(roster: Path) -> None:
    missing = run_assent("init", "--roster", "rooster.toml", "--as", "alice", "--yes")
    expect_nothing(missing, 2, "no-such-file", "rooster.toml")

    roster.write_bytes(b'ledger = "caf\xe9"\n')
    expect_nothing(init(), 2, "not-utf8", "roster.toml:1")


def test_a_policy_in_decomposed_letters_is_refused_with_its_line() -> None:
    path = Path("policy.toml")
    path.write_text(path.read_text() + "# cafe\u0301\n")

    expect_nothing(init(), 2, "not-nfc", f"policy.toml:{path.read_text().count(chr(10))}")


def test_only_a_root_signer_founds() -> None:
    result = run_assent(
        "init", "--roster", "roster.toml", "--policy", "policy.toml", "--as", "breeder", "--yes"
    )

    expect_nothing(result, 3, "not-root", "root signer")


def test_a_root_that_one_loss_would_lock_is_refused(roster: Path) -> None:
    roster.write_text(ROSTER.replace("root_threshold = 2", "root_threshold = 3"))

    expect_nothing(init(), 3, "root-threshold", "solo = true")


def test_only_a_rehearsal_lets_the_clock_be_set(
    roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-01-01T00:00:00Z")
    expect_nothing(init(), 3, "no-rehearsal", "rehearsal = true")

    roster.write_text("rehearsal = true\n" + ROSTER)
    result = init()

    assert (result.exit, "(rehearsal)" in result.out) == (0, True)
    assert run_assent("status", "--json").json["at"] == "2026-01-01T00:00:00Z"


def test_the_same_founding_is_not_made_twice(roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ledgers of one id would each look like the other, cut."""
    monkeypatch.setenv("ASSENT_NOW", "2026-01-01T00:00:00Z")
    roster.write_text("rehearsal = true\n" + ROSTER)
    init()
    Path(".assent").rename("elsewhere")

    result = init()

    assert (result.exit, result.out) == (3, "")
    assert result.err.startswith("founded-before: ")


def test_a_solo_ledger_says_so(roster: Path) -> None:
    roster.write_text(ROSTER.replace("root_threshold = 2", "root_threshold = 1\nsolo = true"))

    assert "(solo)" in init().out
    assert "this ledger is solo" in run_assent("verify").out


def test_what_init_stored_is_the_signed_founding() -> None:
    shown = init("--dry-run")
    assert shown.exit == 0
    init()

    with closing(sqlite3.connect(".assent/log.sqlite")) as connection:
        (raw,) = connection.execute("SELECT state FROM stored_events WHERE rowid = 1").fetchone()
    stored, before = json.loads(raw.split(b"\n")[0]), json.loads(shown.out)
    assert {**stored, "at": None} == {**before, "at": None}
