"""Founding a log on a PostgreSQL server, and telling one from what others keep there.

Three roles go with the schema: ``<schema>_owner`` has it and its function, members of
``<schema>_writer`` and ``<schema>_reader`` append and read. All is made in one transaction,
so a crash leaves nothing, or an empty log for the next to take up.
"""

import re
from contextlib import closing
from typing import Any, Final

from psycopg import Connection

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.model.address import Address
from ledger.store.postgres_layout import LAYOUT, MARK, grants, layout
from ledger.store.postgres_pool import connect, edge, refuse_db_functions

_MARKED: Final = re.compile(rf"{MARK}([0-9]{{1,9}})\Z")
_SCHEMA: Final = (
    "SELECT obj_description(n.oid, 'pg_namespace') AS said,"
    " has_schema_privilege(n.oid, 'USAGE') AS open,"
    " NOT EXISTS (SELECT 1 FROM pg_class AS c WHERE c.relnamespace = n.oid)"
    " AND NOT EXISTS (SELECT 1 FROM pg_proc AS p WHERE p.pronamespace = n.oid) AS bare,"
    " pg_get_userbyid(n.nspowner) AS owner"
    " FROM pg_namespace AS n WHERE n.nspname = %s"
)
_SELF: Final = (
    "SELECT current_user AS name, current_database() AS database, r.rolsuper AS super,"
    " r.rolsuper OR r.rolcreaterole AS makes_roles,"
    " has_database_privilege(current_database(), 'CREATE') AS makes_schemas,"
    " current_setting('server_encoding') AS encoding"
    " FROM pg_roles AS r WHERE r.rolname = current_user"
)
# Who may become the owner can exchange what writers call, so that it does whatever they may do.
_STRANGERS: Final = (
    "SELECT r.rolname AS name FROM pg_roles AS o, pg_roles AS r WHERE o.rolname = %s"
    " AND r.rolname <> current_user AND CASE WHEN r.oid = o.oid THEN r.rolcanlogin OR r.rolsuper"
    " ELSE NOT r.rolsuper AND pg_has_role(r.oid, o.oid, 'MEMBER') END"
    " ORDER BY r.rolname LIMIT 5"
)
_ROLE: Final = "SELECT pg_has_role(r.oid, 'MEMBER') AS ours FROM pg_roles AS r WHERE rolname = %s"
_TURN: Final = "SELECT pg_advisory_xact_lock(hashtext('assent log'), hashtext(%s))"


def require_log(connection: Connection[Any], address: Address) -> None:
    """Require that the schema at *address* holds a log in the layout this version writes.

    Raises :class:`BadInput` (``not-a-ledger``, ``unordered-writes``), :class:`Refused`
    (``store-forbidden``), :class:`Uncheckable` (``store-layout``).
    """
    refuse_db_functions()
    found = connection.execute(_SCHEMA, (address.schema,)).fetchone()
    marked = _MARKED.match((found and found["said"]) or "")
    if found is None or marked is None:
        what = "there is no schema" if found is None else "no ledger is in the schema"
        raise BadInput(
            "not-a-ledger",
            f"{address.name}: {what} {address.schema}",
            hint="?schema=NAME names another; assent init --ledger URL founds a ledger",
        )
    if int(marked[1]) != LAYOUT:
        raise Uncheckable(
            "store-layout",
            f"{address.name} has layout {marked[1]}; this version of assent reads layout {LAYOUT}",
            hint="use the version of assent that wrote it, or a newer one",
        )
    if not found["open"]:
        raise Refused(
            "store-forbidden",
            f"{address.name}: you may not look into the schema {address.schema}",
            hint=f'who runs the server says: GRANT "{address.schema}_reader" TO you',
        )


def create_schema(address: Address) -> tuple[str, ...]:
    """Make an empty log in the schema at *address*, or take up one that is empty.

    What an administrator still has to execute is returned: nothing, where the roles could be
    made. Raises :class:`Refused` (``ledger-exists``, ``store-forbidden``), :class:`BadInput`
    (``bad-ledger-url``, ``unordered-writes``), :class:`Uncheckable` (``store-unavailable``,
    ``store-layout``).
    """
    refuse_db_functions()
    with edge(address), closing(connect(address)) as connection, connection.transaction():
        connection.execute(_TURN, (address.schema,))
        found = connection.execute(_SCHEMA, (address.schema,)).fetchone()
        me = connection.execute(_SELF).fetchone()
        if found is not None and me is not None and not found["bare"]:
            return _take_up(connection, address, me, found["owner"])
        if me is None or me["encoding"] != "UTF8":
            raise Uncheckable(
                "store-layout",
                f"{address.name}: the database is not encoded in UTF8",
                hint="CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            )
        left = _make_roles(connection, address.schema, me)
        _make_room(connection, address, me, found["owner"] if found else None)
        connection.execute(layout(address.schema).encode())
        if not left:
            _execute(connection, *grants(address.schema))
        return (*left, *grants(address.schema)) if left else ()


def _take_up(
    connection: Connection[Any], address: Address, me: dict[str, Any], owner: str
) -> tuple[str, ...]:
    """What was begun and holds no entry is as good as new; anything else is left alone."""
    try:
        require_log(connection, address)
    except BadInput:
        raise Refused(
            "ledger-exists",
            f"{address.name} holds something else; nothing was changed",
            hint="?schema=NAME names another schema",
        ) from None
    _require_ours(connection, address, me, owner)
    rows = f'SELECT FROM "{address.schema}".stored_events LIMIT 1'
    if connection.execute(rows.encode()).fetchall():
        raise Refused("ledger-exists", f"{address.name} holds a ledger; nothing was changed")
    return ()


def _make_roles(connection: Connection[Any], schema: str, me: dict[str, Any]) -> tuple[str, ...]:
    """Make the roles that are missing; what makes those of writers and readers, if we may not."""
    left = []
    for what in ("owner", "writer", "reader"):
        role = f'"{schema}_{what}"'
        if connection.execute(_ROLE, (role.strip('"'),)).fetchone() is not None:
            continue
        if me["makes_roles"]:
            _execute(connection, f"CREATE ROLE {role} NOLOGIN")
            if not me["super"]:
                _execute(connection, f"GRANT {role} TO CURRENT_USER")
        elif what != "owner":
            left.append(f"CREATE ROLE {role} NOLOGIN")
    return tuple(left)


def _make_room(
    connection: Connection[Any], address: Address, me: dict[str, Any], there: str | None
) -> None:
    """Make the schema, and be its owner from here on: nobody's own rights go with the function.

    *there* is who owns it already, if it is there.
    """
    owner = f"{address.schema}_owner"
    role = connection.execute(_ROLE, (owner,)).fetchone()
    mine = role is not None and role["ours"]
    as_owner = mine if there is None else there == owner
    said = wanted = ""
    if there is None and not me["makes_schemas"]:
        said = "may not make a schema there"
        wanted = f'CREATE SCHEMA "{address.schema}" AUTHORIZATION "{me["name"]}"'
    elif as_owner and not mine:
        said = f"is no member of {owner}, whose schema is there"
        wanted = f'GRANT "{owner}" TO "{me["name"]}"'
    if wanted:
        raise Refused(
            "store-forbidden",
            f"{address.name}: {me['name']} {said}",
            hint=f"an administrator says: {wanted}",
        )
    if there is not None or as_owner:
        _require_ours(connection, address, me, there or owner)
    if there is None:
        by = f' AUTHORIZATION "{owner}"' if as_owner else ""
        _execute(connection, f'CREATE SCHEMA "{address.schema}"{by}')
    if as_owner:
        _execute(connection, f'SET LOCAL ROLE "{owner}"')


def _require_ours(
    connection: Connection[Any], address: Address, me: dict[str, Any], owner: str
) -> None:
    """Require that nobody but us can be the *owner* of the schema, whom the function runs as."""
    ours = f"{address.schema}_owner"
    if owner != ours and (owner != me["name"] or me["super"]):
        raise Refused(
            "store-forbidden",
            f"{address.name}: the schema {address.schema} belongs to {owner}, who could exchange"
            " what is founded in it",
            hint=f"?schema=NAME names another; a schema that is there is taken from {ours}, or"
            " from yourself where you are no superuser",
        )
    found = connection.execute(_STRANGERS, (owner,)).fetchall() if owner == ours else []
    if found:
        names = ", ".join(one["name"] for one in found)
        raise Refused(
            "store-forbidden",
            f"{address.name}: {names} may be {owner}, and could exchange what is founded there",
            hint=f"?schema=NAME names another; {ours} has no login, and no members but you",
        )


def _execute(connection: Connection[Any], *statements: str) -> None:
    for statement in statements:
        connection.execute(statement.encode())
