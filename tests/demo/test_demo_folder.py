"""The demo replaces what it made, nothing else, and says what it lacks in one line."""

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.demo.__main__ import demo
from cli.demo.folder import MARKER, make_folder, write_environment
from ledger.errors import BadInput, Refused


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(Refused, match="theirs exists and was not made by the demo") as refusal:
        make_folder(tmp_path / "theirs")

    assert refusal.value.code == "not-a-demo-folder"
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("kind", ["file", "link", "broken link", "empty folder", "marker folder"])
def test_whatever_else_stands_there_is_refused(tmp_path: Path, kind: str) -> None:
    out, ours = tmp_path / "out", tmp_path / "ours"
    make_folder(ours)
    match kind:
        case "file":
            out.write_text("", encoding="utf-8")
        case "link":
            out.symlink_to(ours)
        case "broken link":
            out.symlink_to(tmp_path / "nowhere")
        case "empty folder":
            out.mkdir()
        case _:
            (out / MARKER).mkdir(parents=True)

    with pytest.raises(Refused, match="nothing was changed"):
        make_folder(out)

    assert (ours / MARKER).is_file()


def test_a_folder_of_the_demo_is_emptied(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "demo")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (folder.project / "old").touch()
    (folder.root / "link").symlink_to(outside)

    again = make_folder(tmp_path / "demo")

    assert sorted(path.name for path in again.root.iterdir()) == [MARKER, "project"]
    assert list(again.project.iterdir()) == []
    assert (outside / "kept").exists()


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="cannot be made: Not a directory"):
        make_folder(tmp_path / "file" / "demo")


def test_the_environment_survives_a_name_with_a_space(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "my demo")

    text = write_environment(folder).read_text(encoding="utf-8")

    assert f"export ASSENT_STATE='{folder.root}/state'" in text


def test_a_refusal_ends_in_a_sentence_and_a_hint(tmp_path: Path) -> None:
    done = CliRunner().invoke(demo, ["--out", str(tmp_path)])

    assert done.exit_code == 2
    assert done.stderr.startswith("not-a-demo-folder: ")
    assert "--out FOLDER" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_without_scikit_learn_one_line_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(name: str) -> None:
        assert name == "sklearn"

    monkeypatch.setattr(importlib.util, "find_spec", nowhere)

    done = CliRunner().invoke(demo, ["--out", str(tmp_path / "demo")])

    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert "pip install 'assent[demo]'" in line
    assert not (tmp_path / "demo").exists()
