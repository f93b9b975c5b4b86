"""Files of a few keys, as TOML or, where their name ends in ``.json``, as JSON.

Both know the same keys. Numbers keep the digits of the file; each problem names its line.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from cli.change import decomposed, load_change, raise_first
from cli.metrics_file import parse_json
from cli.params import read_text_file
from ledger.errors import BadInput
from ledger.model.explain import explain
from ledger.model.problems import Path as Place
from ledger.model.problems import Problem
from ledger.model.toml import DEPTH, tuples

JSON: Final = ".json"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was read: its text, and its keys with their values."""

    path: Path
    text: str
    data: dict[str, Any]

    def validated(self, model_class: type[Model]) -> Model:
        """The file as a *model_class*.

        Raises :class:`BadInput` with file and line, as :func:`ledger.model.toml.validate`.
        """
        try:
            return model_class.model_validate(tuples(self.data))
        except ValidationError as error:
            self.reject(explain(error, model_class, self.data))
            raise

    def reject(self, problems: list[Problem]) -> None:
        """Raise the first of *problems*, if any, as :class:`BadInput` with file and line."""
        if self.path.suffix != JSON:
            raise_first(problems, self.text, self.path)
        elif problems:
            one = problems[0]
            line = _line_in_json(self.text, one.path)
            raise BadInput(one.code, one.message, hint=one.hint, file=str(self.path), line=line)


def read_written(path: Path) -> WrittenFile:
    """The file at *path*.

    Raises :class:`BadInput` with file and line: what reading TOML raises, or what
    :func:`cli.metrics_file.parse_json` does, ``not-a-table``, ``not-nfc``.
    """
    if path.suffix != JSON:
        return WrittenFile(path, *load_change(path))
    text = read_text_file(path)
    data = parse_json(text, path)
    if not isinstance(data, dict):
        raise BadInput(
            "not-a-table", "this is no object with keys", hint='write {"…": …}', file=str(path)
        )
    if _is_deep(data, DEPTH):
        hint = f"at most {DEPTH} levels are read"
        raise BadInput("not-json", "nested too deep", hint=hint, file=str(path))
    written = WrittenFile(path, text, data)
    written.reject(list(decomposed(data, ())))
    return written


def _is_deep(value: object, levels: int) -> bool:
    """Whether *value* holds tables and lists in more than so many *levels*."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inner)


def _line_in_json(text: str, place: Place) -> int:
    """The line of the last key of *place* that is found behind those before it."""
    at = 0
    for step in place:
        found = text.find(f'"{step}"', at)
        at = at if found < 0 else found
    return text.count("\n", 0, at) + 1
