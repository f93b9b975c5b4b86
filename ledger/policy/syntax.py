"""From the text of a condition to its tree: a recursive descent over a subset of CEL's grammar.

::

    condition = every { "||" every }
    every     = relation { "&&" relation }
    relation  = unary [ ( "==" | "!=" | ">=" | ">" | "<=" | "<" | "in" ) unary ]
    unary     = { "!" } member
    member    = primary [ "." ( "exists" | "all" ) "(" name "," condition ")" ]
    primary   = "true" | "false" | "LOW" | "MEDIUM" | "HIGH" | name | word
              | "[" [ word { "," word } ] "]" | "(" condition ")"

Whatever this reads, CEL reads the same way. CEL's chains such as ``a == b == c``, its
escapes in words and its comments are left out: they would add ways to misread a rule.
So are macros inside of macros: with them two lines could ask for a year of work.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from ledger.errors import BadInput
from ledger.model.names import TIERS
from ledger.policy.tree import (
    Compare,
    Constant,
    Every,
    Level,
    Member,
    Name,
    Node,
    Not,
    Quantified,
    Some,
    Word,
    Words,
)

LENGTH: Final = 2000
"""The most characters a condition may have."""

DEPTH: Final = 24
"""How deep parentheses, negations and macros may stand in each other."""

REPEATED: Final = 200
"""How much macros over lists in quotes may repeat: words of the list times parts of the body."""

RESERVED: Final = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function"}
    | {"if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
    | {"all", "exists", "bool", "int", "uint", "double", "string", "bytes", "list", "map", "type"}
    | {"dyn"}
)
"""Words that CEL keeps for itself, so that no fact or variable may have them as its name."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["name", "word", "sign", "end"]
    text: str
    at: int


_TOKEN: Final = re.compile(
    r"[ \t\n]*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<word>'[^'\\\n]*'|\"[^\"\\\n]*\")"
    r"|(?P<sign>&&|\|\||==|!=|>=|<=|[!><()\[\],.]))"
)
_RELATIONS: Final = frozenset({"==", "!=", ">=", ">", "<=", "<"})
_LEVELS: Final = {tier.upper(): tier for tier in TIERS}
_HABITS: Final = (
    (re.compile(r"[0-9]"), "numbers have no place here: use the words of `shift`, or [metrics]"),
    (re.compile(r"=[^=]|=\Z"), "write == to compare"),
    (re.compile(r"&"), "write && for `and`"),
    (re.compile(r"\|"), "write || for `or`"),
    (re.compile(r"['\"]"), "words end with the quote they begin with, and have no backslashes"),
    (re.compile(r"[+*/%?:{-]"), "there is no arithmetic, no choice and no comment in a condition"),
)
_SPELLED: Final = {
    "and": "write &&",
    "or": "write ||",
    "not": "write !",
    "null": "there is no null",
}


def parse_tree(text: str) -> Node:
    """Return the tree of *text*.

    Raises :class:`BadInput` (``condition-syntax``, ``condition-too-large``).
    """
    if len(text) > LENGTH:
        raise BadInput(
            "condition-too-large",
            f"a condition of {len(text)} characters",
            hint=f"at most {LENGTH}: make several rules of it",
        )
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    end = len(text.rstrip(" \t\n"))
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            start = len(text) - len(text[place:].lstrip(" \t\n"))
            hints = (hint for habit, hint in _HABITS if habit.match(text, start))
            raise _syntax(start + 1, f"unexpected {text[start]!r}", next(hints, None))
        group = match.lastgroup
        kind: Literal["name", "word", "sign"] = (
            "name" if group == "name" else "word" if group == "word" else "sign"
        )
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        place = match.end()
    return [*tokens, _Token("end", "the end", len(text) + 1)]


def _syntax(at: int, message: str, hint: str | None = None) -> BadInput:
    return BadInput("condition-syntax", f"character {at}: {message}", hint=hint)


def _too_large(at: int, message: str, hint: str) -> BadInput:
    return BadInput("condition-too-large", f"character {at}: {message}", hint=hint)


class _Parser:
    """The tokens of one condition, and how far they have been read."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._repeated = 0
        self._in_macro = False

    def whole(self) -> Node:
        node = self._condition()
        if self._token.kind != "end":
            raise self._unexpected("&&, || or the end")
        return node

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _sees(self, sign: str) -> bool:
        return self._token.kind == "sign" and self._token.text == sign

    def _accept(self, sign: str) -> bool:
        seen = self._sees(sign)
        self._next += seen
        return seen

    def _demand(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._unexpected(repr(sign))

    def _unexpected(self, wanted: str) -> BadInput:
        token = self._token
        found = token.text if token.kind == "end" else repr(token.text)
        hint = _SPELLED.get(token.text)
        if token.text == "(" and self._next and self._tokens[self._next - 1].kind == "name":
            hint = (
                "there are no functions; of macros there are list.exists(x, …) and list.all(x, …)"
            )
        if token.text in _RELATIONS | {"in"}:
            hint = "put parentheses around the first comparison"
        return _syntax(token.at, f"expected {wanted}, found {found}", hint)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            what = f"nested more than {DEPTH} deep"
            raise _too_large(self._token.at, what, "make several rules of it")

    def _condition(self) -> Node:
        self._enter()
        parts = [self._every()]
        while self._accept("||"):
            parts.append(self._every())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Some(tuple(parts), parts[0].at)

    def _every(self) -> Node:
        parts = [self._relation()]
        while self._accept("&&"):
            parts.append(self._relation())
        return parts[0] if len(parts) == 1 else Every(tuple(parts), parts[0].at)

    def _relation(self) -> Node:
        left = self._unary()
        token = self._token
        if token.kind == "sign" and token.text in _RELATIONS:
            self._take()
            return Compare(token.text, left, self._unary(), left.at)
        if token.kind == "name" and token.text == "in":
            self._take()
            return Member(left, self._unary(), left.at)
        return left

    def _unary(self) -> Node:
        at = self._token.at
        if not self._accept("!"):
            return self._member()
        self._enter()
        operand = self._unary()
        self._depth -= 1
        return Not(operand, at)

    def _member(self) -> Node:
        node = self._primary()
        if not self._accept("."):
            return node
        macro = self._token
        if macro.text not in {"exists", "all"}:
            raise self._unexpected("exists or all")
        self._take()
        self._demand("(")
        variable = self._token
        if variable.kind != "name" or variable.text in RESERVED or variable.text in _LEVELS:
            raise self._unexpected("a variable, such as x")
        self._take()
        self._demand(",")
        body = self._body(node, macro)
        self._demand(")")
        kind: Literal["exists", "all"] = "exists" if macro.text == "exists" else "all"
        return Quantified(kind, node, variable.text, body, node.at)

    def _body(self, over: Node, macro: _Token) -> Node:
        """What *macro* asks of each word of *over*, within the limits."""
        if self._in_macro:
            raise _too_large(
                macro.at,
                f".{macro.text}() stands inside another macro",
                "ask for words in quotes inside, or make several rules of it",
            )
        self._in_macro = True
        first = self._next
        body = self._condition()
        self._in_macro = False
        words = len(over.items) if isinstance(over, Words) else 0
        self._repeated += words * (self._next - first)
        if self._repeated > REPEATED:
            raise _too_large(
                over.at,
                f"a list of {words} words, and too much is asked of each of them",
                "make the list or the condition in .exists() and .all() shorter",
            )
        return body

    def _primary(self) -> Node:
        token = self._token
        if self._accept("("):
            node = self._condition()
            self._demand(")")
            return node
        if self._accept("["):
            return self._words(token.at)
        if token.kind == "word":
            return self._word()
        if token.kind != "name" or token.text in RESERVED - {"true", "false"}:
            raise self._unexpected("a fact, a word in quotes, a list or '('")
        self._take()
        if token.text in {"true", "false"}:
            return Constant(token.text == "true", token.at)
        if token.text in _LEVELS:
            return Level(_LEVELS[token.text], token.at)
        return Name(token.text, token.at)

    def _words(self, at: int) -> Words:
        items: list[Word] = []
        while not self._accept("]"):
            if items:
                self._demand(",")
            items.append(self._word())
        return Words(tuple(items), at)

    def _word(self) -> Word:
        token = self._token
        if token.kind != "word":
            raise self._unexpected("a word in quotes")
        self._take()
        return Word(token.text[1:-1], token.at)
