"""``assent audit verify`` and ``verify.py`` say the same of every bundle that was tampered with.

The two share no code: ``verify.py`` was written from ``docs/reference/format.md``. Each row is
what somebody did to a bundle, and the word that both have for it where the auditor brings the
ledger's id and the witnesses that are named; the rules that both must have found stand beside it.
"""

import base64
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from cli.bundled import verify
from ledger.decide.founding import found
from ledger.model.events import ProposalWithdrawn
from ledger.model.terms import format_instant
from ledger.store.bundle import open_bundle
from tests import acts, organisation
from tests.attacks.bundles import ALTERED, Alter
from tests.attacks.corpus import TAMPERED, acquaintance
from tests.attacks.left_logs import NEWCOMER, Left, Victim, audited
from tests.attacks.stores import write_bundle as write_left
from tests.attacks.trying import named
from tests.organisation import Organisation, unsafe_key
from tests.reference.bundles import (
    note,
    note_text,
    put,
    refused_of,
    signature_line,
    witness_line,
    write_bundle,
)
from tests.reference.rfc6962 import tree_hash
from tests.reference.second_opinion import Opinion, openssh, opinion, plain
from tests.shell import Result, inside, run_assent

pytestmark = pytest.mark.needs("ssh-keygen")
WANDA, MALLORY = unsafe_key("wanda"), unsafe_key("mallory")
WITNESSES = witness_line("wanda", WANDA).encode()
REPORT = sha256(b"report").hexdigest()


@dataclass(frozen=True)
class Sound:
    """An honest log: a release, an entry that its rules refused, rubbish, and a note of that."""

    org: Organisation
    refused: list[tuple[int, str]]
    checkpoint: str
    folder: Path

    @property
    def envelopes(self) -> list[bytes]:
        """The log, as a list that may be changed."""
        return list(self.org.envelopes)


@dataclass
class Case:
    """A bundle to tamper with, and what the auditor brings to it."""

    sound: Sound
    folder: Path
    notes: list[str]
    mark: tuple[int, str] | None = None
    max_age: int | None = None
    later: int = 0
    witnesses: bytes | None = WITNESSES
    real_clock: bool = False

    @property
    def now(self) -> int:
        """When the auditor looks."""
        return int(time.time()) if self.real_clock else self.sound.org.now + self.later

    def rewrite(
        self, envelopes: Sequence[bytes], refused: Sequence[tuple[int, str]] | None = None
    ) -> None:
        """Make it the bundle of other *envelopes*, with all that is computed from them."""
        listed = self.sound.refused if refused is None else refused
        shutil.rmtree(self.folder)
        inside = [self.sound.checkpoint]
        org = self.sound.org
        write_bundle(self.folder, org.id, envelopes, listed, notes=inside, documents=[b"report"])

    def change(self, path: str, change: Callable[[bytes], bytes]) -> None:
        """Change the bytes of one file."""
        put(self.folder, path, change((self.folder / path).read_bytes()))

    @property
    def entries(self) -> str:
        """The one tile of entries."""
        return f"tile/entries/000.p/{len(self.sound.org.envelopes)}"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    org = Organisation()
    org.release()
    of = org.open("frank")
    org.force("erin", ProposalWithdrawn(proposal=of, reason=None))
    acts.acknowledge(org, "rita", org.smuggle(b"rubbish").position)
    acts.witness(org, "rita")
    refused = refused_of(org)
    signed = note(note_text(org.id, org.envelopes, refused), {"wanda": WANDA}, org.now)
    folder = tmp_path_factory.mktemp("bundles") / "sound"
    write_bundle(folder, org.id, org.envelopes, refused, notes=[signed], documents=[b"report"])
    return Sound(org, refused, signed, folder)


@pytest.fixture
def case(sound: Sound, tmp_path: Path) -> Case:
    shutil.copytree(sound.folder, tmp_path / "bundle")
    return Case(sound, tmp_path / "bundle", [])


def nothing(_: Case) -> None:
    """Hand it on as it is."""


def without_witnesses(case: Case) -> None:
    """Come with the ledger's id alone."""
    case.witnesses = None


def a_letter(case: Case) -> None:
    """Change one letter of an entry, and all that is computed from it."""
    envelopes = case.sound.envelopes
    envelopes[8] = envelopes[8].replace(b"a better model", b"a bitter model", 1)
    case.rewrite(envelopes)


def a_letter_in_the_tile(case: Case) -> None:
    """Change one letter of an entry, and nothing else."""
    case.change(case.entries, lambda data: data.replace(b'"auc"', b'"aux"', 1))


def dropped(case: Case) -> None:
    """Take an entry out."""
    envelopes = case.sound.envelopes
    del envelopes[10]
    case.rewrite(envelopes, [(at - 1, rule) for at, rule in case.sound.refused])


def swapped(case: Case) -> None:
    """Let two entries change their places."""
    envelopes = case.sound.envelopes
    envelopes[10:12] = reversed(envelopes[10:12])
    case.rewrite(envelopes)


def twice(case: Case) -> None:
    """Put an entry in again, at the end, and say that it was refused."""
    envelopes = [*case.sound.envelopes, case.sound.envelopes[10]]
    case.rewrite(envelopes, [*case.sound.refused, (len(envelopes) - 1, "out-of-place")])


def rubbish(case: Case) -> None:
    """Append rubbish, and say so in the list."""
    envelopes = [*case.sound.envelopes, b"", b"\xff\n" * 40_000]
    listed = [(len(envelopes) - 2, "not-two-lines"), (len(envelopes) - 1, "too-large")]
    case.rewrite(envelopes, [*case.sound.refused, *listed])


def rubbish_unsaid(case: Case) -> None:
    """Append rubbish, and keep it out of the list."""
    case.rewrite([*case.sound.envelopes, b"x"])


def cut(case: Case) -> None:
    """Leave the last entries away, and all checkpoints that had them."""
    case.rewrite(case.sound.envelopes[:-3], case.sound.refused[:1])


def cut_against_a_mark(case: Case) -> None:
    """The same, where the auditor has a mark and no witness."""
    case.witnesses = None
    case.mark = (len(case.sound.envelopes), tree_hash(case.sound.envelopes).hex())
    cut(case)


def another_history(case: Case) -> None:
    """Hand out a history that branched off before the checkpoint."""
    other = Organisation()
    other.open("erin")
    while len(other.envelopes) < len(case.sound.org.envelopes) + 2:
        other.smuggle(b"rubbish")
    case.rewrite(other.envelopes, refused_of(other))


def another_history_against_a_mark(case: Case) -> None:
    """The same, where the auditor has a mark and no witness."""
    case.witnesses = None
    case.mark = (len(case.sound.envelopes), tree_hash(case.sound.envelopes).hex())
    another_history(case)


def another_ledger(case: Case) -> None:
    """Hand out another ledger of the same people to somebody who knows no witness."""
    case.witnesses = None
    other = Organisation(start=1_790_000_500)
    case.rewrite(other.envelopes, [])


def another_ledger_to_who_knows_better(case: Case) -> None:
    """The same, to somebody who comes with a witness and a mark."""
    another_ledger(case)
    case.witnesses = WITNESSES
    case.mark = (len(case.sound.envelopes), "0" * 64)


def an_empty_log(case: Case) -> None:
    """Hand out a bundle without entries."""
    case.rewrite([], [])


def another_ledger_claimed(case: Case) -> None:
    """Say in bundle.json that it is another ledger."""
    case.change("bundle.json", lambda data: data.replace(case.sound.org.id.encode(), b"0" * 64))


def another_root_claimed(case: Case) -> None:
    """Say another root in bundle.json."""
    size, root, _ = verify.read_head(verify.Files(case.folder))
    assert size == len(case.sound.envelopes)
    case.change("bundle.json", lambda data: data.replace(root.encode(), b"0" * 64))


def no_entries(case: Case) -> None:
    """Take the tile of entries away."""
    (case.folder / case.entries).unlink()


def half_an_entry(case: Case) -> None:
    """Cut the tile of entries."""
    case.change(case.entries, lambda data: data[:-100])


def more_than_entries(case: Case) -> None:
    """Let the tile of entries go on."""
    case.change(case.entries, lambda data: data + b"\0\0")


def no_hashes(case: Case) -> None:
    """Take the tile of hashes away."""
    (case.folder / case.entries.replace("entries", "0")).unlink()


def another_hash(case: Case) -> None:
    """Change one hash."""
    tile = case.entries.replace("entries", "0")
    case.change(tile, lambda data: data[:64] + b"\0" * 32 + data[96:])


def a_hash_too_many(case: Case) -> None:
    """Add one hash to the tile."""
    case.change(case.entries.replace("entries", "0"), lambda data: data + b"\0" * 32)


def nothing_refused(case: Case) -> None:
    """Say that nothing was refused."""
    put(case.folder, "refused", b"")


def no_list(case: Case) -> None:
    """Take the list of refused entries away."""
    (case.folder / "refused").unlink()


def a_rule_kept_silent(case: Case) -> None:
    """Leave out that a rule of consent refused an entry, and let it have its effect."""
    put(case.folder, "refused", "".join(f"{at} {rule}\n" for at, rule in case.sound.refused[1:]))


def an_honest_entry_accused(case: Case) -> None:
    """Say of an honest entry that a rule refused it."""
    case.change("refused", lambda data: b"12 not-ready\n" + data)


def a_list_that_is_none(case: Case) -> None:
    """Write the list in another order."""
    case.change("refused", lambda data: b"".join(reversed(data.splitlines(keepends=True))))


def no_document(case: Case) -> None:
    """Take a document away."""
    (case.folder / "evidence" / REPORT[:2] / REPORT[2:]).unlink()


def another_document(case: Case) -> None:
    """Put another document in its place."""
    put(case.folder, f"evidence/{REPORT[:2]}/{REPORT[2:]}", b"rapport")


def no_checkpoints(case: Case) -> None:
    """Take all checkpoints away."""
    shutil.rmtree(case.folder / "checkpoints")


def a_checkpoint_of_nobody(case: Case) -> None:
    """Put a checkpoint of somebody there whom the auditor does not know, and false besides."""
    text = note_text(case.sound.org.id, [b"another log"])
    put(case.folder, "checkpoints/x", note(text, {"mallory": MALLORY}, case.sound.org.now))


def a_false_checkpoint(case: Case) -> None:
    """A witness had verified another history of that size."""
    text = note_text(case.sound.org.id, case.sound.envelopes[1:9])
    put(case.folder, "checkpoints/x", note(text, {"wanda": WANDA}, case.sound.org.now))


def a_longer_checkpoint(case: Case) -> None:
    """A witness had verified more."""
    text = note_text(case.sound.org.id, [*case.sound.envelopes, b"one more"])
    case.notes.append(note(text, {"wanda": WANDA}, case.sound.org.now))


def a_checkpoint_of_another_list(case: Case) -> None:
    """A witness had come to other refused entries."""
    text = note_text(case.sound.org.id, case.sound.envelopes)
    put(case.folder, "checkpoints/x", note(text, {"wanda": WANDA}, case.sound.org.now))


def a_forged_signature(case: Case) -> None:
    """Somebody wrote the name and key id of a witness before a signature of something else."""
    text = note_text(case.sound.org.id, case.sound.envelopes[:5])
    line = signature_line("another text\n", "wanda", WANDA, case.sound.org.now)
    put(case.folder, "checkpoints/x", f"{text}\n{line}")


def a_borrowed_key_id(case: Case) -> None:
    """Somebody signed with a key of their own, under the name and the key id of a witness."""
    text = note_text(case.sound.org.id, case.sound.envelopes[:5])
    lines = [signature_line(text, "wanda", key, case.sound.org.now) for key in (WANDA, MALLORY)]
    first, second = (base64.b64decode(line.split(" ")[2]) for line in lines)
    borrowed = base64.b64encode(first[:4] + second[4:]).decode()
    put(case.folder, "checkpoints/x", f"{text}\n— wanda {borrowed}\n")


def a_namesake(case: Case) -> None:
    """Somebody signed under a witness's name with a key of their own: nobody the auditor knows."""
    text = note_text(case.sound.org.id, [b"another log"])
    put(case.folder, "checkpoints/x", note(text, {"wanda": MALLORY}, case.sound.org.now))


def no_note(case: Case) -> None:
    """Put rubbish among the checkpoints."""
    put(case.folder, "checkpoints/x", b"\xff")


def old(case: Case) -> None:
    """Hand out a bundle that nobody has witnessed for a week."""
    case.max_age, case.later = 7 * 86_400, 8 * 86_400


def young(case: Case) -> None:
    """Hand out a bundle of yesterday."""
    case.max_age, case.later = 7 * 86_400, 86_400


def dated_ahead(case: Case, seconds: int) -> None:
    """Bring nothing but a checkpoint that a witness dated *seconds* after now."""
    no_checkpoints(case)
    case.max_age = 7 * 86_400
    text = note_text(case.sound.org.id, case.sound.envelopes, case.sound.refused)
    case.notes.append(note(text, {"wanda": WANDA}, case.sound.org.now + seconds))


def fresh_for_ever(case: Case) -> None:
    """A witness's clock was wrong by years, or they lied."""
    dated_ahead(case, 301)


def a_clock_a_little_ahead(case: Case) -> None:
    """A witness's clock was five minutes ahead."""
    dated_ahead(case, 300)


def fresh_for_ever_beside_an_old_one(case: Case) -> None:
    """The same, beside one of a year ago: the newest that counts is that one."""
    dated_ahead(case, 10**9)
    text = note_text(case.sound.org.id, case.sound.envelopes, case.sound.refused)
    case.notes.append(note(text, {"wanda": WANDA}, case.sound.org.now - 365 * 86_400))


def fresh_by_a_clock_that_stays_behind(case: Case) -> None:
    """The log went on for a month of its own time, beyond what the auditor's clock says."""
    case.real_clock, case.max_age = True, 7 * 86_400
    with pytest.MonkeyPatch.context() as patch:
        in_earnest = {"rehearsal": False}
        patch.setattr(organisation, "found", lambda *on, **said: found(*on, **said | in_earnest))
        org = Organisation(start=int(time.time()) + 30 * 86_400)
    text = note_text(org.id, org.envelopes, [])
    signed = note(text, {"wanda": WANDA}, int(time.time()))
    shutil.rmtree(case.folder)
    write_bundle(case.folder, org.id, org.envelopes, [], notes=[signed])
    case.sound = Sound(org, [], signed, case.folder)


def witnesses_whom_nobody_asked(case: Case) -> None:
    """Come with a witness who has signed nothing here."""
    case.witnesses = witness_line("mallory", MALLORY).encode()


def rita_as_a_witness(case: Case) -> None:
    """Come with a witness whose checkpoint stands in the log itself."""
    key = case.sound.org.keys["rita"]
    case.witnesses = f"rita {key.public.text}\n".encode()
    no_checkpoints(case)


def a_linked_document(case: Case) -> None:
    """Put a link in the place of a document."""
    path = case.folder / "evidence" / REPORT[:2] / REPORT[2:]
    shutil.move(path, case.folder.parent / "report")
    path.symlink_to(case.folder.parent / "report")


def a_huge_document(case: Case) -> None:
    """Put three gigabytes, which take no place on a disk, in the place of a document."""
    with (case.folder / "evidence" / REPORT[:2] / REPORT[2:]).open("r+b") as file:
        file.truncate(3 * 2**30)


def no_claim(case: Case) -> None:
    """Take bundle.json away."""
    (case.folder / "bundle.json").unlink()


def a_claim_of_another_form(case: Case) -> None:
    """Write bundle.json with a space in it."""
    case.change("bundle.json", lambda data: data.replace(b":", b": ", 1))


def a_claim_without_end(case: Case) -> None:
    """Claim more entries than there are atoms."""
    (case.folder / case.entries).rename(case.folder / "tile/entries/000")
    size = b'"size":%d' % len(case.sound.envelopes)
    case.change("bundle.json", lambda data: data.replace(size, b'"size":1125899906842624'))


def no_founding_against_a_mark(case: Case) -> None:
    """Take all entries away from an auditor who saw more of them."""
    case.mark = (len(case.sound.envelopes) + 1, "0" * 64)
    no_entries(case)


Tamper = Callable[[Case], None]
CASES: Sequence[tuple[Tamper, str, set[str]]] = [
    (nothing, "refused", set()),
    (without_witnesses, "refused", set()),
    (a_letter, "tampered", {"bad-signature", "checkpoint-false"}),
    (a_letter_in_the_tile, "tampered", {"bad-signature", "tile-differs", "head-differs"}),
    (dropped, "rolled-back", {"out-of-place", "log-shorter"}),
    (swapped, "tampered", {"checkpoint-false", "out-of-place"}),
    (twice, "refused", {"out-of-place"}),
    (rubbish, "refused", {"not-two-lines", "too-large"}),
    (rubbish_unsaid, "tampered", {"refusals-differ"}),
    (cut, "rolled-back", {"log-shorter"}),
    (cut_against_a_mark, "rolled-back", {"log-shorter"}),
    (another_history, "forked", {"checkpoint-false"}),
    (another_history_against_a_mark, "tampered", {"root-differs"}),
    (another_ledger, "tampered", {"other-ledger"}),
    (another_ledger_to_who_knows_better, "tampered", {"other-ledger"}),
    (an_empty_log, "tampered", {"missing-entry"}),
    (another_ledger_claimed, "tampered", {"other-ledger"}),
    (another_root_claimed, "refused", {"head-differs"}),
    (no_entries, "tampered", {"missing-entry"}),
    (half_an_entry, "tampered", {"missing-entry"}),
    (more_than_entries, "tampered", {"tile-differs"}),
    (no_hashes, "tampered", {"tile-differs"}),
    (another_hash, "tampered", {"tile-differs"}),
    (a_hash_too_many, "tampered", {"tile-differs"}),
    (nothing_refused, "tampered", {"refusals-differ"}),
    (no_list, "tampered", {"refusals-differ"}),
    (a_rule_kept_silent, "tampered", {"refusals-differ"}),
    (an_honest_entry_accused, "tampered", {"refusals-differ"}),
    (a_list_that_is_none, "tampered", {"refusals-differ"}),
    (no_document, "uncheckable", {"evidence-missing"}),
    (another_document, "tampered", {"evidence-differs"}),
    (no_checkpoints, "uncheckable", {"checkpoint-missing"}),
    (a_checkpoint_of_nobody, "refused", set()),
    (a_false_checkpoint, "forked", {"checkpoint-false"}),
    (a_longer_checkpoint, "rolled-back", {"log-shorter"}),
    (a_checkpoint_of_another_list, "tampered", {"refusals-differ"}),
    (a_forged_signature, "refused", {"bad-checkpoint"}),
    (a_borrowed_key_id, "refused", {"bad-checkpoint"}),
    (a_namesake, "refused", set()),
    (no_note, "refused", set()),
    (old, "uncheckable", {"checkpoint-stale"}),
    (young, "refused", set()),
    (fresh_for_ever, "uncheckable", {"checkpoint-stale"}),
    (a_clock_a_little_ahead, "refused", set()),
    (fresh_for_ever_beside_an_old_one, "uncheckable", {"checkpoint-stale"}),
    (fresh_by_a_clock_that_stays_behind, "uncheckable", {"checkpoint-stale"}),
    (witnesses_whom_nobody_asked, "uncheckable", {"checkpoint-missing"}),
    (rita_as_a_witness, "refused", set()),
    (a_linked_document, "uncheckable", {"evidence-missing"}),
    (a_huge_document, "uncheckable", {"evidence-missing"}),
    (no_claim, "uncheckable", {"bundle-damaged"}),
    (a_claim_of_another_form, "uncheckable", {"bundle-damaged"}),
    (a_claim_without_end, "uncheckable", {"bundle-damaged"}),
    (no_founding_against_a_mark, "tampered", {"missing-entry"}),
]


@pytest.mark.parametrize(
    ("tamper", "verdict", "rules"), CASES, ids=[one[0].__name__.replace("_", "-") for one in CASES]
)
def test_both_have_the_same_word_for_it(
    case: Case, monkeypatch: pytest.MonkeyPatch, tamper: Tamper, verdict: str, rules: set[str]
) -> None:
    tamper(case)

    theirs = by_hand(case)
    ours = by_assent(case, case.folder.parent, monkeypatch)

    assert theirs.verdict == ours.verdict == verdict
    assert theirs.exit == ours.exit
    expected = {plain(rule) for rule in rules}
    assert expected <= {rule for _, rule in theirs.found}
    assert expected <= {rule for _, rule in ours.found}


def a_link(case: Case) -> None:
    """Put a link in the place of the tile of entries."""
    shutil.move(case.folder / case.entries, case.folder.parent / "elsewhere")
    (case.folder / case.entries).symlink_to(case.folder.parent / "elsewhere")


def a_link_on_the_way(case: Case) -> None:
    """Put a link in the place of the folder of tiles."""
    shutil.move(case.folder / "tile", case.folder.parent / "tiles")
    (case.folder / "tile").symlink_to(case.folder.parent / "tiles")


def a_link_to_checkpoints(case: Case) -> None:
    """Put a link in the place of the folder of checkpoints."""
    shutil.move(case.folder / "checkpoints", case.folder.parent / "notes")
    (case.folder / "checkpoints").symlink_to(case.folder.parent / "notes")


def a_pipe(case: Case) -> None:
    """Put a pipe, which never ends, in the place of the list."""
    (case.folder / "refused").unlink()
    os.mkfifo(case.folder / "refused")


def a_folder(case: Case) -> None:
    """Put a folder in the place of the tile of hashes."""
    tile = case.folder / case.entries.replace("entries", "0")
    tile.unlink()
    tile.mkdir()


def a_huge_tile(case: Case) -> None:
    """Let a tile of hashes be larger than any."""
    put(case.folder, case.entries.replace("entries", "0"), b"\0" * 8_193)


def a_huge_entry(case: Case) -> None:
    """Let a file in oversize be larger than what is read."""
    case.rewrite([*case.sound.envelopes, b"x" * 70_000])
    put(case.folder, f"oversize/{len(case.sound.envelopes)}", b"x" * 65_537)


def a_huge_checkpoint(case: Case) -> None:
    """Let a checkpoint be larger than any."""
    put(case.folder, "checkpoints/x", b"x" * 65_537)


UNSAFE: Sequence[Tamper] = [
    a_link, a_link_on_the_way, a_link_to_checkpoints, a_pipe, a_folder,
    a_huge_tile, a_huge_entry, a_huge_checkpoint,
]  # fmt: skip


@pytest.mark.parametrize("tamper", UNSAFE, ids=[one.__name__.replace("_", "-") for one in UNSAFE])
def test_neither_goes_on_with_what_is_no_bundle(
    case: Case, monkeypatch: pytest.MonkeyPatch, tamper: Tamper
) -> None:
    tamper(case)

    with pytest.raises(verify.StopError) as stopped:
        by_hand(case)
    ours = asked(case, case.folder.parent, monkeypatch)

    assert stopped.value.args[:2] == ("bundle-unsafe", 2)
    assert (ours.json.get("code"), ours.exit) == ("bundle-unsafe", 2)


@pytest.mark.parametrize("alter", ALTERED, ids=named)
def test_both_say_the_same_of_what_a_maker_of_bundles_may_do(
    case: Case, monkeypatch: pytest.MonkeyPatch, alter: Alter
) -> None:
    """The exit statuses beside them are of a log in which all is well; here one entry is not."""
    status, rule = ALTERED[alter]
    alter(case.folder)

    ours = asked(case, case.folder.parent, monkeypatch)

    if rule == "bundle-unsafe":
        with pytest.raises(verify.StopError, match=rule):
            by_hand(case)
        assert (ours.json["code"], ours.exit) == (rule, status)
    else:
        theirs = by_hand(case)
        assert (theirs.verdict, theirs.exit) == (ours.json["verdict"], ours.exit)
        assert rule in {one for _, one in theirs.found} | {""}


@pytest.mark.parametrize("victim", [NEWCOMER, acquaintance()], ids=["newcomer", "acquaintance"])
@pytest.mark.parametrize("leave", TAMPERED, ids=named)
def test_both_say_the_same_of_every_log_that_an_operator_may_leave(
    tmp_path: Path, leave: Callable[[], Left], victim: Victim
) -> None:
    """The verdict, and each rule with its position."""
    log = leave()
    write_left(log, tmp_path)
    put(tmp_path, f"evidence/{REPORT[:2]}/{REPORT[2:]}", b"report")
    mark = None if victim.mark is None else (victim.mark.size, victim.mark.root.hex())

    theirs = opinion(tmp_path, log.ledger, mark=mark)
    with open_bundle(tmp_path) as held:
        ours = audited(held, log.ledger, victim)

    assert (theirs.verdict, theirs.exit) == (ours.verdict, ours.exit)
    assert theirs.found == {(at, plain(rule)) for at, rule in ours.found}


def by_hand(case: Case) -> Opinion:
    """What ``verify.py`` says."""
    return opinion(
        case.folder,
        case.sound.org.id,
        mark=case.mark,
        witnesses=case.witnesses,
        notes=[one.encode() for one in case.notes],
        max_age=case.max_age,
        now=case.now,
    )


def by_assent(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opinion:
    """What ``assent audit verify`` says."""
    done = asked(case, tmp_path, monkeypatch)
    body = done.json
    listed = [*body["findings"], *body["acknowledged"]]
    found = frozenset((one["position"], plain(one["rule"])) for one in listed)
    return Opinion(body["verdict"], done.exit, found)


def asked(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run ``assent audit verify`` with what the auditor brings."""
    words: list[str | Path] = ["--ledger-id", case.sound.org.id, "--json"]
    if case.witnesses is not None:
        (tmp_path / "witnesses").write_bytes(case.witnesses)
        words += ["--witnesses", tmp_path / "witnesses"]
    for number, one in enumerate(case.notes):
        (tmp_path / f"note{number}").write_text(one)
        words += ["--checkpoint", tmp_path / f"note{number}"]
    if case.mark is not None:
        words += ["--mark", f"{case.mark[0]}:{case.mark[1]}"]
    if case.max_age is not None:
        words += ["--max-age", f"{case.max_age // 86_400}d"]
    if case.real_clock:
        monkeypatch.delenv("ASSENT_NOW", raising=False)
    else:
        monkeypatch.setenv("ASSENT_NOW", format_instant(case.now))
    monkeypatch.setenv("ASSENT_STATE", str(tmp_path / "state"))
    with inside(tmp_path):
        return run_assent("audit", "verify", case.folder, *words)


def test_both_answer_programs_in_one_form(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for how far a witness has signed for the list, which only one of them has to say."""
    ours = asked(case, case.folder.parent, monkeypatch).json
    options = verify.Options(case.sound.org.id, verify.read_witnesses(WITNESSES), [], None, None, 0)
    theirs = verify.told(verify.audit(verify.Files(case.folder), options, openssh()), options, 0.1)

    assert theirs.pop("refused_by_rules") == {"entries": 1, "signed_up_to": ours["size"]}
    assert theirs.keys() == ours.keys()
    for name in ("schema", "ledger", "verdict", "size", "root", "rehearsal", "solo", "checkpoint"):
        assert theirs[name] == ours[name], name
    assert [one.keys() for one in theirs["findings"]] == [one.keys() for one in ours["findings"]]
    assert [one["severity"] for one in theirs["findings"]] == ["refused"]
