"""The life of a signer from the command line: rotate, accept, delegate, revoke, impact."""

import json
from pathlib import Path

import pytest

from cli.places import key_folder
from tests.cli.conftest import LedgerFolder, write_key
from tests.cli.opened import approved, opened
from tests.cli.rosters import carried_out, code, folder_of, proposed, squeezed, write
from tests.organisation import Organisation, unsafe_key
from tests.roster import DAY, delegate, enrol, grant, next_key, rotate, stewarded, stop, strip
from tests.signer_acts import disown, staffed

NEXT = next_key("bob")
ZOE = unsafe_key("zoe")
ENROLMENT = f'effect = "enrolment"\n[signer.zoe]\nkind = "person"\nkey = "{ZOE.public.text}"\n'


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with the stewards sam and sue; omar may stop others."""
    return folder_of(tmp_path, monkeypatch)


def states(ledger: LedgerFolder) -> dict[str, str]:
    """How it stands with each signer."""
    lines = ledger.assent("signer", "list", "--json").json_lines
    return {one["id"]: one["state"] for one in lines}


def public_file(ledger: LedgerFolder) -> Path:
    """Bob's next public key, in a file of the folder."""
    return write(ledger, f"{NEXT.public.text}\n", "bob-2.pub")


def test_one_rotates_accepts_with_the_next_key_and_the_old_one_only_stops(
    ledger: LedgerFolder,
) -> None:
    """The whole way, and each step says the next; no --key is needed once the file is there."""
    asked = ledger.assent("signer", "rotate", "--key-file", public_file(ledger), as_="bob")
    approved(ledger, 1, sam="steward")
    other = ledger.assent("proposal", "enact", 1, as_="omar")
    enacted = ledger.assent("proposal", "enact", 1, as_="bob")
    early = ledger.assent("signer", "accept", as_="bob")
    write_key(key_folder() / "bob-2", NEXT)
    accepted = ledger.assent("signer", "accept", as_="bob")
    old = key_folder() / "bob"
    retired = ledger.assent("proposal", "comment", 1, "hm", "--key", old, as_="bob")
    spoken = ledger.assent("proposal", "comment", 1, "hm", as_="bob")
    stopped = ledger.assent(
        "signer", "revoke", "bob", "--reason", "stolen", "--key", old, as_="bob"
    )

    assert asked.exit == 0, asked.err
    for line in (
        f"  ssh-ed25519 {NEXT.public.id}\n",
        "  assent proposal approve 1 --role steward    by somebody else\n",
        "  assent proposal enact 1 --as bob    with the present key\n",
        "  assent signer accept --as bob    with the new one\n",
    ):
        assert line in asked.err
    assert code(other) == (3, "not-your-key")
    assert enacted.exit == 0, enacted.err
    assert "until 2026-10-06T00:00:00Z the new key can be accepted" in enacted.err
    assert "assent trust" not in enacted.err
    assert code(early) == (3, "not-the-named-key")
    assert accepted.exit == 0, accepted.err
    assert f"{unsafe_key('bob').public.id}, only stops bob from here on" in accepted.err
    assert code(retired) == (3, "key-retired")
    assert spoken.exit == 0, spoken.err
    assert stopped.exit == 0, stopped.err
    assert states(ledger)["bob"] == "stopped"
    assert ledger.assent("verify").exit == 0


def test_the_private_half_is_named_where_it_lies_beside_the_public_one(
    ledger: LedgerFolder,
) -> None:
    write_key(ledger.path / "bob-2", NEXT)

    asked = ledger.assent("signer", "rotate", "--key-file", "bob-2.pub", as_="bob")

    assert "  assent signer accept --as bob --key bob-2    with the new one\n" in asked.err


def test_a_rotation_is_asked_for_somebody_else_by_name(ledger: LedgerFolder) -> None:
    words = ("signer", "rotate", "bob", "--key-file", public_file(ledger), "--why", "its time")

    dry = ledger.assent(*words, "--dry-run", as_="frank")
    result = ledger.assent(*words, "--json", as_="frank")
    slip = ledger.assent("signer", "rotate", "bop", "--key-file", "bob-2.pub", as_="frank")
    none = ledger.assent("signer", "rotate", "--key-file", "none.pub", as_="frank")

    assert json.loads(dry.out)["event"]["effect"]["key"] == NEXT.public.text
    assert (result.json["schema"], result.json["proposal"], result.err) == ("receipt/1", 1, "")
    effect = ledger.assent("proposal", "show", 1, "--json").json["effect"]
    assert (effect["effect"], effect["signer"], effect["why"]) == ("rotation", "bob", "its time")
    assert code(slip) == (2, "unknown-signer")
    assert "did you mean bob?" in slip.err
    assert code(none) == (5, "key-missing")


def test_without_stewards_the_root_is_asked_for_a_rotation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = folder_of(tmp_path, monkeypatch, Organisation())

    asked = ledger.assent("signer", "rotate", "--key-file", public_file(ledger), as_="bob")

    assert "  assent proposal approve 1 --role root    by somebody else\n" in asked.err


def test_who_is_enrolled_is_told_what_to_do_and_accepts_in_time(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ledger.assent("proposal", "open", write(ledger, ENROLMENT), as_="frank")
    approved(ledger, 1, sam="steward")
    enacted = ledger.assent("proposal", "enact", 1, as_="omar")
    write_key(key_folder() / "zoe", ZOE)
    waiting = ledger.assent("signer", "show", "zoe", "--json").json
    monkeypatch.setenv("ASSENT_NOW", "2026-10-06T00:00:00Z")
    lapsed = states(ledger)["zoe"]
    late = ledger.assent("signer", "accept", as_="zoe")
    text = ledger.assent("signer", "show", "zoe").out
    monkeypatch.setenv("ASSENT_NOW", "2026-10-05T23:59:59Z")
    accepted = ledger.assent("signer", "accept", as_="zoe")

    assert f"  ssh-ed25519 {ZOE.public.id}\n" in first.err
    assert "assent trust LEDGER-ID" in enacted.err
    assert "assent signer accept --as zoe" in enacted.err
    assert (waiting["state"], waiting["lapses"]) == ("not yet", "2026-10-06T00:00:00Z")
    assert (waiting["pending"], waiting["accepted"]) == (ZOE.public.id, None)
    assert (lapsed, code(late)) == ("lapsed", (3, "naming-lapsed"))
    assert "lapsed: it is named again" in text
    assert accepted.exit == 0, accepted.err
    assert "only stops" not in accepted.err
    assert states(ledger)["zoe"] == "active"


def test_roles_are_lent_until_a_time_and_taken_back(ledger: LedgerFolder) -> None:
    words = ("signer", "delegate", "erin", "--role", "data-owner", "--aliases", "fraud/*")

    lent = ledger.assent(*words, "--until", "14d", "--json", as_="bob")
    held = ledger.assent("signer", "show", "erin", "--json").json
    number = opened(ledger)
    approved(ledger, number, erin="data-owner")
    ended = ledger.assent("signer", "delegate", "erin", "--aliases", "fraud/*", "--end", as_="bob")
    again = ledger.assent("signer", "delegate", "erin", "--aliases", "fraud/*", "--end", as_="bob")

    assert (lent.exit, lent.json["kind"]) == (0, "signer.delegated")
    assert held["held"][1:] == [
        {
            "role": "data-owner",
            "aliases": "fraud/*",
            "until": "2026-10-06T00:00:00Z",
            "lent_by": "bob",
        }
    ]
    assert ended.exit == 0, ended.err
    assert code(again) == (3, "nothing-lent")
    assert ledger.assent("signer", "list", "--json").json_lines[3]["roles"] == ["evaluation-owner"]
    shown = squeezed(ledger.assent("signer", "show", "bob"))
    assert "Lent by them" in shown
    assert any(line.startswith("erin data-owner fraud/* 10 ended at position") for line in shown)
    assert ledger.assent("verify").exit == 0


@pytest.mark.parametrize(
    ("options", "code_", "exit_"),
    [
        (("--role", "data-owner"), "usage", 2),
        (("--until", "14d"), "usage", 2),
        (("--role", "data-owner", "--until", "14d", "--end"), "usage", 2),
        (("--role", "data-owner", "--until", "soon"), "not-an-instant", 2),
        (("--role", "data-owner", "--until", "14d", "--aliases", "x"), "not-a-pattern", 2),
        (("--role", "data-owner", "--until", "2026-09-01"), "already-over", 3),
        (("--role", "auditor", "--until", "14d"), "not-delegable", 3),
        (("--role", "release-owner", "--until", "14d"), "role-not-held", 3),
    ],
)
def test_what_cannot_be_lent_is_refused(
    ledger: LedgerFolder, options: tuple[str, ...], code_: str, exit_: int
) -> None:
    before = ledger.size()

    result = ledger.assent("signer", "delegate", "erin", *options, as_="bob")

    assert code(result) == (exit_, code_)
    assert ledger.size() == before


def test_at_a_terminal_one_sees_what_one_lends_and_whom_one_stops(ledger: LedgerFolder) -> None:
    lend = ("signer", "delegate", "erin", "--role", "data-owner", "--until", "14d")
    lent = ledger.assent(*lend, as_="bob", tty=True, input="n\n")
    stop_ = ("signer", "revoke", "bob", "--reason", "left us")
    stopped = ledger.assent(*stop_, as_="omar", tty=True, input="n\n")

    assert (lent.exit, stopped.exit, ledger.size()) == (2, 2, 10)
    for said in ("You sign signer.delegated, as bob", "erin", "2026-10-06T00:00:00Z"):
        assert said in lent.err
    for said in ("You sign override.set, as omar", "signer/bob", "left us"):
        assert said in stopped.err


def test_whoever_has_the_power_stops_a_signer_and_is_told_what_follows(
    ledger: LedgerFolder,
) -> None:
    result = ledger.assent("signer", "revoke", "bob", "--reason", "laptop stolen", as_="omar")
    stops = ledger.assent("override", "list", "--json").json_lines
    again = ledger.assent("signer", "revoke", "bob", "--reason", "x", "--json", as_="alice")
    powerless = ledger.assent("signer", "revoke", "alice", "--reason", "x", as_="frank")
    slip = ledger.assent("signer", "revoke", "bop", "--reason", "x", as_="alice")

    assert result.exit == 0, result.err
    assert (stops[0]["target"], stops[0]["by"]) == ("signer/bob", "omar")
    assert f'  stops = ["{stops[0]["id"][:8]}"]\n' in result.err
    assert "  assent signer impact bob --after N\n" in result.err
    assert (again.json["kind"], again.err) == ("override.set", "")
    assert code(powerless) == (3, "no-power")
    assert code(slip) == (2, "unknown-signer")
    lifted = carried_out(
        ledger,
        'effect = "lift"\nstops = ["signer/bob"]\n',
        enactor="alice",
        rita="auditor",
        omar="release-owner",
    )
    assert states(ledger)["bob"] == "active"
    said = f"{stops[0]['id'][:8]} omar 2026-09-22T00:00:00Z lifted by #{lifted} at 2026-09-22"
    lines = squeezed(ledger.assent("signer", "show", "bob"))
    assert lines[lines.index("Stops") + 2].startswith(said)


def test_states_of_signers_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    enrol(org, "zoe", ["model-owner"])
    stop(org, "alice", "erin")
    disown(org, "sam", after)
    ledger = folder_of(tmp_path, monkeypatch, org)

    found = states(ledger)

    assert (found["alice"], found["erin"], found["sam"]) == ("active", "stopped", "disowned")
    assert found["zoe"] == "disowned", "she rests on sam's consent alone"
    assert states_as_of(ledger, after)["sam"] == "active"
    zoe = squeezed(ledger.assent("signer", "show", "zoe"))
    assert any(line.endswith("void: its consent was lost") for line in zoe)
    assert any(line.endswith(f"disowned after {after + 3}") for line in zoe)


def states_as_of(ledger: LedgerFolder, position: int) -> dict[str, str]:
    """How it stood with each signer as of *position*."""
    lines = ledger.assent("signer", "list", "--json", "--as-of", position).json_lines
    return {one["id"]: one["state"] for one in lines}


def test_a_signer_is_shown_with_all_there_ever_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded(services={"bot": ("omar", [])})
    rotate(org, "bob")
    grant(org, "bob", "release-owner", aliases="fraud/*", until=org.now + DAY // 4)
    enrol(org, "zoe", ["model-owner"])
    delegate(org, "zoe", "bob", "model-owner", aliases="*/production")
    stop(org, "alice", "zoe")
    ledger = folder_of(tmp_path, monkeypatch, org)

    body = ledger.assent("signer", "show", "bob", "--json").json
    lines = squeezed(ledger.assent("signer", "show", "bob"))
    bot = ledger.assent("signer", "show", "bot").out
    zoe = ledger.assent("signer", "show", "zoe").out

    assert [(key["accepted"], key["ended"]) for key in body["keys"]] == [
        (2, body["accepted"]),
        (body["accepted"], None),
    ]
    assert body["roles"] == ["data-owner", "model-owner"], "one ended, the lender is stopped"
    assert (body["grants"][2]["role"], body["grants"][2]["aliases"]) == ("release-owner", "fraud/*")
    assert body["grants"][2]["proposal"] == 2
    assert (body["lent_to_them"][0]["by"], body["enrolled_by"]) == ("zoe", "alice")
    assert "enrolled at position 0, by alice (the founding)" in lines
    assert any(
        line.endswith("does not count: who lent it is stopped, disowned or enrolled anew")
        for line in lines
    )
    assert any(
        line.startswith("release-owner fraud/* ") and "ended 2026-09-21" in line for line in lines
    )
    assert "accountable  omar" in bot
    assert "by omar (#3, asked for by frank, approved by sam)" in zoe
    assert "Lent by them" in zoe


def test_the_impact_of_keys_is_listed_with_the_file_that_disowns_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    rotate(org, "bob")
    after = org.standing.head.size - 1
    grant(org, "erin", "release-owner")
    ledger = folder_of(tmp_path, monkeypatch, org)
    sam, bob = unsafe_key("sam").public.id, unsafe_key("bob").public.id

    found = ledger.assent("signer", "impact", "sam", "--after", after)
    body = ledger.assent("signer", "impact", "sam", "--after", after, "--json").json
    none = ledger.assent("signer", "impact", "bob", "--after", after, "--key", bob)
    first = ledger.assent("signer", "impact", "sam", "--after", 9, "--json").json

    assert "#2        roles: other roles for erin" in found.out
    assert '  effect = "disown"\n!   signer' not in found.err
    assert found.err.endswith(f'  effect = "disown"\n  signer = "sam"\n  after = {after}\n')
    assert (body["schema"], body["keys"], body["signers"]) == ("impact/1", [sam], ["erin"])
    assert [one["proposal"] for one in body["lost"]] == [2]
    assert [one["proposal"] for one in first["lost"]] == [1, 2]
    assert "nothing that anything rests on was permitted with them since" in none.out
    assert f'  keys = ["{bob}"]\n' in none.err
    number = proposed(ledger, found.err[found.err.index("  effect") :], as_="alice")
    approved(ledger, number, alice="root", dana="root")
    assert ledger.assent("proposal", "enact", number, as_="alice").exit == 0
    done = ledger.assent("signer", "impact", "sam", "--after", after)
    assert (done.out, done.err) == (found.out, "")


@pytest.mark.parametrize(
    ("words", "code_"),
    [
        (("bop", "--after", "1"), "unknown-signer"),
        (("bob", "--after", "99"), "no-such-position"),
        (("bob", "--after", "1", "--key", "SHA256:x"), "unknown-key"),
        (("bob", "--after", "-1"), "usage"),
        (("bob",), "usage"),
    ],
)
def test_an_impact_that_cannot_be_asked_for_says_why(
    ledger: LedgerFolder, words: tuple[str, ...], code_: str
) -> None:
    assert code(ledger.assent("signer", "impact", *words)) == (2, code_)


def test_who_never_accepted_has_no_impact(ledger: LedgerFolder) -> None:
    carried_out(ledger, ENROLMENT)

    result = ledger.assent("signer", "impact", "zoe", "--after", 1)

    assert code(result) == (2, "unknown-key")
    assert "zoe never accepted any key" in result.err
    refused = ledger.assent(
        "proposal",
        "open",
        write(ledger, 'effect = "disown"\nsigner = "zoe"\nafter = 1\n'),
        as_="bob",
    )
    assert code(refused) == (2, "unknown-key")


def test_the_roster_of_a_founding_is_shown_as_a_table(ledger: LedgerFolder) -> None:
    lines = squeezed(ledger.assent("show", 0))

    start = lines.index("The roster")
    assert lines[start + 1] == "id kind root answers roles fingerprint"
    assert f"bob person root - data-owner, model-owner {unsafe_key('bob').public.id}" in lines
    assert "roster 9 signers, who stand below" in lines


def test_what_is_lent_is_listed_where_and_as_long_as_its_lender_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded(people={"mo": ["model-owner", "data-owner"], "zed": []})
    delegate(org, "mo", "zed", "model-owner", "data-owner")
    strip(org, "mo", "model-owner", "data-owner")
    grant(org, "mo", "model-owner", aliases="fraud/*", until=org.now + DAY)
    grant(org, "mo", "model-owner", aliases="*/staging")
    grant(org, "mo", "model-owner")
    strip(org, "mo", "model-owner", aliases="*/*")
    ledger = folder_of(tmp_path, monkeypatch, org)
    first = ledger.assent("signer", "show", "zed", "--json").json["held"]
    carried_out(ledger, 'effect = "roles"\nsigner = "mo"\nstrip = ["model-owner"]\n')
    text = (
        'effect = "roles"\nsigner = "mo"\ngrant = ["model-owner"]\naliases = "fraud/*"\n'
        'until = "1d"\n'
    )
    carried_out(ledger, text)

    body = ledger.assent("signer", "show", "zed", "--json").json
    lines = squeezed(ledger.assent("signer", "show", "zed"))

    assert [(one["role"], one["aliases"]) for one in first] == [("model-owner", None)]
    assert [(one["role"], one["aliases"], one["until"]) for one in body["held"]] == [
        ("model-owner", "fraud/*", "2026-09-23T00:00:00Z")
    ]
    assert any(line.endswith("; but mo does not hold data-owner there any more") for line in lines)


def test_a_role_granted_everywhere_and_on_a_pattern_is_listed_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    grant(org, "bob", "model-owner", aliases="fraud/*")
    ledger = folder_of(tmp_path, monkeypatch, org)

    held = ledger.assent("signer", "show", "bob", "--json").json["held"]

    assert [(one["role"], one["aliases"]) for one in held] == [
        ("data-owner", None),
        ("model-owner", None),
        ("model-owner", "fraud/*"),
    ]


def test_a_service_whose_person_is_stopped_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded(services={"bot": ("omar", []), "fine": ("erin", [])})
    stop(org, "alice", "omar")
    ledger = folder_of(tmp_path, monkeypatch, org)

    found = {one["id"]: one for one in ledger.assent("signer", "list", "--json").json_lines}
    listed = squeezed(ledger.assent("signer", "list"))

    assert (found["bot"]["state"], found["bot"]["accountable_state"]) == ("active", "stopped")
    assert (found["fine"]["accountable_state"], found["bob"]["accountable_state"]) == (
        "active",
        None,
    )
    assert "bot service active omar, who is stopped" in listed
    assert "fine service active erin" in listed
    assert "accountable  omar, who is stopped\n" in ledger.assent("signer", "show", "bot").out
    assert ledger.assent("status", "--json").json["unanswered"] == ["bot"]
    assert "unanswered bot: who answers for them does not sign\n" in ledger.assent("status").out


def test_what_is_lent_ends_with_nothing_that_its_lender_holds_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded(people={"mo": [], "zed": []})
    grant(org, "mo", "model-owner", aliases="fraud/*")
    grant(org, "mo", "model-owner", aliases="churn/*", until=org.now + DAY)
    delegate(org, "mo", "zed", "model-owner", aliases="fraud/production", until=org.now + 9 * DAY)
    ledger = folder_of(tmp_path, monkeypatch, org)

    held = ledger.assent("signer", "show", "zed", "--json").json["held"]

    assert [(one["aliases"], one["until"][:10]) for one in held] == [
        ("fraud/production", "2026-09-30")
    ]
