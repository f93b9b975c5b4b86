"""``assent views``: the tables made from the log, brought up to date and built anew."""

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import emit, emit_json, safe
from ledger.service import sync as catch_up
from projections.rebuilding import rebuild as build_anew
from projections.runner import Views


@click.group()
def command() -> None:
    """The tables made from the log: disposable, and rebuilt at will.

    \b
    Example:      assent views status
    Exit status:  0 done, 4 unproven, 5 uncheckable
    """


@command.command()
@reading
def sync(*, options: Options) -> None:
    """Read, verify and take up what is new in the log.

    Every other command does so first; this one does nothing else.

    \b
    Example:      assent views sync
    Exit status:  0 up to date, 4 the log is not what it was, 5 uncheckable
    """
    app = make_app(options)
    before = app.views.position()
    size = catch_up(app.ledger).head.size
    _show(app, {"schema": "views/1", "size": size, "added": size - before})


@command.command()
@reading
def rebuild(*, options: Options) -> None:
    """Build the views anew from the whole log; the old ones are replaced at the end.

    \b
    Example:      assent views rebuild
    Exit status:  0 rebuilt, 4 the log is not what it was, 5 uncheckable
    """
    app = make_app(options)
    size = _rebuild(app)
    _show(app, {"schema": "views/1", "size": size, "added": size})


@command.command()
@reading
def status(*, options: Options) -> None:
    """Show up to which entry the views are built; changes nothing.

    \b
    Example:      assent views status
    Exit status:  0 shown, 5 the views cannot be read
    """
    app = make_app(options)
    app.require_claim()
    app.state.make()
    with Views(app.state.views) as views:
        current = views.is_current()
        body: dict[str, object] = {
            "schema": "views-status/1",
            "file": str(app.state.views),
            "size": views.position() if current else None,
            "log": app.log.size(),
            "code_version": views.code_version(),
            "current": current,
        }
    _show(app, body)


def _rebuild(app: App) -> int:
    """Replay the whole log into new views; how many entries they take into account."""
    app.require_claim()
    app.state.make()
    sizes: list[int] = []

    def fill(views: Views) -> None:
        sizes.append(catch_up(app.ledger_on(views)).head.size)

    build_anew(app.state.views, fill)
    return sizes[-1]


def _show(app: App, body: dict[str, object]) -> None:
    if app.options.as_json:
        emit_json(body)
        return
    for name, value in body.items():
        if name != "schema":
            emit(f"{name.replace('_', ' '):<12}  {safe('-' if value is None else value)}")
