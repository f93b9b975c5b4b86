"""What may be attached, and what may be taken over."""

import pytest

from ledger.decide import evidence
from ledger.decide.judgement import Judged
from ledger.model.events import Metric
from ledger.model.stack import ComponentDigest
from tests.acts import refused, take_back, take_over
from tests.organisation import Organisation, change, digest, metric, stack

MODEL = ComponentDigest(component="model", digest=digest("model m1"))
DATA = ComponentDigest(component="dataset", digest=digest("dataset d1"))


def attach(
    org: Organisation,
    of: str,
    *,
    subject: tuple[ComponentDigest, ...] = (MODEL,),
    metrics: tuple[Metric, ...] = (),
    document: str = "report",
    taken_from: int | None = None,
) -> Judged:
    return org.act(
        "erin",
        lambda s, by, _: evidence.attach(
            s,
            by=by,
            proposal=of,
            type_="evaluation-report",
            name="report.json",
            digest=digest(document),
            size=10,
            subject=subject,
            metrics=metrics,
            expires=None,
            taken_from=taken_from,
        ),
    )


def test_any_signer_attaches_a_document_about_the_revision() -> None:
    org = Organisation()
    of = org.open("frank")

    attach(org, of, subject=(DATA, MODEL))

    assert len(org.proposal(of).documents) == 1


def test_a_document_about_another_component_is_refused() -> None:
    org = Organisation()
    of = org.open("frank", change(stack(model="m2")))

    with refused("subject-differs", "has no model of digest"):
        attach(org, of)


def test_a_subject_is_sorted_and_names_each_component_once() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("subject-order"):
        attach(org, of, subject=(MODEL, DATA))
    with refused("subject-order"):
        attach(org, of, subject=(MODEL, MODEL))


@pytest.mark.parametrize("segment", [None, "north"])
def test_a_document_reports_a_number_once(segment: str | None) -> None:
    org = Organisation()
    of = org.open("frank")
    one = metric("0.9", segment=segment)
    other = metric("0.1", segment=segment)

    with refused("metric-twice", "the metric auc"):
        attach(org, of, metrics=(one, other))
    attach(org, of, metrics=(one, metric("0.1", segment="south")))


def test_only_an_unchanged_document_is_taken_over() -> None:
    org = Organisation()
    first = attach(org, org.open("frank"))
    of = org.open("frank")

    with refused("evidence-differs", "must be unchanged"):
        attach(org, of, taken_from=first.position, document="another")
    with refused("evidence-differs"):
        better = (metric("1"),)
        attach(org, of, taken_from=first.position, metrics=better)
    attach(org, of, taken_from=first.position)


def test_a_document_is_taken_from_where_it_was_attached_first() -> None:
    org = Organisation()
    first = attach(org, org.open("frank"))
    second = attach(org, org.open("frank"), taken_from=first.position)
    of = org.open("frank")

    with refused("not-the-first", "was itself taken over"):
        attach(org, of, taken_from=second.position)


@pytest.mark.parametrize("position", [0, 1, 10**9])
def test_a_document_is_not_taken_from_where_there_is_none(position: int) -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("unknown-evidence", f"at position {position}"):
        attach(org, of, taken_from=position)


def test_what_was_never_attached_is_not_taken_back() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("unknown-evidence"):
        take_back(org, "erin", of)


def test_a_document_is_taken_back_once() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    take_back(org, "erin", of)

    with refused("unknown-evidence"):
        take_back(org, "erin", of)


def test_who_took_a_document_over_and_who_wrote_it_may_both_take_it_back() -> None:
    for name in ("rita", "erin"):
        org = Organisation()
        first = org.attach("erin", org.open("frank"))
        of = org.open("frank")
        take_over(org, "rita", of, first.position)

        take_back(org, name, of)

        assert org.proposal(of).documents[0].withdrawn


def test_a_signer_attaches_a_bounded_number_of_documents_to_a_proposal() -> None:
    """Else one could make its row, which every entry about it reads, as long as may be."""
    org = Organisation()
    of, other = org.open("frank"), org.open("frank")
    for number in range(evidence.DOCUMENTS):
        attach(org, of, document=str(number))

    with refused("too-many-documents", "erin has attached 64 documents to #1"):
        attach(org, of, document="one more")
    attach(org, other)
    org.attach("frank", of)
