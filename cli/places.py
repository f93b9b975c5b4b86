"""Where things are: the ledger found upwards like a git repository, the user's own state."""

import errno
import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.options import Options
from ledger.errors import BadInput, Uncheckable
from ledger.model.address import Address, configured_address, is_server, log_address

FOLDER: Final = ".assent"
CONFIG: Final = "config.toml"
CONFIG_TEXT: Final = """\
# Where this ledger is kept. Who signs, and with which key, is never named here.
log = "log.sqlite"
evidence = "evidence"
"""

_LIMIT: Final = 65_536
"""The most bytes of a configuration that are read."""

_HOLDS: Final = 'it holds log = "FILE or URL" and evidence = "DIR", nothing else'
_BUNDLE: Final = "bundle.json"


@dataclass(frozen=True, slots=True)
class Places:
    """The log and the evidence folder of a ledger.

    The log is a file, the folder of a bundle, or a schema on a server.
    """

    folder: Path
    log: Path | Address
    evidence: Path

    @property
    def is_bundle(self) -> bool:
        """Whether the log is a bundle, which is only read."""
        return isinstance(self.log, Path) and self.log.is_dir()

    @property
    def location(self) -> str:
        """The log's location as text, without secrets."""
        return str(self.log) if isinstance(self.log, Path) else self.log.name


def find_places(options: Options) -> Places:
    """The ledger that was named, or the one in ``.assent`` here or above.

    Raises :class:`BadInput` (``bad-configuration``, ``unsupported-store``, ``bad-ledger-url``)
    and :class:`Uncheckable` (``no-ledger``).
    """
    named = options.ledger or os.environ.get("ASSENT_LEDGER")
    if named and "://" in named:
        return _on_server(_address(named))
    if named:
        bundle, project = Path(named), _folder(named)
        # A folder with both is a project: other programs have files of that name, too.
        only_bundle = _is_there(bundle / _BUNDLE) and not _is_there(project / CONFIG)
        return bundle_places(bundle) if only_bundle else _configured(project)
    folder = _folder_above()
    if folder is None:
        raise Uncheckable(
            "no-ledger",
            f"there is no {FOLDER} folder here or above",
            hint="assent init founds a ledger; --ledger DIR names one elsewhere",
        )
    return _configured(folder)


def bundle_places(folder: Path) -> Places:
    """The parts of the bundle in *folder*."""
    here = folder.absolute()
    return Places(here, here, here / "evidence")


def _on_server(address: Address) -> Places:
    """The log at *address*, with the evidence of the configuration here or above, if any."""
    folder = _folder_above()
    if folder is None:
        here = Path.cwd() / FOLDER
        return Places(here, address, here / "evidence")
    return Places(folder, address, _configured(folder).evidence)


def _folder_above() -> Path | None:
    here = Path.cwd()
    found = (
        above / FOLDER for above in (here, *here.parents) if _is_there(above / FOLDER / CONFIG)
    )
    return next(found, None)


def new_places(options: Options) -> Places:
    """Where a new ledger goes: ``.assent`` in this folder, or in the one that was named."""
    named = options.ledger or os.environ.get("ASSENT_LEDGER")
    if named and "://" in named:
        folder = Path.cwd() / FOLDER
        return Places(folder, _address(named), folder / "evidence")
    folder = _folder(named) if named else Path.cwd() / FOLDER
    return Places(folder, folder / "log.sqlite", folder / "evidence")


def state_root() -> Path:
    """The user's own state directory: ``ASSENT_STATE``, or the XDG one."""
    named = os.environ.get("ASSENT_STATE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "assent"


def key_folder() -> Path:
    """Where the user's keys are kept."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "assent" / "keys"


def _is_there(path: Path) -> bool:
    """Whether something is there; what cannot be looked at is, so that reading it says why."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _folder(named: str) -> Path:
    folder = Path(named)
    return (folder if folder.name == FOLDER else folder / FOLDER).absolute()


def _address(named: str, file: Path | None = None) -> Address:
    """The server that the URL *named* leads to; *file* is the configuration that says it."""
    if not is_server(named):
        raise BadInput(
            "unsupported-store",
            f"{named.split('://', 1)[0]} ledgers are not supported by this version",
            hint="name the folder of a ledger, such as ./.assent, or a postgresql:// URL",
        )
    return log_address(named) if file is None else configured_address(named, str(file))


def _configured(folder: Path) -> Places:
    path = folder / CONFIG
    try:
        values = tomllib.loads(_plain_text(path))
    except (FileNotFoundError, NotADirectoryError):
        raise Uncheckable(
            "no-ledger", f"{folder} holds no ledger", hint="assent init founds one"
        ) from None
    except OSError as error:
        said = str(error.strerror).lower()
        hint = "see that it is a file, and that you may read it and its folder"
        raise BadInput("bad-configuration", said, hint=hint, file=str(path)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        said = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise BadInput("bad-configuration", said, hint=_HOLDS, file=str(path)) from None
    unknown = sorted(values.keys() - {"log", "evidence"})
    wrong = [key for key in ("log", "evidence") if not _is_name(values.get(key, key))]
    if unknown or wrong:
        raise BadInput(
            "bad-configuration",
            f"unexpected: {', '.join(unknown + wrong)}",
            file=str(path),
            hint=_HOLDS,
        )
    log = values.get("log", "log.sqlite")
    return Places(
        folder.absolute(),
        _address(log, path) if "://" in log else (folder / log).absolute(),
        (folder / values.get("evidence", "evidence")).absolute(),
    )


def _plain_text(path: Path) -> str:
    """The text of a small, plain file; raises as reading one does.

    Whoever wrote it may be anybody: a link to a device would be read for ever.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "not a plain file")
    with path.open("rb") as file:
        data = file.read(_LIMIT + 1)
    if len(data) > _LIMIT:
        raise OSError(errno.EFBIG, f"more than {_LIMIT:,} bytes")
    return data.decode()


def _is_name(value: object) -> bool:
    """Whether a file system could take it: text, not empty, without the character NUL."""
    return isinstance(value, str) and value != "" and "\0" not in value
