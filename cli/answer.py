"""One answer in three forms: as text, as JSON, or as a page in a file."""

import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.options import Options
from cli.output import emit_json, note, safe
from cli.page import page
from cli.page_parts import Plot
from cli.sections import Section, show_sections
from ledger.errors import BadInput


def show_answer(  # noqa: PLR0917 - the forms of one answer
    options: Options,
    body: Mapping[str, object],
    title: str,
    lead: str,
    sections: Sequence[Section],
    html: Path | None,
    plots: Sequence[Plot] = (),
) -> None:
    """Give an answer: *body* where JSON is asked for, a page where *html* names a file, else text.

    With both, the page is written and the JSON printed. On the page *plots* follow the
    sections. Raises :class:`BadInput`: ``usage`` for ``-``, ``cannot-write`` where the page cannot
    be written; nothing is half-written.
    """
    if html == Path("-"):
        raise BadInput(
            "usage", "a page goes into a file", hint="--html FILE, or --html /dev/stdout"
        )
    if html is not None:
        write_whole(html, page(title, lead, [*sections, *plots]))
        note(f"wrote {safe(html)}")
    if options.as_json:
        emit_json(body)
    elif html is None:
        show_sections(sections)


def write_whole(path: Path, data: str | bytes) -> None:
    """Write *data* to *path*, all of it or nothing; text as UTF-8.

    A file that is there is replaced and keeps its permissions; a link is followed. What is no
    file, such as a pipe or ``/dev/stdout``, is written to and stays what it is. Raises
    :class:`BadInput` (``cannot-write``).
    """
    content = data.encode() if isinstance(data, str) else data
    try:
        mode = path.stat().st_mode if path.exists() else None
        if mode is None or stat.S_ISREG(mode):
            # Not Path.resolve: a loop of links is a RuntimeError to it, before Python 3.13.
            _replace(Path(os.path.realpath(path)), content, mode)
        else:
            path.write_bytes(content)
    except OSError as error:
        raise BadInput(
            "cannot-write",
            f"{path}: {error.strerror}",
            hint="name a file in a folder you may write",
        ) from None


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    """Put a new file with *content* in the place of *target*."""
    # Not tempfile: its files are for nobody else, whatever the umask says.
    beside = target.with_name(f".assent-{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
