"""The options every verb shares; they stand after the verb, on each one they apply to."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import click

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line about ledger, signer and form of output."""

    as_json: bool = False
    ledger: str | None = None
    ledger_id: str | None = None
    signer: str | None = None
    key: str | None = None
    yes: bool = False
    dry_run: bool = False
    as_of: str | None = None


_JSON = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
_LEDGER = click.option("--ledger", metavar="URL", help="The ledger, instead of the one in .assent.")
_LEDGER_ID = click.option("--ledger-id", metavar="ID", help="Pin this ledger id for this call.")
_AS = click.option("--as", "signer", metavar="ID", help="Who signs (or ASSENT_SIGNER).")
_KEY = click.option("--key", metavar="FILE", help="The key to sign with (or ASSENT_KEY).")
_YES = click.option("--yes", is_flag=True, help="Sign without asking.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Print the entry that would be signed.")
_AS_OF = click.option("--as-of", metavar="TIME|POSITION", help="Answer as it was then.")


def plain(function: Function) -> Function:
    """Options of a verb that needs no ledger."""
    return _gather(function, _JSON)


def reading(function: Function) -> Function:
    """Options of a verb that reads the ledger as it is now."""
    return _gather(function, _JSON, _LEDGER, _LEDGER_ID)


def reading_bundle(function: Function) -> Function:
    """Options of a verb that reads a bundle, which it is told of."""
    return _gather(function, _JSON, _LEDGER_ID)


def reading_as_of(function: Function) -> Function:
    """Options of a verb that reads the ledger, now or as it was."""
    return _gather(function, _JSON, _LEDGER, _LEDGER_ID, _AS_OF)


def writing(function: Function) -> Function:
    """Options of a verb that signs an entry."""
    return _gather(function, _JSON, _LEDGER, _LEDGER_ID, _AS, _KEY, _YES, _DRY_RUN)


def cosigning(function: Function) -> Function:
    """Options of a verb that signs what is not an entry."""
    return _gather(function, _JSON, _LEDGER, _LEDGER_ID, _AS, _KEY)


def signing_reader(function: Function) -> Function:
    """Options of a verb that reads for one signer."""
    return _gather(function, _JSON, _LEDGER, _LEDGER_ID, _AS, _AS_OF)


_FIELDS = ("as_json", "ledger", "ledger_id", "signer", "key", "yes", "dry_run", "as_of")


def _gather(function: Function, *decorators: Callable[[Any], Any]) -> Function:
    """Hand the shared options to *function* as one value, ``options``."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        shared = {name: kwargs.pop(name) for name in _FIELDS if name in kwargs}
        return function(*args, options=Options(**shared), **kwargs)

    wrapped: Any = wrapper
    for decorator in reversed(decorators):
        wrapped = decorator(wrapped)
    return cast("Function", wrapped)
