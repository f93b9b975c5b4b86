"""Whether servers can be spoken to at all: their driver comes with an extra."""

from ledger.errors import Uncheckable


def require_driver() -> None:
    """Raise :class:`Uncheckable` (``postgres-missing``) where the driver is not installed."""
    try:
        import psycopg  # noqa: F401, PLC0415 - only to see whether it is there
        import psycopg_pool  # noqa: F401, PLC0415 - the library's recorders import it
    except ImportError:
        raise Uncheckable(
            "postgres-missing",
            "servers are spoken to through psycopg, which is not installed",
            hint="pip install 'assent[postgres]'",
        ) from None
