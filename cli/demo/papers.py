"""The papers of the demo: roster, change request, training record and model card, as text."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cli.demo.training import Settings
from ledger.store.blobs import digest_of

ALIAS: Final = "screening/production"

PEOPLE: Final[dict[str, tuple[str, ...]]] = {
    "alice": ("model-owner", "steward"),
    "ben": ("evaluation-owner",),
    "carla": ("security-owner", "steward"),
    "dana": ("data-owner",),
    "erin": (),
    "grace": ("auditor",),
    "omar": ("on-call", "release-owner"),
    "sam": ("model-owner", "software-owner"),
}
"""The eight signers and their roles; who has none may still propose and attach."""

SERVICES: Final = {"watchdog": "ben"}
"""The program that watches what runs, and who answers for it."""

ROOT: Final = ("alice", "carla", "grace")
ROOT_THRESHOLD: Final = 2

THRESHOLD: Final = "0.40"
"""From which score on a lesion is called malignant."""

REVIEW: Final = """\
cause = "false alarms were nobody's number: the policy asks for recall only"
changes = ["the next policy asks for specificity too"]
tests = ["the evaluation report has it already; the requirement is added"]
"""
"""The review of the rollback, as ``review close`` reads it."""

LIFT: Final = f"""\
effect = "lift"
stops = ["alias/{ALIAS}"]
why = "the review says what it was"
"""
"""The end of the freeze, as ``proposal open`` reads it."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a stack: its version, and its file as seen from the change request."""

    version: str
    file: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between the change requests of the story."""

    summary: str
    why: str
    risk_rationale: str
    mutations: tuple[str, ...]
    stack: dict[str, Component]


def roster() -> str:
    """``roster.toml``: eight people, three of them root signers, and a program."""
    people = "".join(
        f"\n[signer.{name}]\n"
        'kind = "person"\n'
        f'key_file = "../config/assent/keys/{name}.pub"\n'
        f"roles = {_listed(roles)}\n"
        f"{'root = true' + chr(10) if name in ROOT else ''}"
        for name, roles in PEOPLE.items()
    )
    programs = "".join(
        f"\n[signer.{name}]\n"
        'kind = "service"\n'
        f'accountable = "{answers}"\n'
        f'key_file = "../config/assent/keys/{name}.pub"\n'
        for name, answers in SERVICES.items()
    )
    head = f'ledger = "screening-demo"\nroot_threshold = {ROOT_THRESHOLD}\nrehearsal = true\n'
    return f"{head}{people}{programs}"


def change_request(change: Change) -> str:
    """``change.toml``: what is asked for, why, how to go back, and the whole stack."""
    stack = "".join(
        f"\n[stack.{name}]\nversion = {_quoted(part.version)}\nfile = {_quoted(part.file)}\n"
        for name, part in change.stack.items()
    )
    return f"""\
alias = "{ALIAS}"
summary = {_quoted(change.summary)}
why = {_quoted(change.why)}
scope = "one clinic; a radiologist sees every result"
impact = "a missed malignant lesion is found later; a false alarm costs a second look"
risk = "high"
risk_rationale = {_quoted(change.risk_rationale)}
declares = {{ personal_data = false, sensitive_domain = true, online = true }}
mutations = {_listed(change.mutations)}
known_risks = ["small lesions are the hard ones"]
benefits = ["suspicious lesions are looked at first"]
owner = "alice"
on_call = "omar"

[rollout]
plan = "unseen, then one lesion in ten, then all of the clinic"
[rollback]
plan = "assent release rollback; the files of the stack before are kept"
trigger = "one answer in ten is overruled"
owner = "omar"
within = "30m"
{stack}"""


def threshold_policy(value: str) -> str:
    """``threshold.json``: from which score on a lesion is called malignant."""
    return f'{{"malignant_from": {value}}}\n'


def training_record(dataset: Path, code: Path, model: Path, settings: Settings) -> str:
    """``training-record.json``: with what, on what and by what code the model was made."""
    rows = len(dataset.read_text(encoding="utf-8").splitlines()) - 1
    record = {
        "settings": asdict(settings),
        "dataset": {"file": dataset.name, "digest": digest_of(dataset), "rows": rows},
        "code": digest_of(code),
        "model": digest_of(model),
    }
    return json.dumps(record, indent=1) + "\n"


def model_card(version: str, dataset: str, rows: int) -> str:
    """``model-card.md``: what the model is for, what it learned from, and where it is weak."""
    return f"""\
# Screening model {version}

**For** ranking breast lesions by thirty measurements of cell nuclei, so that suspicious
ones are looked at first. **Not for** sending anybody home: a person sees every result.

**Learned from** {rows} lesions ({dataset}) of the public Wisconsin diagnostic data set.
It names no people. It was collected at one hospital, decades ago.

**Kind**: logistic regression over standardised measurements; every coefficient stands in
`model.json`.

**Known weakness**: small malignant lesions look like benign ones. Recall is therefore
required by size of lesion, not only on the whole.
"""


def code_listing(files: list[Path]) -> str:
    """``code.sha256``: the digest of each source file, as ``sha256sum --check`` reads it."""
    return "".join(f"{digest_of(path).removeprefix('sha256:')}  {path.name}\n" for path in files)


def _quoted(text: str) -> str:
    """*text* as a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _listed(words: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"
