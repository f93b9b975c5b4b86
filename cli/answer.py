"""One answer in three forms: as text, as JSON, or as a page in a file."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.options import Options
from cli.output import emit_json, note, safe
from cli.page import Plot, page
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

    With both, the page is written and the JSON printed. Raises :class:`BadInput`
    (``cannot-write``) where the page cannot be written; nothing is half-written.
    """
    if html is not None:
        write_whole(html, page(title, lead, [*plots, *sections]))
        note(f"wrote {safe(html)}")
    if options.as_json:
        emit_json(body)
    elif html is None:
        show_sections(sections)


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path*, all of it or nothing. Raises :class:`BadInput` (``cannot-write``)."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(
            "cannot-write",
            f"{path}: {error.strerror}",
            hint="name a file in a folder you may write",
        ) from None
