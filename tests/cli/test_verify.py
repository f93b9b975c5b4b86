"""``assent verify``: the verdict, what backs it, and what every change behind its back leads to."""

import json
from pathlib import Path

import pytest

from cli.places import state_root
from ledger.store.state import Mark, State
from tests.cli.conftest import LedgerFolder, MakeLedger
