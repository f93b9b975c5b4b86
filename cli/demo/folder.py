"""The folder that the demo makes, and the only one it ever replaces."""

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import BadInput, Refused

MARKER: Final = ".assent-demo"
_MARKED: Final = "Made by the demo of Assent. Its next run replaces this folder.\n"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything is: ``project`` holds the ledger, ``config`` the keys, ``state`` the pin."""

    root: Path

    @property
    def project(self) -> Path:
        """What a team would keep in a repository, with ``.assent`` in it."""
        return self.root / "project"

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment in which ``assent`` finds the keys and the state of the demo."""
        return {
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "ASSENT_STATE": str(self.root / "state"),
        }


def make_folder(path: Path) -> Folder:
    """A new folder at *path*, in place of one that the demo made before.

    Raises :class:`Refused` (``not-a-demo-folder``) for anything else that stands there and
    :class:`BadInput` (``demo-folder``) where it cannot be made.
    """
    # Resolved but for its own name: a link there would lead to a folder of somebody's.
    root = path.parent.resolve() / path.name
    made_before = not root.is_symlink() and (root / MARKER).is_file()
    if (root.is_symlink() or root.exists()) and not made_before:
        raise Refused(
            "not-a-demo-folder",
            f"{path} exists and was not made by the demo; nothing was changed",
            hint="name a folder that does not exist yet: --out FOLDER",
        )
    try:
        if made_before:
            _remove(root)
        root.mkdir(parents=True)
        (root / MARKER).write_text(_MARKED, encoding="utf-8")
        (root / "project").mkdir()
    except OSError as error:
        raise BadInput(
            "demo-folder", f"{path} cannot be made: {error.strerror}", hint="--out FOLDER"
        ) from None
    return Folder(root)


def write_environment(folder: Folder) -> Path:
    """Write ``env.sh``, which a shell reads to go on where the demo ended; its path."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in folder.surroundings.items()]
    programs = Path(sys.executable).parent
    if (programs / "assent").exists():
        lines.append(f'export PATH={shlex.quote(str(programs))}:"$PATH"')
    else:
        # A checkout whose command was never installed.
        source = shlex.quote(str(Path(__file__).resolve().parents[2]))
        python = shlex.quote(sys.executable)
        lines.append(f'assent() {{ PYTHONPATH={source} {python} -m cli.main "$@"; }}')
    path = folder.root / "env.sh"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _remove(root: Path) -> None:
    """Remove a folder of ours, its marker last: half removed, it is still known as ours."""
    for inside in root.iterdir():
        if inside.name != MARKER:
            if inside.is_dir() and not inside.is_symlink():
                shutil.rmtree(inside)
            else:
                inside.unlink()
    shutil.rmtree(root)
