"""Good examples of what people write by hand, for those readers that have none in other tests."""

from typing import Final

from tests.organisation import unsafe_key

ROSTER: Final = f"""\
ledger = "fraud"
root_threshold = 1
rehearsal = true
solo = true
[signer.alice]
kind = "person"
key = "{unsafe_key("alice").public.text}"
roles = ["model-owner", "auditor"]
root = true
[signer.deployer]
kind = "service"
accountable = "alice"
key = "{unsafe_key("deployer").public.text}"
"""

OBSERVATIONS: Final = (
    """\
source = "grafana"
from = "2026-11-20T00:00:00Z"
until = "2026-11-21T00:00:00Z"
incident = "losses"
summary = "it went up"
[metrics]
auc = "0.912"
recall = { value = "0.9", low = "0.85", high = "0.95" }
count = 12
[segments.web]
auc = "0.9"
""",
    (
        '{"source":"grafana","metrics":{"auc":0.912,"recall":{"value":0.9,"low":0.85,"high":0.95}},'
        '"segments":{"web":{"auc":0.1}},"why":"it is so"}'
    ),
)

METRICS: Final = (
    '{"auc":0.912,"recall":{"value":0.9,"low":0.85,"high":0.95},"segments":{"web":{"auc":"0.9"}}}',
    (
        '<?xml version="1.0"?>\n<testsuites><testsuite name="a" tests="2" failures="1">'
        '<testcase classname="b" name="c"/><testcase name="d"><failure>e</failure></testcase>'
        "</testsuite></testsuites>\n"
    ),
)

CASES: Final = """\
policy = "policy.toml"
opened_by = "frank"
[people]
alice = ["model-owner"]
frank = []
[services]
breeder = { accountable = "alice" }
[root]
signers = ["alice"]
threshold = 1
[base]
stack = { model = "m1" }
metrics = { auc = "0.95" }
[change]
alias = "fraud/production"
declares = { personal_data = false }
[[case]]
id = "new-model"
because = "a new model alone is an ordinary change"
change.stack.model = "m2"
evidence = [{ type = "evaluation-report", by = "alice", age = "3d", metrics = { auc = "0.95" } }]
approvals = [{ by = "alice", role = "model-owner", age = "1d" }]
expect = { tier = "medium", verdict = "ready", statuses = { data = "not-applicable" } }
"""

CONDITIONS: Final = (
    'tier == "high" || model_changed && !online',
    '"threshold" in mutations && channels.exists(c, c != "web")',
    '(alias == "fraud/production") == (personal_data == true)',
    'mutations.all(one, one in ["weights", "threshold"])',
)

CONFIGURATIONS: Final = (
    'log = "log.sqlite"\nevidence = "evidence"\n',
    'log = "postgresql://db.example:5432/governance?schema=fraud&sslmode=verify-full"\n',
)

URLS: Final = (
    "postgresql://ada@db.example:5432/governance?schema=fraud&sslmode=verify-full",
    "postgres://[::1]:5432/g?target_session_attrs=read-write&schema=a_1",
    "postgresql://h1:1,h2:2/%67?host=%2Ftmp&port=5433",
    "postgresql+psycopg:///?service=governance",
)
"""Such URLs as a configuration may name."""
