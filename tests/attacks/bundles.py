"""What whoever hands over a bundle can do to its files, each with what an auditor is then told.

The bundle is one that ``assent audit export`` wrote. Tiles are changed in place, so they no longer
fit one another: whoever makes them all fit leaves one of :mod:`tests.attacks.corpus`.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

Alter = Callable[[Path], object]
"""Changes the bundle in a folder."""


def _only(folder: Path, pattern: str) -> Path:
    (found,) = [path for path in folder.glob(pattern) if path.is_file()]
    return found


def _entries(folder: Path) -> Path:
    return _only(folder, "tile/entries/000.p/*")


def _hashes(folder: Path) -> Path:
    return _only(folder, "tile/0/000.p/*")


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _claim(folder: Path, **wanted: object) -> None:
    path = folder / "bundle.json"
    value = {**json.loads(path.read_text()), **wanted}
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n")


def size_of(folder: Path) -> int:
    """How many entries the bundle claims."""
    return int(json.loads((folder / "bundle.json").read_text())["size"])


def nothing(_: Path) -> None: ...


def edit_an_entry(folder: Path) -> None:
    path = _entries(folder)
    _flip(path, path.stat().st_size * 2 // 3)


def edit_a_hash(folder: Path) -> None:
    _flip(_hashes(folder), 40)


def cut_the_entries(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes()[:-10])


def bytes_behind_the_entries(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes() + b"more")


def entries_are_gone(folder: Path) -> None:
    _entries(folder).unlink()


def hashes_are_gone(folder: Path) -> None:
    _hashes(folder).unlink()


def hashes_are_cut(folder: Path) -> None:
    path = _hashes(folder)
    path.write_bytes(path.read_bytes()[:-1])


def claim_is_gone(folder: Path) -> None:
    (folder / "bundle.json").unlink()


def claim_is_no_json(folder: Path) -> None:
    (folder / "bundle.json").write_text('{"size": 3}\n')


def claims_another_root(folder: Path) -> None:
    _claim(folder, root="0" * 64)


def claims_another_ledger(folder: Path) -> None:
    _claim(folder, ledger="0" * 64)


def claims_another_schema(folder: Path) -> None:
    _claim(folder, schema="bundle/2")


def claims_more_than_there_is(folder: Path) -> None:
    _claim(folder, size=size_of(folder) + 1)


def claims_far_more_than_there_is(folder: Path) -> None:
    _claim(folder, size=2**50)


def list_of_the_refused_is_gone(folder: Path) -> None:
    (folder / "refused").unlink()


def somebody_else_is_listed_as_refused(folder: Path) -> None:
    (folder / "refused").write_text("3 not-ready\n")


def list_of_the_refused_is_nonsense(folder: Path) -> None:
    (folder / "refused").write_bytes(b"\xff\0\n")


def document_is_swapped(folder: Path) -> None:
    document = min(path for path in (folder / "evidence").rglob("*") if path.is_file())
    document.chmod(0o644)
    document.write_bytes(b"better numbers")


def document_is_gone(folder: Path) -> None:
    min(path for path in (folder / "evidence").rglob("*") if path.is_file()).unlink()


def checkpoints_are_gone(folder: Path) -> None:
    """Those that stand in the log are there all the same."""
    shutil.rmtree(folder / "checkpoints")


def checkpoint_is_edited(folder: Path) -> None:
    path = min((folder / "checkpoints").iterdir())
    lines = path.read_text().splitlines(keepends=True)
    signature = lines[-1]
    last = signature[-6]
    lines[-1] = signature[:-6] + ("A" if last != "A" else "B") + signature[-5:]
    path.write_text("".join(lines))


def keys_are_swapped(folder: Path) -> None:
    """The file says who signs. Nobody believes it."""
    (folder / "allowed_signers").write_text("mallory ssh-ed25519 AAAA\n")


def verifier_says_that_all_is_well(folder: Path) -> None:
    """Whoever runs a program out of a bundle runs what its maker liked: bring your own."""
    (folder / "verify.py").write_text("print('verified')\n")


def link_for_a_tile(folder: Path) -> None:
    path = _entries(folder)
    copy = folder.parent / "elsewhere"
    copy.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(copy)


def pipe_for_a_tile(folder: Path) -> None:
    path = _hashes(folder)
    path.unlink()
    os.mkfifo(path)


def folder_for_the_claim(folder: Path) -> None:
    (folder / "bundle.json").unlink()
    (folder / "bundle.json").mkdir()


def tile_of_a_gigabyte(folder: Path) -> None:
    """It holds nothing, and takes no place on a disk; whoever reads it all is sorry."""
    with _entries(folder).open("r+b") as file:
        file.truncate(2**30)


ALTERED: Final[dict[Alter, tuple[int, str]]] = {
    nothing: (0, ""),
    edit_an_entry: (4, "tile-differs"),
    edit_a_hash: (4, "tile-differs"),
    cut_the_entries: (4, "missing-entry"),
    bytes_behind_the_entries: (4, "tile-differs"),
    entries_are_gone: (4, "missing-entry"),
    hashes_are_gone: (4, "tile-differs"),
    hashes_are_cut: (4, "tile-differs"),
    claim_is_gone: (5, "bundle-damaged"),
    claim_is_no_json: (5, "bundle-damaged"),
    claims_another_root: (3, "head-differs"),
    claims_another_ledger: (4, "other-ledger"),
    claims_another_schema: (5, "bundle-damaged"),
    claims_more_than_there_is: (4, "missing-entry"),
    claims_far_more_than_there_is: (4, "missing-entry"),
    list_of_the_refused_is_gone: (4, "refusals-differ"),
    somebody_else_is_listed_as_refused: (4, "refusals-differ"),
    list_of_the_refused_is_nonsense: (4, "refusals-differ"),
    document_is_swapped: (4, "evidence-differs"),
    document_is_gone: (5, "evidence-missing"),
    checkpoints_are_gone: (0, ""),
    checkpoint_is_edited: (3, "bad-checkpoint"),
    keys_are_swapped: (0, ""),
    verifier_says_that_all_is_well: (0, ""),
    link_for_a_tile: (2, "bundle-unsafe"),
    pipe_for_a_tile: (2, "bundle-unsafe"),
    folder_for_the_claim: (2, "bundle-unsafe"),
    tile_of_a_gigabyte: (2, "bundle-unsafe"),
}
"""Each with the exit status of whoever verifies it, and one of the rules that is named."""
