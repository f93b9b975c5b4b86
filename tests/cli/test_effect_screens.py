"""What a proposal about signers, stops, root or clock shows before and after it is enacted."""

from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved
from tests.cli.rosters import (
    carried_out,
    changed,
    enacted,
    folder_of,
    proposed,
    shown,
)
from tests.organisation import unsafe_key
from tests.roster import DAY, delegate, enrol, grant, next_key, rotate, stewarded, stop
from tests.signer_acts import disown, staffed

ZOE = unsafe_key("zoe").public
BOB = unsafe_key("bob").public
ENROLMENT = (
    f'effect = "enrolment"\n[signer.zoe]\nkind = "person"\nkey = "{ZOE.text}"\n'
    'roles = ["model-owner"]\n'
)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with the stewards sam and sue."""
    return folder_of(tmp_path, monkeypatch)


def section(lines: list[str], title: str) -> list[str]:
    """The lines below *title*, up to the next empty one."""
    start = lines.index(title) + 1
    return lines[start : lines.index("", start)]


def test_an_enrolment_shows_who_with_which_key_in_which_roles(ledger: LedgerFolder) -> None:
    number = proposed(ledger, ENROLMENT)

    lines = shown(ledger, number)

    assert lines[0] == "#1 enrolment: open"
    assert section(lines, "The enrolment") == [
        "signer zoe, a person",
        f"key ssh-ed25519 {ZOE.id}",
        "counts once its owner has accepted with it, within 14d of the enactment",
    ]
    assert section(lines, "Roles of zoe")[1:] == ["gains model-owner all aliases -"]
    assert section(lines, "Who consents")[1:] == ["steward 0 of 1 -", "or root instead 0 of 2 -"]
    assert changed(ledger, number) == {
        "signer": "zoe",
        "known": False,
        "roles_before": [],
        "roles_after": [
            {"role": "model-owner", "aliases": None, "until": None, "lent_by": None},
        ],
        "key_before": None,
        "key_after": {"fingerprint": ZOE.id, "type": "ssh-ed25519"},
    }


def test_an_enrolment_that_was_enacted_shows_until_when_it_is_accepted(
    ledger: LedgerFolder,
) -> None:
    number = carried_out(ledger, ENROLMENT)

    named = section(shown(ledger, number), "The enrolment")

    assert named[-1] == "accepted not yet; it lapses at 2026-10-06T00:00:00Z"
    assert section(shown(ledger, number), "Roles of zoe")[1:] == ["gains model-owner all aliases -"]


def test_who_is_enrolled_again_loses_what_they_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    stop(org, "alice", "erin")
    ledger = folder_of(tmp_path, monkeypatch, org)
    key = next_key("erin").public
    text = ENROLMENT.replace("zoe", "erin").replace(ZOE.text, key.text)

    number = proposed(ledger, text)
    lines = shown(ledger, number)

    keys = [
        "signer erin, a person",
        "before known already: the key and the roles of before end",
        f"key before ssh-ed25519 {unsafe_key('erin').public.id}",
        f"key ssh-ed25519 {key.id}",
    ]
    roles = ["loses evaluation-owner all aliases -", "gains model-owner all aliases -"]
    assert section(lines, "The enrolment")[:4] == keys
    assert section(lines, "Roles of erin")[1:] == roles
    approved(ledger, number, sam="steward")
    enacted(ledger, number)
    assert section(shown(ledger, number), "The enrolment")[:4] == keys
    assert section(shown(ledger, number), "Roles of erin")[1:] == roles


def test_a_change_of_roles_shows_them_before_and_after_with_scope_and_end(
    ledger: LedgerFolder,
) -> None:
    text = (
        'effect = "roles"\nsigner = "bob"\ngrant = ["auditor"]\naliases = "fraud/*"\n'
        'until = "14d"\nwhy = "holidays"\n'
    )
    both = 'effect = "roles"\nsigner = "bob"\ngrant = ["release-owner"]\nstrip = ["data-owner"]\n'
    number = carried_out(ledger, text)

    second = proposed(ledger, both)

    rows = [
        "loses data-owner all aliases -",
        "keeps model-owner all aliases -",
        "gains release-owner all aliases -",
    ]
    assert section(shown(ledger, second), "Who it is about") == [
        "signer bob, a person, a root signer"
    ]
    kept = "keeps auditor fraud/* 2026-10-06T00:00:00Z"
    assert section(shown(ledger, second), "Roles of bob")[1:] == [kept, *rows]
    approved(ledger, second, sam="steward")
    enacted(ledger, second)
    assert section(shown(ledger, second), "Roles of bob")[1:] == [kept, *rows], "as it was then"
    first = section(shown(ledger, number), "Roles of bob")[1:]
    assert first == [
        "gains auditor fraud/* 2026-10-06T00:00:00Z",
        "keeps data-owner all aliases -",
        "keeps model-owner all aliases -",
    ]
    assert "why holidays" in shown(ledger, number)
    assert [one["role"] for one in changed(ledger, second)["roles_after"]] == [
        "auditor",
        "model-owner",
        "release-owner",
    ]


def test_a_rotation_shows_which_key_replaces_which_then_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    rotate(org, "bob")
    ledger = folder_of(tmp_path, monkeypatch, org)
    third = next_key("bob", 3).public
    number = proposed(ledger, f'effect = "rotation"\nsigner = "bob"\nkey = "{third.text}"\n')

    before, now = section(shown(ledger, 1), "The keys"), section(shown(ledger, number), "The keys")

    second = f"ssh-ed25519 {next_key('bob').public.id}"
    accepted = org.signer("bob").accepted_at
    assert before == [
        f"key before ssh-ed25519 {BOB.id}",
        f"key {second}",
        f"accepted at position {accepted}",
    ]
    assert now == [
        f"key before {second}",
        f"key ssh-ed25519 {third.id}",
        "counts once its owner has accepted with it, within 14d of the enactment",
        "enacted by its owner, with the present key",
    ]
    assert changed(ledger, number)["key_after"] == {
        "fingerprint": third.id,
        "type": "ssh-ed25519",
    }


def test_a_lift_shows_the_stops_with_their_reasons_and_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    first = stop(org, "alice", "rita")
    stop(org, "bob", "rita")
    stop(org, "alice", "frank")
    ledger = folder_of(tmp_path, monkeypatch, org)
    number = proposed(ledger, f'effect = "lift"\nstops = ["{first}", "signer/frank"]\n', as_="erin")

    lines = shown(ledger, number)

    stopped = section(lines, "Stops that are lifted")
    assert stopped[0] == "stop target set by at why"
    assert sorted(line.split()[1:3] for line in stopped[1:]) == [
        ["signer/frank", "alice"],
        ["signer/rita", "alice"],
    ]
    assert all(line.endswith(" lost laptop") for line in stopped[1:])
    assert section(lines, "What is stopped then") == [
        "signer/frank not stopped any more",
        "signer/rita still stopped: by 1 other",
    ]
    body = changed(ledger, number)["stops"]
    assert isinstance(body, list)
    assert [(one["target"], one["reason"], one["lifted_at"]) for one in body] == [
        ("signer/rita", "lost laptop", None),
        ("signer/frank", "lost laptop", None),
    ]
    approved(ledger, number, alice="root", dana="root")
    enacted(ledger, number)
    assert "signer/rita still stopped: by 1 other" in shown(ledger, number)
    assert ledger.assent("override", "check", "signer/frank").exit == 0
    assert ledger.assent("override", "check", "signer/rita").exit == 3


def test_a_change_of_the_root_shows_who_enters_and_who_leaves(ledger: LedgerFolder) -> None:
    text = 'effect = "root"\nsigners = ["alice", "dana", "sam", "sue"]\nthreshold = 3\n'
    number = proposed(ledger, text, as_="alice")

    lines = shown(ledger, number)

    assert section(lines, "The root") == [
        "now 2 of 3 must agree",
        "then 3 of 4 must agree",
        "beware 2 keys lost to a thief leave too few to disown them",
    ]
    assert section(lines, "Root signers")[1:] == [
        "stays alice",
        "leaves bob",
        "stays dana",
        "enters sam",
        "enters sue",
    ]
    assert changed(ledger, number) == {
        "root_before": {"signers": ["alice", "bob", "dana"], "threshold": 2},
        "root_after": {"signers": ["alice", "dana", "sam", "sue"], "threshold": 3},
    }
    five = text.replace('"sue"', '"sue", "bob"')
    assert "beware" not in " ".join(shown(ledger, proposed(ledger, five, as_="alice")))
    approved(ledger, number, alice="root", dana="root")
    enacted(ledger, number, as_="alice")
    done = shown(ledger, number)
    assert section(done, "The root") == ["asked for 3 of 4 must agree"]
    assert "named bob" not in done
    assert changed(ledger, number)["root_before"] is None


def test_a_disowning_shows_what_it_takes_with_it_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    enrol(org, "zoe", ["model-owner"])
    grant(org, "erin", "release-owner", aliases="fraud/*")
    delegate(org, "zoe", "omar", "model-owner", until=org.now + 40 * DAY)
    waits = org.open("sam")
    ledger = folder_of(tmp_path, monkeypatch, org)
    number = proposed(ledger, f'effect = "disown"\nsigner = "sam"\nafter = {after}\n', as_="alice")

    lines = shown(ledger, number)

    sam = unsafe_key("sam").public.id
    impact = [
        f"Carried out after position {after}, with consent that does not stand",
        "proposal about becomes",
        "#1 enrolment: zoe joins void: the key and the roles of zoe",
        "#2 roles: other roles for erin void: release-owner of erin",
        "",
        "Still open",
        "proposal about",
        "#3 fraud/production: a better model loses what was signed so",
        "",
        "Delegations that end",
    ]
    start = lines.index(impact[0])
    assert lines[start : start + len(impact)] == impact
    assert lines[start + len(impact) + 1].startswith("zoe omar model-owner all aliases 2026-")
    assert f"key {sam}, accepted at position {org.signer('sam').accepted_at}" in lines
    assert f"good up to position {after}; what they permitted behind it is void" in lines
    before = changed(ledger, number)
    assert before["signers"] == ["erin", "zoe"]
    assert org.proposal(waits).number == 3
    approved(ledger, number, alice="root", dana="root")
    enacted(ledger, number, as_="alice")
    assert shown(ledger, number)[start : start + len(impact)] == impact
    assert changed(ledger, number) == before
    lost = f"LOST ITS CONSENT at position {ledger.size() - 1}, as a key was disowned"
    assert any(line.startswith(lost) for line in shown(ledger, 1))
    assert not any(line.startswith("LOST") for line in shown(ledger, number))
    assert ledger.assent("verify").exit == 0


def test_a_correction_shows_the_time_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    org.now += 365 * DAY
    org.open("frank")
    ledger = folder_of(tmp_path, monkeypatch, org)
    position = ledger.size() - 1
    text = f'effect = "clock"\nposition = {position}\nat = "2026-09-22"\n'
    number = proposed(ledger, text, as_="alice")

    lines = section(shown(ledger, number), "Ledger time")

    assert lines[0].startswith(
        f"ran ahead the entry at position {position}; before it it was 2026-"
    )
    assert lines[1].startswith("now 2027-")
    assert lines[2] == "then 2026-09-22T00:00:00Z"
    approved(ledger, number, alice="root", dana="root")
    enacted(ledger, number, as_="alice")
    assert ledger.assent("status", "--json").json["at"] == "2026-09-22T00:00:00Z"
    assert section(shown(ledger, number), "Ledger time")[-1] == "then 2026-09-22T00:00:00Z"
    assert changed(ledger, number)["time_before"] is None


def test_an_approval_under_a_lent_role_names_both_and_a_silenced_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    delegate(org, "dana", "erin", "data-owner")
    of = org.open("frank")
    org.approve("erin", of, "data-owner")
    org.approve("alice", of, "model-owner")
    stop(org, "bob", "alice")
    ledger = folder_of(tmp_path, monkeypatch, org)

    lines = section(shown(ledger, 1), "Signed so far")

    assert lines[0].startswith("erin approved as data-owner, lent by dana ")
    assert lines[1].endswith(" does not count: its signer is stopped or disowned")
    body = ledger.assent("proposal", "show", 1, "--json").json["approvals"]
    assert [(one["signer"], one["on_behalf"], one["silenced"]) for one in body] == [
        ("erin", "dana", False),
        ("alice", None, True),
    ]


def test_lists_and_gates_name_the_effect_where_there_is_no_alias(ledger: LedgerFolder) -> None:
    number = proposed(ledger, ENROLMENT)

    listed = ledger.assent("proposal", "list").out.split("\n")[1].split()
    gate = ledger.assent("gate", number)

    assert listed[:3] == ["1", "enrolment", "open"]
    assert (gate.exit, gate.out.split(";")[0]) == (8, "#1 enrolment: open")
    assert ledger.assent("proposal", "list", "--json").json_lines[0]["effect"] == "enrolment"
    assert ledger.assent("gate", number, "--json").json["effect"] == "enrolment"


def test_at_a_terminal_a_steward_sees_the_key_and_the_roles_first(ledger: LedgerFolder) -> None:
    number = proposed(ledger, ENROLMENT)
    words = ("proposal", "approve", number, "--role", "steward")

    asked = ledger.assent(*words, as_="sam", tty=True, input="000000")

    assert asked.exit == 2
    for said in (ZOE.id, "gains", "model-owner", "zoe, a person"):
        assert said in asked.err


def test_what_a_disowning_takes_of_a_release_is_said_on_its_alias(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    org.release()
    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))
    ledger = folder_of(tmp_path, monkeypatch, org)

    body = ledger.assent("alias", "show", "fraud/production", "--json").json
    text = ledger.assent("alias", "show", "fraud/production").out
    impact = ledger.assent("signer", "impact", "alice", "--after", after)

    assert (body["unsupported"], body["frozen"]) == (True, False)
    assert "UNSUPPORTED: #1\n  it has lost its consent" in text
    assert ledger.assent("alias", "list").out.split("\n")[1].endswith(" unsupported")
    assert "unsupported: it runs until another release" in impact.out
    assert ledger.assent("status").out.endswith(
        "\nlost       consent to what runs at fraud/production\n"
    )
    assert ledger.assent("status", "--json").json["unsupported"] == ["fraud/production"]


def test_what_is_proposed_again_where_consent_was_lost_is_shown_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    org.release()
    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))
    org.open("frank")
    ledger = folder_of(tmp_path, monkeypatch, org)
    (ledger.path / "card.md").write_text("a card")

    lines = shown(ledger, 3)
    result = ledger.assent("evidence", "attach", 3, "card.md", "--type", "card", as_="erin")

    title = next(line for line in lines if line.startswith("What changes on fraud/production"))
    assert "#1 runs there, and has lost its consent: all of it is asked for" in title
    assert [line.split()[:3] for line in section(lines, title)[1:]] == [
        ["dataset", "-", "d1"],
        ["model", "-", "m1"],
    ]
    assert result.exit == 0, result.err
    listed = ledger.assent("evidence", "list", 3, "--json").json_lines
    assert sorted(listed[0]["subject"]) == ["dataset", "model"]


def test_what_a_release_was_started_with_is_shown_as_it_counted_whoever_is_stopped_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("mo", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    stop(org, "alice", "erin")
    stop(org, "alice", "mo")
    ledger = folder_of(tmp_path, monkeypatch, org)

    lines = shown(ledger, 1)

    assert not any("does not count" in line for line in lines)
    approvals = ledger.assent("proposal", "show", 1, "--json").json["approvals"]
    assert [one["silenced"] for one in approvals] == [False, False]
