"""A file is written whole or not at all, and an answer in the form that was asked for."""

import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from cli.answer import show_answer, write_whole
from cli.options import Options
from cli.sections import Section
from ledger.errors import BadInput


def refused(path: Path, why: str) -> None:
    with pytest.raises(BadInput, match=why) as error:
        write_whole(path, "new")
    assert error.value.code == "cannot-write"


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    write_whole(path, "né\n")

    assert path.read_bytes() == "né\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_whole(tmp_path / "report.xml", b"\xff\r\n")

    assert (tmp_path / "report.xml").read_bytes() == b"\xff\r\n"


def test_a_new_file_is_for_whom_the_umask_says_and_an_old_one_for_whom_it_was(
    tmp_path: Path,
) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch(mode=0o640)
    before = os.umask(0o077)
    try:
        write_whole(new, "x")
        write_whole(old, "x")
    finally:
        os.umask(before)

    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "page.html", tmp_path / "newest.html"
    path.write_text("old")
    link.symlink_to(path)

    write_whole(link, "new")

    assert link.is_symlink()
    assert path.read_text() == "new"


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), "new")

    assert (tmp_path / ("n" * 255)).read_text() == "new"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path, "Is a directory")
    assert list(tmp_path.iterdir()) == []


def test_no_folder_is_made_for_a_file(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere" / "page.html", "No such file or directory")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.needs("nobody")
def test_a_folder_that_may_not_be_written_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        refused(tmp_path / "page.html", "Permission denied")
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_without_room_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk; a device could be lost by a fault."""
    path = tmp_path / "page.html"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(BadInput, match="File too large") as error:
            write_whole(path, "new" * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)

    assert error.value.code == "cannot-write"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_fails_half_way_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


SECTIONS = (Section("Title", (("owner", "alice"),)),)


def answered(html: Path | None, *, as_json: bool) -> None:
    show_answer(Options(as_json=as_json), {"schema": "x/1"}, "A page", "lead", SECTIONS, html)


def test_an_answer_is_text_or_json_or_a_page_or_a_page_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.html"

    answered(None, as_json=False)
    assert capsys.readouterr() == ("Title\n  owner  alice\n", "")
    answered(None, as_json=True)
    assert capsys.readouterr() == ('{"schema": "x/1"}\n', "")
    answered(path, as_json=False)
    assert capsys.readouterr() == ("", f"wrote {path}\n")
    assert path.read_text().count("<h1>A page</h1>") == 1
    path.unlink()
    answered(path, as_json=True)
    assert capsys.readouterr() == ('{"schema": "x/1"}\n', f"wrote {path}\n")
    assert path.exists()


def test_a_page_that_cannot_be_written_leaves_no_answer_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadInput, match="No such file or directory"):
        answered(tmp_path / "nowhere" / "page.html", as_json=True)

    assert capsys.readouterr() == ("", "")


def test_a_dash_is_no_file_that_a_page_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadInput, match="a page goes into a file"):
        answered(Path("-"), as_json=True)

    assert (capsys.readouterr(), list(tmp_path.iterdir())) == (("", ""), [])
