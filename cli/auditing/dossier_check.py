"""The policy that judged, in its own words; and how anybody checks a dossier without its author."""

from hashlib import sha256

from cli.auditing.judged import policy_json
from cli.auditing.stood import Stood
from cli.context import App
from cli.moment import Moment
from cli.policy_file import still_means
from cli.sections import Section
from ledger.decide.states import PolicyState
from ledger.model.terms import format_instant
from ledger.seal.merkle import root

Json = dict[str, object]


def policy_section(then: Moment, one: Stood) -> Section:
    """The text of the policy in force, as it was signed, with its digest."""
    state = then.standing.policy_state(one.found.policy)
    if state is None:
        return Section("The policy in force", (("none",),))
    told = policy_json(then, one)
    asked = told["proposal"]
    by = "founded with it" if asked is None else f"asked for by #{asked}"
    rows = [
        ("policy", f"{state.number}, {one.policy.name}"),
        ("in force", f"since {format_instant(state.at)}, position {state.position}; {by}"),
        ("text", digest_of(state.text)),
        ("judges", digest_of(state.canonical)),
    ]
    if not still_means(state.text, state.canonical):
        rows.append(("WARNING", "this text is NOT what judges: see the canonical JSON"))
    if state.unsupported:
        rows.append(("LOST", "it has lost its consent since"))
    return Section("The policy in force", tuple(rows), (), (), state.text)


def digest_of(text: str) -> str:
    """The SHA-256 of *text* as UTF-8."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def policy_text_json(then: Moment, one: Stood) -> Json:
    """The policy for programs: its place in the log, both of its forms and their digests."""
    state = then.standing.policy_state(one.found.policy)
    return {**policy_json(then, one), **({} if state is None else _forms(state))}


def _forms(state: PolicyState) -> Json:
    return {
        "text": state.text,
        "text_digest": digest_of(state.text),
        "canonical": state.canonical,
        "canonical_digest": digest_of(state.canonical),
        "text_is_canonical": still_means(state.text, state.canonical),
    }


def check_section(app: App, then: Moment, one: Stood) -> Section:
    """The commands by which somebody with a copy of the ledger, and no key, checks all of it."""
    told = check_json(app, then, one)
    rows = [
        ("ledger", str(told["ledger"])),
        ("size", f"{told['size']} entries, up to position {then.position}"),
        ("root", str(told["root"])),
        ("documents", "not opened for a dossier: assent evidence verify hashes them"),
        ("", "With a copy of the ledger's folder, without network and without a key:"),
    ]
    commands = told["commands"]
    rows += [("", str(line)) for line in (commands if isinstance(commands, list) else ())]
    rows.append(("equal", "the JSON of assent audit dossier is to be this one, byte for byte"))
    return Section("How to check all of it", tuple(rows))


def check_json(app: App, then: Moment, one: Stood) -> Json:
    """The ledger, the size and root up to which it was asked, and the commands."""
    number = one.state.number
    named = one.state.opened_position if one.closed_position is None else one.closed_position
    return {
        "ledger": app.expected_id,
        "size": then.standing.head.size,
        "root": root(then.standing.head.frontier).hex(),
        "commands": [
            f"assent trust {app.expected_id}",
            "assent verify",
            "assent evidence verify",
            f"assent audit dossier {number} --as-of {_named(then)} --json",
            *(
                ()
                if one.closed_position is None
                else (f"assent proposal show {number} --as-of {one.end} --json",)
            ),
            f"assent show {named} --raw --out entry-{named}",
        ],
    }


def _named(then: Moment) -> str:
    """*then* as ``--as-of`` names it, so that the answer is the same to the byte.

    By its instant: clocks run on after the last entry. Where none did, by the position, which
    no entry of the same second moves.
    """
    head = then.standing.head
    return str(then.position) if then.at == head.time and head.size else format_instant(then.at)
