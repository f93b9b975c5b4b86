#!/bin/sh
# Set up .venv for one purpose and say one line for each step.
#
#   sh requirements/install.sh demo|dev
#
# Two steps on purpose: pip refuses an editable install while it checks hashes,
# so the exact versions come first, and the project follows without looking
# for anything (the build backend is among those versions).
# Nothing is compiled ahead: most of what is installed is never imported, and Python compiles the rest.
# PYTHON=/path/to/python chooses the interpreter; otherwise the first suitable one is taken.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:?say demo or dev}
list=requirements/$purpose.txt
log=.venv/setup.log
unset PYTHONHOME PYTHONPATH PIP_CONSTRAINT PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_COLOR=1

stop() { echo "set-up: $1" >&2; exit 1; }

version() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || true; }
recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
whole() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    lacking=
    seen=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        found=$(version "$candidate")
        [ -n "$found" ] || continue
        seen="$seen $found"
        recent "$candidate" || continue
        if whole "$candidate"; then python=$candidate; return; fi
        lacking=$found
    done
    [ -z "$lacking" ] || stop "Python $lacking is here without its venv module; install it (on Debian and Ubuntu: apt install python3-venv) and run make again."
    [ -z "$seen" ] || stop "Assent needs Python 3.11 or newer, and found only$seen; install one, or name it: make PYTHON=/path/to/python3"
    stop "no Python found${PYTHON:+ at $PYTHON}; Assent needs 3.11 or newer. Install one, or name it: make PYTHON=/path/to/python3"
}

quietly() { # a sentence, then the command whose output matters only when it fails
    printf 'set-up: %s ... ' "$1"
    began=$(date +%s)
    shift
    if "$@" >>"$log" 2>&1; then
        echo "done in $(($(date +%s) - began)) s"
    else
        echo failed
        tail -n 15 "$log" >&2
        stop "the step above failed; its whole output is in $log"
    fi
}

# A virtual environment whose interpreter has gone, or which was never finished, is made again.
if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    find_python
    mkdir -p .venv
    # Not --clear: that would empty the folder this log is in.
    rm -rf .venv/bin .venv/lib .venv/lib64 .venv/include .venv/pyvenv.cfg .venv/*.done
    : >"$log"
    quietly "making .venv with Python $(version "$python")" "$python" -m venv .venv
fi
: >"$log"
count=$(grep -c '^[a-z0-9]' "$list")
quietly "installing the exact versions in $list, up to $count packages, every hash checked" \
    .venv/bin/python -m pip install --no-compile --require-hashes -r "$list"
quietly "installing assent itself, editable" \
    .venv/bin/python -m pip install --no-deps --no-build-isolation --no-index -e .
touch ".venv/$purpose.done"
