"""A policy read back from the canonical JSON that the ledger keeps of it, and that judges."""

from functools import lru_cache

from pydantic import ValidationError

from ledger.errors import BadInput
from ledger.model.canonical import decode
from ledger.policy.document import Policy

LIMIT = 65_535
"""The most bytes a policy's canonical JSON may have: it has to fit into one entry."""


@lru_cache(maxsize=64)
def parse_policy(canonical: str) -> Policy:
    """Read a policy from its canonical JSON, and from no other form of it.

    Raises :class:`BadInput`: whatever ``decode`` refuses, ``malformed-policy`` where a
    field is not as expected or the text is not what :meth:`Policy.canonical` writes.
    Whether its rules make sense is for ``checks`` to say.
    """
    raw = canonical.encode(errors="surrogatepass")
    decode(raw, limit=LIMIT)
    try:
        policy = Policy.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "policy"
        raise BadInput("malformed-policy", f"policy: {where}: {first['msg']}") from None
    if policy.canonical() != canonical:
        raise BadInput(
            "malformed-policy",
            "policy: its JSON is not the normal form of what it says",
            hint="keep what `assent policy show` prints; unset keys are left out, defaults written",
        )
    return policy
