"""What people see before they sign that a release goes on, was observed or is taken back."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import DAY, PRODUCTION, completed, on_disk, seen, set_clock, started
from tests.organisation import Organisation, metric
from tests.shell import Result
from tests.terminal import at_a_terminal

GOOD = 'source = "board 7"\nmetrics = { retry_rate = "0.01", latency_p95_ms = "40" }\n'
WORSE = 'source = "board 7"\nmetrics = { retry_rate = "0.06" }\n'
BREACH = 'source = "board 7"\nincident = "INC-7"\nmetrics = { retry_rate = "0.09" }\n'


def guarded(org: Organisation) -> None:
    """Bring the release into its second stage, and observe that to its end."""
    org.now += DAY
    org.observe("erin", PRODUCTION)
    org.advance("omar")


def passed(org: Organisation) -> None:
    org.now += DAY
    org.observe("erin", PRODUCTION, metric("0.02", name="retry_rate"))


def at_terminal(ledger: LedgerFolder, *words: str | Path, as_: str, answer: str = "n") -> Result:
    """Run a verb of release as a person at a terminal would."""
    return ledger.assent("release", *words, as_=as_, tty=True, input=f"{answer}\n")


def text(result: Result) -> str:
    """What was shown, without colours and runs of spaces."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", result.err)
    return "\n".join(" ".join(line.split()) for line in plain.splitlines())


def review_digest(ledger: LedgerFolder) -> str:
    shown = ledger.assent("release", "show", PRODUCTION, "--json").json
    return str(shown["review_digest"]).removeprefix("sha256:")


def test_who_advances_sees_the_next_stage_and_the_observation_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, started, guarded, passed)

    digest = review_digest(ledger)
    wrong = at_terminal(ledger, "advance", PRODUCTION, as_="omar", answer="000000")
    right = at_terminal(ledger, "advance", PRODUCTION, as_="omar", answer=digest[:6])

    shown = text(wrong)
    assert "stage now guarded, since 2026-09-22T" in shown
    assert "next stage general, share -, soak -" in shown
    assert "by erin" in shown
    assert "retry_rate 0.02 - max 0.05 holds" in shown
    assert digest in shown
    assert (wrong.exit, "not-confirmed: " in wrong.err) == (2, True)
    assert right.exit == 0
    assert right.out.startswith("release.advanced of #2")


def test_who_completes_sees_what_will_run_and_how_long_it_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(
        tmp_path, monkeypatch, started, guarded, passed, lambda org: org.advance("omar")
    )

    result = at_terminal(ledger, "complete", PRODUCTION, as_="omar", answer="000000")

    shown = text(result)
    assert "runs now nothing" in shown
    assert "will run #2 for everybody" in shown
    assert "then watched for 7d" in shown
    assert "passed by nothing: the stage asks for no observation" in shown


def test_who_observes_sees_each_number_against_its_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, started, guarded)

    early = text(at_terminal(ledger, "observe", PRODUCTION, seen(ledger, GOOD), as_="erin"))
    set_clock(monkeypatch, ledger.organisation, DAY)
    late = text(at_terminal(ledger, "observe", PRODUCTION, seen(ledger, GOOD), as_="erin"))

    assert "release #2, in the stage guarded" in early
    assert "source board 7" in early
    assert "retry_rate 0.01 - max 0.05 holds" in early
    assert "latency_p95_ms 40 - -" in early
    assert "It passes\nbut the soak ends 2026-09-23T" in early
    assert "It passes\nso whoever operates may go on" in late


def test_who_would_end_a_release_is_told_so_before_they_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, started, guarded)
    size = ledger.size()

    worse = at_terminal(ledger, "observe", PRODUCTION, seen(ledger, WORSE), as_="erin")
    breach = at_terminal(ledger, "observe", PRODUCTION, seen(ledger, BREACH), as_="erin")

    ends = "THIS ENDS THE RELEASE: it cannot pass the stage guarded any more"
    assert ends in text(worse)
    assert "does not pass retry_rate is 0.06, above the maximum 0.05" in text(worse)
    assert "breaches a trigger" not in text(worse)
    assert ends in text(breach)
    assert "breaches a trigger retry_rate is 0.09, above the maximum 0.08" in text(breach)
    assert "so assent release rollback fraud/production" in text(breach)
    assert ledger.size() == size


def test_who_rolls_back_sees_what_runs_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(
        tmp_path,
        monkeypatch,
        completed,
        lambda org: completed(org, "m2"),
        lambda org: org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate")),
    )

    result = at_terminal(ledger, "rollback", PRODUCTION, as_="olga")

    shown = text(result)
    assert "taken back #4, completed 2026-09-25T" in shown
    assert "runs now #4: dataset d1, model m2" in shown
    assert "will run #2: dataset d1, model m1" in shown
    assert "trigger retry_rate is 0.09, above the maximum 0.08" in shown
    assert "review due 2026-09-27T" in shown
    assert "position 39, by watchdog" in shown
    assert result.exit == 2


def test_who_takes_back_what_runs_sees_what_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, lambda org: started(org, "m2"))
    words = ("rollback", PRODUCTION, "--trigger", "losses")

    newest = text(at_terminal(ledger, *words, as_="olga"))
    stable = text(at_terminal(ledger, *words, "--stable", as_="olga"))

    assert "taken back #4, under way in the stage shadow" in newest
    assert "will run #2: dataset d1, model m1, unchanged" in newest
    assert "taken back #2, completed" in stable
    assert "and with it #4, under way in the stage shadow" in stable
    assert "will run nothing" in stable


@pytest.mark.parametrize(
    "words",
    [
        ("release", "show", PRODUCTION),
        ("alias", "history", PRODUCTION),
        ("alias", "diff", PRODUCTION, "#2", "#4"),
        ("review", "list"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_is_looked_at_fits_a_terminal(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(
        tmp_path,
        monkeypatch,
        completed,
        lambda org: completed(org, "m2"),
        lambda org: org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate")),
        lambda org: org.roll_back("olga", observation=39),
    )
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ledger.path)

    status, shown = at_a_terminal([sys.executable, "-m", "cli.main", *words], [])

    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).splitlines()
    assert status == 0, shown
    assert PRODUCTION in shown or "#4" in shown
    assert max(len(line.rstrip()) for line in lines) <= 80
