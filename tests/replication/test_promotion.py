"""The first server is lost, and a standby that had not got everything takes its place."""

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from cli.places import state_root
from ledger.decide import talk
from ledger.errors import AssentError, Uncheckable
from ledger.store.postgres import open_schema
from ledger.store.state import State
from tests.cli.conftest import placed_of
from tests.clusters import Cluster, cluster, programs, standby, until
from tests.organisation import START, Organisation
from tests.replication.conftest import SCALE, ServerLedger
from tests.shell import Result

pytestmark = pytest.mark.needs("postgres-servers", "sh")

SCHEMA = "fraud"
ENTRIES = 200
TO_NOW = 35_200

PUT_BACK = f"""
SELECT format('SELECT * FROM {SCHEMA}.append_entries(%s, ARRAY[%L], ARRAY[%s]::bigint[],
                      ARRAY[%L], ARRAY[%L::bytea]);',
              l.leaf_index, e.originator_id, e.originator_version, e.topic, e.state)
  FROM {SCHEMA}.merkle_leaf AS l JOIN {SCHEMA}.stored_events AS e USING (notification_id)
  WHERE l.leaf_index >= :size ORDER BY l.leaf_index;
"""  # noqa: S608 - a constant


class Others:
    """A program of others that goes on appending until it may not."""

    def __init__(self, ledger: ServerLedger, org: Organisation, of: str) -> None:
        self.acknowledged: list[int] = []
        self.trouble: AssentError | None = None
        self._org, self._ledger = org, ledger
        with open_schema(ledger.address()) as log:
            for row in log.read(len(org.envelopes), 100):
                org.smuggle(row.raw or b"")
        self._size = len(org.envelopes)
        org.now = START + TO_NOW
        for n in range(ENTRIES):
            org.act("bob", lambda s, _, __, n=n: talk.comment(s, proposal=of, text=f"{n}"))  # type: ignore[misc]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            with open_schema(self._ledger.address()) as log:
                for at, raw in enumerate(self._org.envelopes[self._size :], self._size):
                    log.append([placed_of(raw)], size=at)
                    self.acknowledged.append(at)
        except AssentError as trouble:
            self.trouble = trouble


class Loss:
    """*ledger*, of which *second* has only the first *kept* entries when *first* is gone."""

    def __init__(self, folder: Path, first: Cluster, second: Cluster) -> None:
        self.organisation = Organisation()
        self.of = self.organisation.open("frank")
        self.first, self.second = first, second
        self.ledger = ServerLedger(folder, first, self.organisation, SCHEMA)
        assert self.comment("that came over", first).exit == 0
        second.has_all_of(first)
        self.kept = self.size(second)
        second.cut_off()
        assert self.comment("that did not", first).exit == 0
        self.checkpoint = folder / "before.checkpoint"
        self.ledger.assent("audit", "checkpoint", "--as", "rita", "--out", self.checkpoint)

    def comment(self, text: str, at: Cluster) -> Result:
        """Say something as alice."""
        return self.ledger.assent("proposal", "comment", 1, text, as_="alice", at=at)

    def size(self, at: Cluster) -> int:
        """How many entries a server has."""
        with open_schema(self.ledger.address(at)) as log:
            return log.size()

    def put_back(self) -> str:
        """What the old server has beyond the new one is put in as the page says."""
        found = programs()
        assert found is not None
        (said,) = re.findall(r"```sh\n(psql .*?)```", SCALE.read_text("utf-8"), re.DOTALL)
        done = subprocess.run(
            ["sh", "-ec", said.replace("size=10", f"size={self.kept}")],
            env={"PATH": f"{found}:/bin", "OLD": self.first.url(), "NEW": self.second.url()},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def loss(tmp_path: Path) -> Iterator[Loss]:
    with cluster() as first, standby(first) as second:
        yield Loss(tmp_path, first, second)


@pytest.mark.slow
def test_acknowledged_entries_that_did_not_arrive_are_an_alarm_and_may_be_put_back(
    loss: Loss,
) -> None:
    """Killed under a program that writes; its disk is found again before anybody went on."""
    first, second = loss.first, loss.second
    with Others(loss.ledger, loss.organisation, loss.of) as others:
        until(lambda: len(others.acknowledged) >= 5)
        first.kill()
    second.promote()

    assert isinstance(others.trouble, Uncheckable), others.trouble
    assert others.trouble.code in {"outcome-unknown", "store-unavailable"}
    found = loss.ledger.assent("verify", "--json", at=second)
    assert found.exit == 4
    assert found.json["verdict"] == "rolled-back"
    assert [one["rule"] for one in found.json["findings"]] == ["log-shorter"]
    receipts = State(state_root(), loss.ledger.id).receipts()
    assert [one.position for one in receipts if one.position >= loss.kept] == [loss.kept]
    assert loss.comment("as if nothing were", second).exit == 4
    compared = loss.ledger.assent("audit", "compare", loss.checkpoint, "-", at=second)
    assert (compared.exit, compared.err.split(":")[0]) == (4, "log-shorter")

    first.start()
    assert loss.size(first) - len(others.acknowledged) - loss.kept - 1 in {0, 1}
    assert loss.put_back().count("appended|") == loss.size(first) - loss.kept
    assert loss.size(first) == loss.size(second)
    assert loss.ledger.assent("verify", at=second).exit == 0
    assert loss.ledger.assent("audit", "compare", loss.checkpoint, "-", at=second).exit == 0
    assert loss.comment("and on it goes", second).exit == 0


def test_once_others_have_gone_on_what_was_lost_is_signed_anew(loss: Loss, tmp_path: Path) -> None:
    """Stops go on despite the alarm; else a client has to be told that its end is gone."""
    second = loss.second
    loss.first.kill()
    second.promote()

    stopped = loss.ledger.assent(
        "override", "set", "generation", "--reason", "who knows", as_="alice", at=second
    )
    assert stopped.exit == 0, stopped.err
    assert "ALARM log-shorter" in stopped.err
    assert loss.comment("as if nothing were", second).exit == 4
    found = loss.ledger.assent("verify", "--json", at=second)
    codes = {(one["position"], one["rule"]) for one in found.json["findings"]}
    assert found.exit == 4
    assert (loss.kept, "receipt-differs") in codes, codes

    kept = state_root() / loss.ledger.id
    kept.rename(tmp_path / "state-before-the-loss")
    assert loss.ledger.assent("trust", loss.ledger.id, at=second).exit == 0
    assert loss.ledger.assent("verify", at=second).exit == 0
    assert loss.comment("that did not", second).exit == 0
    compared = loss.ledger.assent("audit", "compare", loss.checkpoint, "-", at=second)
    assert compared.exit == 4
    assert compared.out.startswith("FORK: two histories of ")
