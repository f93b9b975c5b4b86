"""What ``assent status`` says of releases: under way, failing, unreviewed, unreported."""

from collections.abc import Iterable, Iterator
from typing import Any

from cli.moment import Moment
from cli.release_looking import awaited, outcome_of, share_of
from cli.reviewed import reviews_in
from ledger.decide.context import Standing
from ledger.decide.release_states import AliasState, Release
from ledger.decide.stage import is_held
from ledger.model.terms import format_instant

Json = dict[str, Any]


def releases_body(then: Moment, names: Iterable[str]) -> Json:
    """The part of ``status/1`` about the releases to the aliases of those *names*."""
    standing = then.standing
    states = [standing.alias(name) for name in names]
    return {
        "releases": [one for state in states for one in _under_way(standing, state, then.at)],
        "failing": [one for state in states for one in _failing(standing, state)],
        "reviews": [
            {
                "what": one.what,
                "alias": one.alias,
                "proposal": one.number,
                "due": one.due,
                "overdue": one.is_overdue,
                "words": one.words(),
            }
            for one in reviews_in(then)
            if one.is_open
        ],
        "results": list(_results(then, states)),
    }


def release_lines(body: Json) -> Iterator[str]:
    """The lines of :func:`releases_body`, each with a word that says what it is."""
    for one in body["releases"]:
        share = "" if one["share"] is None else f" (share {one['share']})"
        yield f"release    {one['alias']} #{one['proposal']} in {one['stage']}{share}"
        word = one["state"] + ("" if one["state"] == "waits for" else ":")
        yield f"           {word} {one['waits_for']}"
    for one in body["failing"]:
        about = f"{one['alias']} #{one['proposal']}, observed by {one['by']}"
        yield f"FAILING    {about} at position {one['position']}"
    for one in body["reviews"]:
        kind = "exception " if one["what"] == "exception" else ""
        yield f"review     {one['alias']} {kind}#{one['proposal']}: {one['words']}"
    for one in body["results"]:
        said = "MISSING since" if one["missing"] else "due by"
        yield f"result     of {one['alias']} #{one['proposal']}: {said} {one['due']}"


def _under_way(standing: Standing, state: AliasState, at: int) -> Iterator[Json]:
    candidate = state.candidate
    if candidate is None:
        return
    waits = awaited(standing, state.alias, candidate, at)
    yield {
        "alias": state.alias,
        "proposal": candidate.number,
        "stage": candidate.stage,
        "share": share_of(standing, state.alias, candidate),
        "since": format_instant(candidate.stage_at),
        "waits_for": waits.what,
        "state": waits.state,
        "failing": waits.failing,
    }


def _failing(standing: Standing, state: AliasState) -> Iterator[Json]:
    """The first failing observation of each release that the alias has.

    It ends what is under way even where nobody stands for it any more; of what runs it says
    nothing then.
    """
    for release in (state.candidate, state.stable):
        for one in () if release is None else release.watched:
            if release is None or one.passing:
                continue
            ends = release is state.candidate
            if ends or is_held(standing, state.alias, release, release.stage, one):
                yield {
                    "alias": state.alias,
                    "proposal": release.number,
                    "position": one.position,
                    "by": one.signer,
                }
                break


def _results(then: Moment, states: Iterable[AliasState]) -> Iterator[Json]:
    """The results that are due, or missing and not taken note of, of what aliases run."""
    standing, at = then.standing, then.at
    for state in states:
        stable = state.stable
        found = None if stable is None else outcome_of(standing, state.alias, stable, at)
        if stable is None or found is None or found.position is not None:
            continue
        is_due = found.asked_for and format_instant(at) >= found.until
        if is_due or (found.missing and not _is_noted(standing, stable)):
            yield {
                "alias": state.alias,
                "proposal": stable.number,
                "due": found.due,
                "missing": found.missing,
            }


def _is_noted(standing: Standing, stable: Release) -> bool:
    """Whether somebody took note of the finding that the result of *stable* is missing."""
    where = stable.completed_position
    finding = None if where is None else standing.finding(where)
    return finding is not None and finding.acknowledged_by is not None
