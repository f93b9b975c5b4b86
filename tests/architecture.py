"""The rules of the tree, as functions from a root folder to what breaks them.

Each checker reads the source as text and never imports it. It returns one line
for each violation, ``file:line: what is wrong``. ``tests/test_architecture.py``
holds the real tree to them, and plants a violation of each to see it found.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = ("ledger", "projections", "cli")

_CORE = ("ledger.errors", "ledger.model", "ledger.seal", "ledger.policy", "ledger.decide")
_LEDGER = (*_CORE, "ledger.audit", "ledger.store", "ledger.service")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "ledger": (),
    "ledger.errors": (),
    "ledger.model": _CORE[:1],
    "ledger.seal": _CORE[:2],
    "ledger.policy": _CORE[:3],
    "ledger.decide": _CORE[:4],
    "ledger.audit": _CORE,
    "ledger.store": _CORE[:3],
    "ledger.service": _LEDGER,
    "projections": ("ledger.errors", "ledger.model", "ledger.policy", "ledger.decide"),
    "cli": ("ledger", *_LEDGER, "projections"),
}
"""DESIGN section 15: each layer, and the layers below it. A layer may always import itself."""

PURE = ("ledger.model", "ledger.seal", "ledger.policy", "ledger.decide", "ledger.audit")

CONFINED: dict[str, tuple[str, ...]] = {
    "click": ("cli",),
    "cryptography": ("ledger.seal", "ledger.store.keyfile"),
    "eventsourcing": ("ledger.store",),
    "jinja2": ("cli.page",),
    "matplotlib": ("cli.plots", "cli.plots_drawn"),
    "nacl": ("ledger.seal", "ledger.store.keyfile"),
    "numpy": ("cli.demo",),
    "prometheus_client": ("cli.metrics_prometheus",),
    "psycopg": ("ledger.store", "projections"),
    "psycopg_pool": ("ledger.store.driver",),
    "pyarrow": ("cli.views_export_forms",),
    "pydantic": PACKAGES,
    "pydantic_core": PACKAGES,
    "rich": ("cli",),
    "sklearn": ("cli.demo",),
    "sqlalchemy": ("projections",),
    "tomlkit": ("ledger.model.lines",),
}
"""Every third party, and the only places that may import it. What is not here is no dependency."""

_EFFECTFUL = frozenset(
    """asyncio atexit concurrent ctypes fcntl fileinput ftplib getpass glob http importlib io locale
    logging mmap multiprocessing os pathlib pickle platform pty queue random runpy sched secrets
    select selectors shelve shutil signal smtplib socket socketserver sqlite3 ssl subprocess
    sys tempfile threading time tty urllib warnings webbrowser""".split()
)
_VALUES_ONLY = ("urllib.parse",)
"""Parts of those that turn values into values."""
_CALLS = frozenset(
    ("__import__", "breakpoint", "eval", "exec", "globals", "input", "open", "print")
)
_CLOCKS = frozenset(("now", "utcnow", "today"))
_CHANCE = frozenset(("uuid1", "uuid4"))
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its path below the root, its text and its tree."""

    name: str
    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST, message: str) -> str:
        """Return *message* with the place of *node* in front."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {message}"

    def within(self, *places: str) -> bool:
        """Whether this module is one of *places*, or inside one."""
        return any(_inside(self.name, place) for place in places)


def modules(root: Path) -> list[Module]:
    """Every module of the product below *root*; finding none is an error, not a success."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root)
            parts = relative.with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            found.append(Module(name, relative.as_posix(), text, _tree(text)))
    if not found:
        raise LookupError(f"no modules below {root}: nothing would be checked")
    return found


@cache
def _tree(text: str) -> ast.Module:
    """The tree of *text*, which no rule changes: each of them reads all of the source."""
    return ast.parse(text)


def empty_layers(root: Path) -> list[str]:
    """Layers without a module, which every other rule would hold for in silence."""
    names = [module.name for module in modules(root)]
    return [
        f"{layer.replace('.', '/')}:1: no modules"
        for layer in MAY_IMPORT
        if not any(_inside(name, layer) for name in names)
    ]


def _inside(name: str, place: str) -> bool:
    return name == place or name.startswith(place + ".")


def _layer(name: str) -> str | None:
    """The layer *name* belongs to: the longest entry of the table that holds it."""
    holders = [layer for layer in MAY_IMPORT if layer != "ledger" and _inside(name, layer)]
    return max(holders, key=len) if holders else ("ledger" if name == "ledger" else None)


def _imports(module: Module, known: frozenset[str]) -> Iterator[tuple[ast.stmt, str]]:
    """Each import of *module* as an absolute name; a module where ``from`` names one."""
    package = module.name.split(".")
    if not module.path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from ledger import model` names a layer, not something inside `ledger`.
                inner = f"{base}.{alias.name}"
                yield node, inner if inner in known or inner in MAY_IMPORT else base


def _all_imports(root: Path) -> Iterator[tuple[Module, ast.stmt, str]]:
    found = modules(root)
    known = frozenset(module.name for module in found)
    for module in found:
        yield from ((module, node, name) for node, name in _imports(module, known))


def _ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def wrong_way_imports(root: Path) -> list[str]:
    """Imports against the one direction of the layers, and modules that belong to no layer."""
    wrong = [m.at(m.tree, f"{m.name} is in no layer") for m in modules(root) if not _layer(m.name)]
    for module, node, name in _all_imports(root):
        if not _ours(name):
            continue
        here, there = _layer(module.name), _layer(name)
        if here and there != here and there not in MAY_IMPORT[here]:
            wrong.append(module.at(node, f"{here} must not import {there or name}"))
    return wrong


def import_cycles(root: Path) -> list[str]:
    """Modules of ours that, followed along their imports, lead back to themselves."""
    edges: dict[str, dict[str, str]] = {}
    for module, node, name in _all_imports(root):
        if _ours(name) and name != module.name:
            edges.setdefault(module.name, {}).setdefault(name, module.at(node, ""))
    done: set[str] = set()
    wrong: list[str] = []

    def follow(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            cycle = (*trail[trail.index(name) :], name)
            wrong.append(f"{edges[cycle[-2]][name]}a cycle: {' -> '.join(cycle)}")
        elif name not in done:
            for target in edges.get(name, {}):
                follow(target, (*trail, name))
            done.add(name)

    for start in sorted(edges):
        follow(start, ())
    return wrong


def late_imports(root: Path) -> list[str]:
    """Imports of our own packages inside functions of ``ledger`` and ``projections``."""
    wrong = []
    for module in modules(root):
        if module.within("cli"):
            continue
        functions = [node for node in ast.walk(module.tree) if isinstance(node, _Function)]
        for node in chain.from_iterable(map(ast.walk, functions)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = ["ledger" if node.level else node.module or ""]
            if any(map(_ours, names)):
                wrong.append(module.at(node, "imports our own package inside a function"))
    return sorted(set(wrong))


def strayed_third_parties(root: Path) -> list[str]:
    """Third parties imported outside the places that own them, or not known at all."""
    wrong = []
    for module, node, name in _all_imports(root):
        top = name.split(".")[0]
        if _ours(name) or top in sys.stdlib_module_names:
            continue
        if top not in CONFINED:
            wrong.append(module.at(node, f"{top} is not a dependency of ours"))
        elif not module.within(*CONFINED[top]):
            wrong.append(module.at(node, f"{top} belongs to {', '.join(CONFINED[top])} only"))
    return wrong


def star_imports(root: Path) -> list[str]:
    """``from x import *``, which hides where a name comes from."""
    return [
        module.at(node, "import * hides where a name comes from")
        for module in modules(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def effects_in_pure_folders(root: Path) -> list[str]:
    """Clock, chance, file, socket, process and environment where only values may flow."""
    wrong = []
    for module, node, name in _all_imports(root):
        effectful = name.split(".")[0] in _EFFECTFUL and name not in _VALUES_ONLY
        if module.within(*PURE) and effectful:
            wrong.append(module.at(node, f"{name} is not for a pure folder"))
    for module in modules(root):
        for part in ast.walk(module.tree) if module.within(*PURE) else ():
            called = _name(part.func) if isinstance(part, ast.Call) else ""
            plain = isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
            if (plain and called in _CALLS) or called in _CLOCKS:
                wrong.append(module.at(part, f"{called}() is not for a pure folder"))
            elif _names_chance(part):
                wrong.append(module.at(part, "a random uuid is not for a pure folder"))
    return wrong


def _name(node: ast.expr) -> str:
    """The last part of a dotted name: ``datetime.now`` is ``now``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _names_chance(node: ast.AST) -> bool:
    named = _name(node) if isinstance(node, ast.Attribute | ast.Name) else ""
    return named in _CHANCE or (
        isinstance(node, ast.ImportFrom) and any(alias.name in _CHANCE for alias in node.names)
    )
