"""The numbers of documents as rows: each with its confidence interval, where it has one."""

from ledger.decide import evidence
from ledger.model.events import Metric
from ledger.model.stack import ComponentDigest
from projections.aliases import history_of
from projections.evidence import metric_list
from projections.runner import Views
from projections.texts import metrics_of
from tests.organisation import Organisation, digest
from tests.projections.histories import fill

SURE = Metric(name="auc", segment=None, value="0.95", low="0.94", high="0.960", level="0.95")
BARE = Metric(name="auc", segment="web", value="0.9", low=None, high=None, level=None)


def attach(org: Organisation, of: str) -> int:
    """Attach a report with both numbers; its position."""
    stack = org.change(of).stack.digests()
    judged = org.act(
        "erin",
        lambda s, by, _: evidence.attach(
            s,
            by=by,
            proposal=of,
            type_="evaluation-report",
            name="report.json",
            digest=digest("report"),
            size=10,
            subject=(ComponentDigest(component="model", digest=stack["model"]),),
            metrics=(SURE, BARE),
            expires=None,
        ),
    )
    return judged.position


def test_a_number_is_a_row_with_its_interval_and_the_baseline_keeps_it() -> None:
    org = Organisation()
    of = org.open("frank")
    position = attach(org, of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    org.complete("omar")

    with Views() as views:
        fill(views, org, 3)
        with views.reading() as connection:
            rows: list[list[object]] = [list(row) for row in metric_list(connection, position)]
            (stable,) = history_of(connection, "fraud/production")

    assert rows == [
        [position, "auc", "", "0.95", "0.94", "0.960", "0.95"],
        [position, "auc", "web", "0.9", None, None, None],
    ]
    assert metrics_of(str(stable.metrics)) == (SURE, BARE)
