"""The files of proposals for every effect: what they become, and what is wrong in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.places import key_folder
from tests.cli.conftest import LedgerFolder
from tests.cli.rosters import code, folder_of, opens, proposed, write
from tests.organisation import unsafe_key
from tests.roster import next_key, stewarded, stop

ZOE = unsafe_key("zoe").public
NEXT = next_key("bob").public
BOB = unsafe_key("bob").public
DANA = unsafe_key("dana").public


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger in which frank and rita are stopped, rita twice."""
    org = stewarded()
    stop(org, "alice", "frank")
    stop(org, "alice", "rita")
    stop(org, "bob", "rita")
    return folder_of(tmp_path, monkeypatch, org)


def effect_of(ledger: LedgerFolder, text: str, *, as_: str = "erin") -> dict[str, Any]:
    """The effect of the proposal that *text* opens."""
    number = proposed(ledger, text, as_=as_)
    effect: dict[str, Any] = ledger.assent("proposal", "show", number, "--json").json["effect"]
    return effect


def stops(ledger: LedgerFolder) -> list[Mapping[str, Any]]:
    """The stops that hold."""
    return list(ledger.assent("override", "list", "--json").json_lines)


def test_an_enrolment_names_one_signer_as_a_roster_does(ledger: LedgerFolder) -> None:
    write(ledger, f"{ZOE.text} zoe@work\n", "zoe.pub")
    text = (
        'effect = "enrolment"\nwhy = "she joins"\ncontributors = ["sue", "omar"]\n'
        '[signer.zoe]\nkind = "person"\nkey_file = "zoe.pub"\n'
        'roles = ["model-owner", "data-owner"]\n'
    )

    assert effect_of(ledger, text) == {
        "effect": "enrolment",
        "summary": "enrol zoe (person) as model-owner, data-owner",
        "why": "she joins",
        "contributors": ["omar", "sue"],
        "signer": "zoe",
        "signer_kind": "person",
        "accountable": None,
        "key": ZOE.text,
        "roles": ["data-owner", "model-owner"],
    }


def test_a_service_is_enrolled_with_who_answers_for_it(ledger: LedgerFolder) -> None:
    text = (
        'effect = "enrolment"\nsummary = "a breeder"\n'
        f'[signer.bot]\nkind = "service"\naccountable = "omar"\nkey = "{ZOE.text}"\n'
    )

    effect = effect_of(ledger, text)

    assert (effect["signer_kind"], effect["accountable"]) == ("service", "omar")
    assert (effect["summary"], effect["roles"]) == ("a breeder", [])


def test_a_change_of_roles_names_where_and_until_when(ledger: LedgerFolder) -> None:
    text = 'effect = "roles"\nsigner = "bob"\ngrant = ["release-owner"]\naliases = "fraud/*"\n'

    effect = effect_of(ledger, text + 'until = "2026-12-24"\n')
    later = effect_of(ledger, text + 'until = "2026-12-24T08:30:00Z"\n')
    span = effect_of(ledger, text + 'until = "14d"\n')
    both = 'effect = "roles"\nsigner = "bob"\ngrant = ["auditor"]\nstrip = ["data-owner"]\n'

    assert effect["until"] == "2026-12-24T00:00:00Z"
    assert (effect["grant"], effect["aliases"]) == (["release-owner"], "fraud/*")
    said = "grant release-owner to bob on fraud/* until 2026-12-24T00:00:00Z"
    assert effect["summary"] == said
    assert effect_of(ledger, both)["summary"] == "grant auditor to bob; strip bob of data-owner"
    assert later["until"] == "2026-12-24T08:30:00Z"
    assert span["until"] == "2026-10-06T00:00:00Z", "counted from the claimed time"


def test_a_rotation_names_the_next_key(ledger: LedgerFolder) -> None:
    write(ledger, f"{NEXT.text}\n", "bob-2.pub")

    effect = effect_of(ledger, 'effect = "rotation"\nsigner = "bob"\nkey_file = "bob-2.pub"\n')

    assert (effect["signer"], effect["key"]) == ("bob", NEXT.text)
    assert effect["summary"] == "another key for bob"


def test_a_lift_names_stops_by_their_beginnings_or_by_their_target(ledger: LedgerFolder) -> None:
    held = stops(ledger)
    ids = {one["id"]: one["target"] for one in held}
    first = next(id_ for id_, target in ids.items() if target == "signer/frank")

    one = effect_of(ledger, f'effect = "lift"\nstops = ["{first}"]\n')
    both = effect_of(ledger, 'effect = "lift"\nstops = ["signer/rita", "signer/frank"]\n')

    assert one["stops"] == [first]
    assert one["summary"] == "lift 1 stop of signer/frank"
    assert both["stops"] == sorted(ids)
    assert both["summary"] == "lift 3 stops of signer/frank, signer/rita"


def test_a_root_names_its_signers_and_their_threshold(ledger: LedgerFolder) -> None:
    text = 'effect = "root"\nsigners = ["sam", "dana", "alice", "bob"]\nthreshold = 3\n'

    effect = effect_of(ledger, text, as_="alice")

    assert (effect["signers"], effect["threshold"]) == (["alice", "bob", "dana", "sam"], 3)
    assert effect["summary"] == "a root of 3 of 4: alice, bob, dana, sam"


@pytest.mark.parametrize("keys", [f'keys = ["{BOB.id}"]', 'signer = "bob"'])
def test_a_disowning_names_keys_or_whose_they_are(ledger: LedgerFolder, keys: str) -> None:
    effect = effect_of(ledger, f'effect = "disown"\n{keys}\nafter = 4\n', as_="alice")

    assert (effect["signer"], effect["keys"], effect["after"]) == ("bob", [BOB.id], 4)
    assert effect["summary"] == "disown 1 key of bob after position 4"


def test_a_correction_names_the_entry_and_the_time(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2027-09-22T00:00:00Z")
    ahead = proposed(ledger, 'effect = "roles"\nsigner = "bob"\ngrant = ["auditor"]\n', as_="erin")
    position = ledger.size() - 1
    text = f'effect = "clock"\nposition = {position}\nat = "2026-09-22"\n'

    effect = effect_of(ledger, text, as_="alice")

    assert ahead == 1
    assert (effect["position"], effect["at"]) == (position, "2026-09-22T00:00:00Z")


ENROLMENT = f'effect = "enrolment"\n[signer.zoe]\nkind = "person"\nkey = "{ZOE.text}"\n'
ROLES = 'effect = "roles"\nsigner = "bob"\n'


@pytest.mark.parametrize(
    ("text", "code_", "line", "hint"),
    [
        (ENROLMENT + "root = true\n", "enrolled-root", 5, 'effect = "root"'),
        (ENROLMENT + 'roles = ["data-ower"]\n', "unknown-role", 5, "did you mean data-owner?"),
        (ENROLMENT + f'key_file = "{ZOE.id}"\n', "key-or-file", 2, "key_file"),
        (ENROLMENT.replace(ZOE.text, "ssh-rsa AAAA"), "unsupported-key-type", 4, ""),
        (ENROLMENT.replace("kind", "knd"), "unknown-key", 3, "did you mean kind?"),
        (ENROLMENT + '[signer.yan]\nkind = "person"\nkey = "x"\n', "wrong-value", 2, "at most 1"),
        ('effect = "enrolment"\nsigner = "zoe"\n', "wrong-type", 2, "a table"),
        (ROLES + 'grant = ["auditer"]\n', "unknown-role", 3, "did you mean auditor?"),
        (ROLES.replace("bob", "bop") + 'grant = ["auditor"]\n', "unknown-signer", 2, "mean bob?"),
        (ROLES + 'grant = ["auditor"]\nuntil = "tomorrow"\n', "not-an-instant", 4, "14d"),
        (ROLES + 'grant = ["auditor"]\nuntil = 2026-12-24\n', "wrong-type", 4, "in quotes"),
        (ROLES + 'strip = ["data-owner"]\nuntil = "14d"\n', "wrong-value", 4, "grant"),
        (ROLES + 'grant = ["auditor"]\naliases = "fraud"\n', "not-a-pattern", 4, "fraud/*"),
        (ROLES + 'grant = ["auditor"]\nscope = "fraud/*"\n', "unknown-key", 4, "aliases"),
        ('effect = "rotation"\nsigner = "bob"\n', "key-or-file", 1, "key_file"),
        ('effect = "rotation"\nsigner = "bop"\nkey = "x"\n', "unknown-signer", 2, "mean bob?"),
        ('effect = "rotation"\nsigner = "bob"\nkey_file = "no.pub"\n', "key-missing", 3, ""),
        ('effect = "lift"\nstops = []\n', "wrong-value", 2, "at least 1"),
        ('effect = "lift"\nstops = ["signer/bob"]\n', "unknown-stop", 2, "override list"),
        ('effect = "lift"\nstops = [\n"abcdef01"]\n', "unknown-stop", 3, "override list"),
        ('effect = "lift"\nstops = ["0000"]\n', "ambiguous-stop", 2, "more of the id"),
        ('effect = "root"\nsigners = ["alcie"]\nthreshold = 1\n', "unknown-signer", 2, "alice?"),
        ('effect = "root"\nsigners = ["alice"]\nthreshold = 0\n', "wrong-value", 3, "at least 1"),
        ('effect = "root"\nsigners = ["alice"]\n', "missing-key", 1, "threshold"),
        ('effect = "disown"\nkeys = ["SHA256:x"]\nafter = 1\n', "unknown-key", 2, "SHA256:"),
        ('effect = "disown"\nafter = 1\n', "missing-key", 1, "keys"),
        ('effect = "disown"\nsigner = "bop"\nafter = 1\n', "unknown-signer", 2, "mean bob?"),
        ('effect = "disown"\nsigner = "bob"\nafter = -1\n', "wrong-value", 3, "at least 0"),
        (
            f'effect = "disown"\nkeys = ["{BOB.id}",\n"{DANA.id}"]\nafter = 1\n',
            "keys-of-several",
            3,
            "each signer",
        ),
        (
            f'effect = "disown"\nsigner = "bob"\nkeys = ["{DANA.id}"]\nafter = 1\n',
            "keys-of-several",
            3,
            "each signer",
        ),
        ('effect = "clock"\nposition = 1\nat = "14d"\n', "not-an-instant", 3, "in quotes"),
        ('effect = "enrollment"\n', "wrong-value", 1, "did you mean enrolment?"),
        ("effect = 1\n", "wrong-value", 1, "known are"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_mend(
    ledger: LedgerFolder, text: str, code_: str, line: int, hint: str
) -> None:
    before = ledger.size()

    result = opens(ledger, text, as_="erin")

    assert code(result) == (2, code_), result.err
    assert f"change.toml:{line}: " in result.err
    assert hint in result.err
    assert ledger.size() == before


def test_a_private_key_in_the_file_is_said_to_be_one(ledger: LedgerFolder) -> None:
    private = (key_folder() / "bob").read_text(encoding="utf-8")
    text = f'effect = "rotation"\nsigner = "bob"\nkey = """{private}"""\n'

    result = opens(ledger, text, as_="erin")

    assert code(result) == (2, "private-key")
    assert private.split("\n")[1] not in result.err


def test_what_the_ledger_cannot_do_is_refused_by_its_rule(ledger: LedgerFolder) -> None:
    """The file is in order; the core says no, and nothing is written."""
    before = ledger.size()
    known = ENROLMENT.replace("zoe", "bob").replace(ZOE.text, NEXT.text)

    assert code(opens(ledger, known, as_="erin")) == (3, "signer-exists")
    assert code(opens(ledger, ENROLMENT.replace(ZOE.text, BOB.text), as_="erin")) == (
        3,
        "key-known",
    )
    assert code(opens(ledger, ROLES, as_="erin")) == (3, "nothing-asked")
    assert code(opens(ledger, ROLES + 'strip = ["auditor"]\n', as_="erin")) == (
        3,
        "nothing-to-strip",
    )
    assert ledger.size() == before


def test_a_proposal_is_revised_within_its_effect(ledger: LedgerFolder) -> None:
    number = proposed(ledger, ROLES + 'grant = ["auditor"]\n', as_="erin")
    path = write(ledger, ROLES + 'grant = ["release-owner"]\n')

    result = ledger.assent("proposal", "revise", number, path, as_="erin")

    assert result.exit == 0, result.err
    effect = ledger.assent("proposal", "show", number, "--json").json["effect"]
    assert (effect["grant"], effect["summary"]) == (
        ["release-owner"],
        "grant release-owner to bob",
    )


@pytest.mark.parametrize(("until", "exit_"), [("36500d", 0), ("36501d", 2), ("999999999d", 2)])
def test_no_end_lies_further_ahead_than_a_hundred_years(
    ledger: LedgerFolder, until: str, exit_: int
) -> None:
    text = ROLES + f'grant = ["auditor"]\nuntil = "{until}"\n'

    assert opens(ledger, text, as_="erin").exit == exit_
    lent = ("signer", "delegate", "erin", "--role", "model-owner", "--until", until)
    assert ledger.assent(*lent, as_="bob").exit == exit_
