"""The user's own views: opened, made where there are none, anew where other code had made them."""

from collections.abc import Callable
from pathlib import Path

from cli.output import note
from projections.rebuilding import rebuild
from projections.runner import Views


def open_own_views(path: Path, fill: Callable[[Views], None]) -> Views:
    """The views in the file *path*; *fill* brings new ones up to date.

    Those that another version made are built beside and take their place in one step: whoever
    reads the old ones meanwhile, with the code that made them, sees all of those or all of the
    new. Whatever *fill* raises leaves them as they were. Raises what :func:`rebuild` raises.
    """
    views = Views(path)
    if views.is_current():
        return views
    views.close()
    note("another version of assent made your views: they are being built anew")
    rebuild(path, fill)
    return Views(path)
