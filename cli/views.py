"""``assent views``: the tables made from the log, brought up to date and built anew."""

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import emit, emit_json, note, safe
from cli.progress import shown
from cli.views_export import export
from cli.views_filling import bring_up, build
from cli.views_follow import follow
from cli.views_target import Target, target_at, to_option
from ledger.service import sync as catch_up
from projections.rebuilding import rebuild as build_anew
from projections.runner import Views


@click.group(commands=[export, follow])
def command() -> None:
    """The tables made from the log: disposable, and rebuilt at will.

    \b
    Example:      assent views status
    Exit status:  0 done, 4 unproven, 5 uncheckable
    """


@command.command()
@to_option
@reading
def sync(*, to: str | None, options: Options) -> None:
    """Read, verify and take up what is new in the log.

    Every other command does so first; this one does nothing else. With --to the same views
    are kept elsewhere, for all who may read them there; no decision rests on those.

    \b
    Example:      assent views sync --to postgresql:///analysis
    Exit status:  0 up to date, 3 refused by the server, 4 the log is not what it was,
                  5 uncheckable, 6 others keep writing
    """
    app = make_app(options)
    target = None if to is None else target_at(to)
    before = app.views.position()
    size = app.standing.head.size
    if target is None:
        _show(app, {"schema": "views/1", "size": size, "added": size - before})
        return
    added, anew = bring_up(app, app.standing, target, shown("taking up"))
    if anew:
        note(f"{safe(target.name)} was built by an older version, and has been built anew")
    _show(app, {"schema": "views/1", "size": size, "added": added, "to": target.name})


@command.command()
@to_option
@reading
def rebuild(*, to: str | None, options: Options) -> None:
    """Build the views anew from the whole log; the old ones are replaced at the end.

    Whoever reads them meanwhile sees all of the old ones, or all of the new.

    \b
    Example:      assent views rebuild
    Exit status:  0 rebuilt, 3 refused by the server, 4 the log is not what it was,
                  5 uncheckable, 6 others build or read them all the time
    """
    app = make_app(options)
    if to is None:
        size = _rebuild(app)
        _show(app, {"schema": "views/1", "size": size, "added": size})
        return
    target = target_at(to)
    size = build(app, app.standing, target, shown("rebuilding"))
    _show(app, {"schema": "views/1", "size": size, "added": size, "to": target.name})


@command.command()
@to_option
@reading
def status(*, to: str | None, options: Options) -> None:
    """Show up to which entry the views are built, and how far the log is; changes nothing.

    They are current where this version made them, and they hold all that the log does.

    \b
    Example:      assent views status
    Exit status:  0 shown, 3 refused by the server, 5 the views cannot be read
    """
    app = make_app(options)
    target = None if to is None else target_at(to)
    app.require_claim()
    if target is None:
        app.state.make()
        target = Target(str(app.state.views), path=app.state.views)
    with target.open(make=to is None) as views:
        _show(app, _status(app, "file" if to is None else "to", target, views))


def _status(app: App, where: str, target: Target, views: Views) -> dict[str, object]:
    """How far *views* are; *where* is the key of the place they lie at.

    What views of another version hold is not known, nor how far those are behind that hold more
    than the log does.
    """
    ours = views.is_current()
    size, log = views.position() if ours else None, app.log.size()
    return {
        "schema": "views-status/1",
        where: target.name,
        "size": size,
        "log": log,
        "lag": None if size is None or size > log else log - size,
        "code_version": views.code_version(),
        "code_current": ours,
        "current": size == log,
    }


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
