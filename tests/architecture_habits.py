"""Habits of the tree beside its imports: size, names, docstrings, and quiet at import.

Checkers of the same shape as those of ``tests/architecture.py``.
"""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.architecture import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_MODULE = 300
LONGEST_FUNCTION = 60

ALONE = frozenset(["cli.bundled.verify"])
"""Programs of one file on purpose, which travel without the rest of the tree."""

_CALLED_AT_IMPORT = frozenset(
    """breakpoint connect create_engine eval exec getenv input mkdir now open print read_bytes
    read_text sleep system today token_bytes token_hex unlink urandom urlopen utcnow uuid1 uuid4
    write_bytes write_text""".split()
)
_VAGUE = frozenset("common helper helpers manager managers misc util utilities utils".split())
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def unvalidated_copies(root: Path) -> list[str]:
    """``model_copy`` and ``model_construct`` in ``ledger``: neither validates."""
    return [
        module.at(node, f"{node.attr} does not validate")
        for module in modules(root)
        if module.within("ledger")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("model_copy", "model_construct")
    ]


def long_modules(root: Path) -> list[str]:
    """Modules longer than the limit, but for those that stand :data:`ALONE`."""
    return [
        f"{module.path}:{lines}: {lines} lines, more than {LONGEST_MODULE}"
        for module in modules(root)
        if module.name not in ALONE and (lines := len(module.text.splitlines())) > LONGEST_MODULE
    ]


def long_functions(root: Path) -> list[str]:
    """Functions longer than the limit, docstring and signature included."""
    return [
        module.at(node, f"{node.name} has {lines} lines, more than {LONGEST_FUNCTION}")
        for module in modules(root)
        for node in ast.walk(module.tree)
        if isinstance(node, _Function)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def vague_names(root: Path) -> list[str]:
    """Files and folders whose names say nothing about what is in them."""
    return [
        module.at(module.tree, f"{part!r} says nothing about what is in it")
        for module in modules(root)
        for part in PurePosixPath(module.path).with_suffix("").parts
        if part.strip("_") in _VAGUE
    ]


def missing_docstrings(root: Path) -> list[str]:
    """Modules, and public classes, functions and methods, that do not say what they are."""
    wrong = []
    for module in modules(root):
        if not ast.get_docstring(module.tree):
            wrong.append(module.at(module.tree, "the module has no docstring"))
        wrong += [
            module.at(node, f"{node.name} has no docstring")
            for node in _public(module.tree)
            if not ast.get_docstring(node)
        ]
    return wrong


def _public(
    scope: ast.Module | ast.ClassDef,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in scope.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node
            yield from _public(node)
        elif isinstance(node, _Function) and not node.name.startswith("_"):
            yield node


def work_at_import(root: Path) -> list[str]:
    """Top-level statements that are no definitions, and definitions that reach outside."""
    wrong: list[str] = []
    for module in modules(root):
        wrong += [
            module.at(node, "does something when imported")
            for node in module.tree.body
            if not _defines(node)
        ]
        wrong += [
            module.at(call, f"calls {ast.unparse(call.func)}() when imported")
            for call in _calls_at_import(module)
            if ast.unparse(call.func).rpartition(".")[2] in _CALLED_AT_IMPORT
        ]
    return wrong


def _defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'")
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(
        node, (ast.Import, ast.ImportFrom, ast.ClassDef, *_Function, ast.Assign, ast.AnnAssign)
    )


def _calls_at_import(module: Module) -> Iterator[ast.Call]:
    """Calls outside the bodies of functions: values, decorators, defaults, class bodies."""
    waiting: list[ast.AST] = [n for n in module.tree.body if not isinstance(n, ast.If)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, _Function):
            waiting += [*node.decorator_list, *node.args.defaults]
            waiting += [default for default in node.args.kw_defaults if default]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
