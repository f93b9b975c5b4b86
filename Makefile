# Needs only make and Python 3.11 or newer; everything else is installed into .venv.
#
#   make demo       set up, then tell the story of a change with real keys and a real model
#   make test       set up, then run the tests
#   make check      format, lint, types, tests: what a change has to pass
#   make test-all   the tests, with those that take long and more examples
#   make bench      speed, as ratios against references measured in the same run
#   make fuzz       search one reader for bytes that break it (ARGS="list" names them)
#   make mutants    small faults planted one by one: do the tests see them? (ARGS="--package seal")
#   make lock       resolve requirements/*.txt again (needs uv; keeps versions that still fit)
#
# PYTHON=... chooses the interpreter, ARGS="-k name" goes to pytest or the demo.

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check format-check lint types bench fuzz mutants lock clean
# Two targets at once would run two pips in one .venv.
.NOTPARALLEL:

PY := .venv/bin/python
WORKERS ?= 2
ARGS ?=
SOURCE := ledger projections cli tests
export PYTHON

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/demo.done
	@$(PY) -m cli.demo --out demo $(ARGS)

test: .venv/dev.done
	@$(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m "not slow" $(ARGS)

test-all: .venv/dev.done
	@ASSENT_PROFILE=thorough $(PY) -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

check: format-check lint types test

format-check: .venv/dev.done
	@$(PY) -m ruff format --check $(SOURCE)

lint: .venv/dev.done
	@$(PY) -m ruff check $(SOURCE)

types: .venv/dev.done
	@$(PY) -m mypy --strict $(SOURCE)

bench: .venv/dev.done
	@$(PY) -m tests.benchmarks $(ARGS)

fuzz: .venv/dev.done
	@$(PY) -m tests.fuzz $(ARGS)

mutants: .venv/dev.done
	@$(PY) -m tests.mutation $(ARGS)

# What dev installs holds what the demo needs, so the one stamp serves for both.
.venv/dev.done: requirements/dev.txt requirements/install.sh pyproject.toml
	@sh requirements/install.sh dev
	@touch .venv/demo.done

.venv/demo.done: requirements/demo.txt requirements/install.sh pyproject.toml
	@sh requirements/install.sh demo

UV_COMPILE := uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
lock:
	@$(UV_COMPILE) --all-extras pyproject.toml requirements/build.in -o requirements/dev.txt
	@$(UV_COMPILE) --extra demo -c requirements/dev.txt pyproject.toml requirements/build.in -o requirements/demo.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
