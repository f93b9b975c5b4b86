"""What is wrong with a file of cases, once its shape is right: names, roles, ages, gaps.

Everything is said with its path in the file, and with the known name that was probably
meant. What a rule of the policy forbids is no problem here: it is what cases try out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cli.cases.file import WrittenAttached, WrittenCase, WrittenCaseChange, WrittenCases
from ledger.model.problems import Path, Problem, closest, listed
from ledger.policy.case import ROOT
from ledger.policy.consent import EXCEPTION, STEWARDSHIP
from ledger.policy.document import Policy


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a file of cases may use, of its own people and of a policy."""

    written: WrittenCases
    policy: Policy

    @property
    def signers(self) -> tuple[str, ...]:
        """Persons and services."""
        return (*self.written.people, *self.written.services)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements of a release, of a policy and of an exception."""
        return (*self.waivable, STEWARDSHIP, EXCEPTION)

    @property
    def waivable(self) -> tuple[str, ...]:
        """The requirements that an exception may name, whether it would be granted or not."""
        return tuple(need.id for need in self.policy.requirements)

    def unknown_signers(self, names: Iterable[str], path: Path) -> Iterator[Problem]:
        """Yield a problem for each of *names* that nobody of the file has."""
        for name in names:
            if name not in self.signers:
                said = unknown("signer", name, self.signers)
                yield Problem("unknown-signer", *said, path)

    def unknown_roles(self, names: Iterable[str], path: Path) -> Iterator[Problem]:
        """Yield a problem for each of *names* that is no role of the policy."""
        roles = [role.name for role in self.policy.roles]
        for name in names:
            if name not in (*roles, ROOT):
                yield Problem("unknown-role", *unknown("role", name, roles), path)

    def unknown_requirements(self, names: Iterable[str], path: Path) -> Iterator[Problem]:
        """Yield a problem for each of *names* that is no requirement of the policy."""
        for name in names:
            if name not in self.requirements:
                said = unknown("requirement", name, self.requirements)
                yield Problem("unknown-requirement", *said, (*path, name))

    def unknown_duties(self, names: Iterable[str], path: Path) -> Iterator[Problem]:
        """Yield a problem for each of *names* that is no duty of the policy."""
        duties = [duty.id for duty in self.policy.duties]
        for name in names:
            if name not in duties:
                yield Problem("unknown-duty", *unknown("duty", name, duties), path)

    def unknown_types(self, name: str | None, path: Path) -> Iterator[Problem]:
        """Yield a problem where no requirement asks for evidence of the type *name*."""
        types = self.policy.evidence_rules
        if name is not None and name not in types:
            said = unknown("type of evidence", name, types)
            yield Problem("unknown-evidence-type", *said, path)

    def not_held(self, by: str, role: str | None, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with acting as *by* in *role*: who it is, and what they hold."""
        yield from self.unknown_signers([by], (*path, "by"))
        if role is None:
            return
        yield from self.unknown_roles([role], (*path, "role"))
        root = self.written.root
        held = set(self.written.people.get(by, ()))
        held |= {ROOT} if root is not None and by in root.signers else set()
        held |= set(self.written.services[by].roles) if by in self.written.services else set()
        if by in self.signers and role not in held:
            hint = f"held: {listed(held)}; roles are given in [people], [services] and [root]"
            message = f"{by} does not hold the role {role}"
            yield Problem("role-not-held", message, hint, (*path, "role"))


def unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """The message and the hint for a name that is not *known*."""
    meant = closest(name, known)
    hint = f"did you mean {meant}?" if meant else f"known are: {listed(known)}"
    return f"unknown {what} {name!r}", hint


def cast_problems(known: Known) -> Iterator[Problem]:
    """Yield what is wrong with ``[people]``, ``[services]`` and ``[root]``.

    Codes: ``unknown-role``, ``duplicate-id``, ``no-accountable``, ``unknown-signer``,
    ``wrong-value``.
    """
    written = known.written
    for name, roles in written.people.items():
        yield from known.unknown_roles(roles, ("people", name))
    for name, service in written.services.items():
        yield from known.unknown_roles(service.roles, ("services", name, "roles"))
        if name in written.people:
            message = f"{name!r} is a person and a service"
            yield Problem("duplicate-id", message, "give one another name", ("services", name))
        if service.accountable not in written.people:
            message = f"the service {name} needs accountable, one of [people]"
            hint = f"one of: {listed(written.people)}"
            yield Problem("no-accountable", message, hint, ("services", name, "accountable"))
    root = written.root
    if root is None:
        return
    for i, name in enumerate(root.signers):
        if name not in written.people:
            said = unknown("person", name, written.people)
            yield Problem("unknown-signer", *said, ("root", "signers", i))
    if root.threshold > len(set(root.signers)):
        message = f"threshold = {root.threshold} with {len(set(root.signers))} root signers"
        hint = "name more signers, or ask for fewer"
        yield Problem("wrong-value", message, hint, ("root", "threshold"))


def change_problems(known: Known, written: WrittenCaseChange, path: Path) -> Iterator[Problem]:
    """Yield the names of a change that are unknown. Codes: ``unknown-fact``, ``unknown-signer``."""
    yield from unknown_facts(known, written.declares, (*path, "declares"))
    yield from known.unknown_signers(written.contributors, (*path, "contributors"))


def unknown_facts(known: Known, names: Iterable[str], path: Path) -> Iterator[Problem]:
    """Yield a problem for each of *names* that the policy does not want declared."""
    facts = [one.name for one in known.policy.declared]
    for i, name in enumerate(names):
        if name not in facts:
            step = name if path[-1] == "declares" else i
            yield Problem("unknown-fact", *unknown("fact", name, facts), (*path, step))


def evidence_problems(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the documents of a case.

    Codes: ``unknown-evidence-type``, ``unknown-signer``, ``unknown-component``.
    """
    components = stack_of(known.written, one)
    for i, document in enumerate(one.evidence):
        at: Path = (*path, "evidence", i)
        yield from known.unknown_types(document.type, (*at, "type"))
        yield from known.unknown_signers([document.by], (*at, "by"))
        yield from _about(document, components, (*at, "about"))


def _about(document: WrittenAttached, stack: Sequence[str], path: Path) -> Iterator[Problem]:
    for word in document.about or ():
        component = word.partition("@")[0]
        if component not in stack:
            said = unknown("component", component, stack)
            yield Problem("unknown-component", *said, path)


def stack_of(written: WrittenCases, one: WrittenCase) -> tuple[str, ...]:
    """The components of the stack that *one* proposes."""
    bases = [base for base in (written.base, one.base) if base is not None]
    parts = [*(base.stack for base in bases), written.change.stack, one.change.stack]
    return tuple(dict.fromkeys(name for part in parts for name in part))
