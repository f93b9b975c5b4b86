"""``python -m tests.fuzz TARGET --seconds N``: the same promises, searched guided by coverage.

Needs atheris (https://github.com/google/atheris), which is no dependency of this project:
``.venv/bin/python -m pip install atheris``. What it finds becomes an example in
``tests/fuzz/test_hostile_bytes.py``.
"""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec


def main() -> int:
    """Search one target for a while; 1 where atheris is not here."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", help="what reads the bytes, or `list`")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    asked = parser.parse_args()
    if find_spec("atheris") is None and asked.target != "list":
        print("atheris is not installed: .venv/bin/python -m pip install atheris", file=sys.stderr)  # noqa: T201 - the answer
        return 1
    if asked.target == "list":
        print(*import_module("tests.fuzz.targets").TARGETS, sep="\n")  # noqa: T201 - the answer
        return 0
    return _search(asked.target, asked.seconds)


def _search(name: str, seconds: int) -> int:
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["ledger", "cli"]):
        found = import_module("tests.fuzz.targets").TARGETS
    if name not in found:
        print(f"no target {name}; there are: {', '.join(found)}", file=sys.stderr)  # noqa: T201 - the answer
        return 1
    check = import_module("tests.fuzz.harness").check
    seeds = found[name].seeds
    for seed in seeds:
        check(found[name], seed)
    changed = import_module("tests.fuzz.hostile").changed

    def one(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        if provider.ConsumeBool():
            check(found[name], provider.ConsumeBytes(len(data)))
            return
        seed = seeds[provider.ConsumeIntInRange(0, len(seeds) - 1)]
        count = provider.ConsumeIntInRange(1, 4)
        changes = [[provider.ConsumeUInt(2) for _ in range(4)] for _ in range(count)]
        check(found[name], changed(seed, changes))

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096"], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
