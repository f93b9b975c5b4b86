"""Reading a change request: every mistake is named with its file and line."""

from hashlib import sha256
from pathlib import Path

import pytest

from cli.change import read_change, read_stack
from cli.context import make_app
from cli.effect_file import read_effect
from cli.options import Options
from ledger.errors import BadInput
from tests.change_files import CHANGE, write_change


def complaint(folder: Path, text: str) -> BadInput:
    """What is said of a change request."""
    path = write_change(folder, text)
    with pytest.raises(BadInput, match=r"change\.toml") as caught:
        read_effect(path, make_app(Options()))
    return caught.value


def test_a_change_becomes_the_effect_it_describes(tmp_path: Path) -> None:
    effect = read_change(write_change(tmp_path))

    assert (effect.alias, effect.risk, effect.rollback.within) == (
        "fraud/production",
        "medium",
        600,
    )
    assert [part.component for part in effect.stack.components] == ["dataset", "model"]
    assert effect.stack.digests()["model"] == f"sha256:{sha256(b'weights').hexdigest()}"
    assert [(item.fact, item.value) for item in effect.declares] == [
        ("online", True),
        ("personal_data", False),
    ]


def test_words_that_are_sets_are_sorted_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    text = CHANGE.replace('["hyperparameters"]', '["seed", "depth", "seed"]')

    assert read_change(write_change(tmp_path, text)).mutations == ("depth", "seed")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("summary =", "sumary =", "unknown-key", 2),
        ('why = "it catches more"', "why = 2", "wrong-type", 3),
        ('risk = "medium"', "risk = 2", "wrong-value", 6),
        ('risk = "medium"', 'risk = "huge"', "wrong-value", 6),
        ('why = "it catches more"', "why = 0.5", "not-a-decimal", 3),
        ('why = "it', 'why = "\u202eit', "forbidden-character", 3),
        ('why = "it', 'why = "cafe\u0301 it', "not-nfc", 3),
        ('owner = "alice"\non', 'owner = "alice"\nowner = "bob"\non', "duplicate-key", 15),
        ('within = "10m"', 'within = "ten minutes"', "not-a-duration", 22),
        ('alias = "fraud/production"', 'alias = "fraud"', "wrong-value", 1),
        ("[stack.dataset]", "[stack.gpu]", "wrong-value", 28),
        ("personal_data = false", 'personal_data = "no"', "wrong-type", 8),
        ("alias =", 'effect = "party"\nalias =', "wrong-value", 1),
        ("alias =", "effect = 1\nalias =", "wrong-value", 1),
        ("alias =", "effect = []\nalias =", "wrong-value", 1),
        ("alias =", 'effect = "policy"\nalias =', "unknown-key", 2),
        ('file = "model.bin"', 'file = "modle.bin"', "no-such-file", 27),
        ('file = "model.bin"\n', "", "digest-or-file", 25),
        ("sha256:0000", "sha256:zz", "wrong-value", 30),
        ("sha256:0000", "md5:", "wrong-value", 30),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    assert old in CHANGE

    error = complaint(tmp_path, CHANGE.replace(old, new, 1))

    assert (error.code, error.line) == (code, line)


def test_a_misspelt_effect_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    error = complaint(tmp_path, 'effect = "polcy"\n' + CHANGE)

    assert error.hint == "did you mean policy?"


def test_only_a_release_names_a_stack(tmp_path: Path) -> None:
    path = write_change(tmp_path, 'effect = "policy"\nfile = "policy.toml"\n')

    for read in (read_change, read_stack):
        with pytest.raises(BadInput, match=r"change\.toml:1: effect: expected 'release'") as caught:
            read(path)
        assert caught.value.hint == 'write effect = "release"; other effects bring no stack'


def test_a_digest_that_does_not_match_its_file_is_refused(tmp_path: Path) -> None:
    named = 'file = "model.bin"\ndigest = "sha256:' + "0" * 64 + '"'

    error = complaint(tmp_path, CHANGE.replace('file = "model.bin"', named))

    assert (error.code, error.line) == ("digest-mismatch", 28)
    assert sha256(b"weights").hexdigest() in error.message


def test_a_digest_that_matches_its_file_is_fine(tmp_path: Path) -> None:
    digest = f"sha256:{sha256(b'weights').hexdigest()}"
    named = f'file = "model.bin"\ndigest = "{digest}"'

    effect = read_change(write_change(tmp_path, CHANGE.replace('file = "model.bin"', named)))

    assert effect.stack.digests()["model"] == digest


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    error = complaint(tmp_path, CHANGE.replace('summary = "a better model"\n', ""))

    assert error.code == "missing-key"
    assert "'summary'" in error.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe", "not-utf8"),
        (b'a = "' + b"x" * 300_000 + b'"', "too-large"),
        (b"= 1", "not-toml"),
    ],
)
def test_a_file_that_is_no_change_at_all_is_named(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "change.toml"
    path.write_bytes(data)

    with pytest.raises(BadInput, match=r"change\.toml") as caught:
        read_change(path)

    assert caught.value.code == code


def test_a_file_that_is_not_there_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(BadInput, match=path.name) as caught:
            read_change(path)
        assert caught.value.code == "no-such-file"


def test_a_file_with_only_a_stack_names_the_same_stack(tmp_path: Path) -> None:
    whole = read_change(write_change(tmp_path)).stack
    only = tmp_path / "stack.toml"
    only.write_text("permissions = []\n" + CHANGE[CHANGE.index("[stack.model]") :])

    assert read_stack(only) == whole == read_stack(tmp_path / "change.toml")
