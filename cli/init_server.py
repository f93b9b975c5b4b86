"""What ``assent init`` does on a server: the log in a schema there, the rest in this folder.

The log comes first, then the pin, then the folder. Who is stopped in between has founded a
ledger all the same, and names it with ``assent trust LEDGER-ID --ledger URL``.
"""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from cli.output import note, safe
from cli.places import CONFIG, Places, state_root
from ledger.errors import BadInput, Uncheckable
from ledger.model.address import Address, configured_address
from ledger.store.driver import require_driver
from ledger.store.locations import Locations
from ledger.store.rows import Placed
from ledger.store.state import State

_CONFIG_TEXT = """\
# Where this ledger is kept. Who signs, and with which key, is never named here.
log = {url}
evidence = "evidence"
"""


def found_on_server(places: Places, address: Address, raw: bytes, state: State) -> tuple[str, ...]:
    """Found the ledger *raw* at *address*; the SQL an administrator still has to execute.

    Raises :class:`Refused` (``ledger-exists``, ``store-forbidden``), :class:`BadInput`,
    :class:`Uncheckable` (``postgres-missing``, ``store-unavailable``) and :class:`Conflict`.
    """
    require_driver()
    from ledger.store.postgres import open_schema  # noqa: PLC0415 - its driver is large
    from ledger.store.postgres_schema import create_schema  # noqa: PLC0415

    left = create_schema(address)
    with open_schema(address) as log:
        state.pin()
        log.append([Placed("ledger", 1, "ledger.founded", raw)], size=0)
    Locations(state_root()).remember(places.location, state.ledger)
    _write_folder(places, address)
    return left


def say_server(address: Address, id_: str, left: tuple[str, ...]) -> None:
    """How the others come in: what the server has to grant them, and what they run."""
    schema = address.schema
    # Nobody else logs in as the founder, who may well own the schema.
    url = safe(re.sub("//[^/@]*@", "//NAME@", address.without_password()))
    if left:
        note("you may not make roles there; an administrator still has to say:")
        for statement in left:
            note(f"  {statement};")
    note("who signs, and who only reads, needs a role on the server, and a way to log in:")
    note(f'  GRANT "{schema}_writer" TO NAME;')
    note(f'  GRANT "{schema}_reader" TO NAME;')
    note("they run, in this folder's copy or with --ledger where there is none:")
    note(f"  assent trust {id_} --ledger '{url}'")
    if address.has_password:
        note("the password in this URL can be seen by everybody on this machine, and was not kept:")
        note("  ~/.pgpass, PGPASSFILE or postgresql:///?service=NAME keep it to yourself")


def _write_folder(places: Places, address: Address) -> None:
    """The folder that leads here, where there is none yet."""
    if os.path.lexists(places.folder):
        note(f"{safe(places.folder)} is there and stays as it is: name this ledger by --ledger")
        return
    url = address.without_password()
    try:
        configured_address(url, CONFIG)
    except BadInput:
        note("this URL says more than a configuration may: name the ledger by ASSENT_LEDGER")
        return
    try:
        new = Path(tempfile.mkdtemp(dir=places.folder.parent, prefix=".assent-new-"))
        try:
            new.chmod(0o755)
            text = _CONFIG_TEXT.format(url=json.dumps(url))
            (new / CONFIG).write_text(text, encoding="utf-8")
            (new / places.evidence.name).mkdir()
            new.rename(places.folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise Uncheckable(
            "no-folder-made",
            f"the ledger is founded, but {places.folder} could not be made: {error.strerror}",
            hint="go on with --ledger URL, or ASSENT_LEDGER",
        ) from None
