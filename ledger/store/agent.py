"""Keys that an ssh-agent holds (draft-miller-ssh-agent): which they are, and signing with them.

::

    uint32 length    byte 11 list identities                            (asked)
    uint32 length    byte 12   uint32 n   n times: string key, string comment
    uint32 length    byte 13   string key, string data, uint32 flags    (asked)
    uint32 length    byte 14   string signature
    uint32 length    byte  5                                            (the agent says no)

Two requests of a protocol of thirty: the libraries that speak it are whole SSH clients.
Whoever listens on the socket is not trusted: what it says is bounded in size and in
time, and a signature is verified before anybody gets to see it.
"""

import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import AssentError, BadInput, Refused, Uncheckable
from ledger.seal.envelope import to_sign
from ledger.seal.keys import PublicKey, public_key_from_blob, verify
from ledger.seal.sshsig import NAMESPACE, pack_strings, split_strings

LIST_SECONDS: Final = 5.0
"""How long an agent may take to say what it holds."""

SIGN_SECONDS: Final = 120.0
"""How long it may take to sign: a person may have to confirm, or to touch a device."""

LIMIT: Final = 262_144
"""Bytes of the largest answer, as OpenSSH's own client has it."""

_COUNT: Final = 4
_FAILURE: Final = 5
_LIST: Final = 11
_LISTED: Final = 12
_SIGN: Final = 13
_SIGNED: Final = 14
_NO_FLAGS: Final = bytes(4)


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A key that the agent listening at *path* holds; ``comment`` is whatever it calls it."""

    path: Path
    public: PublicKey
    comment: str

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSH signature over *payload*, an entry's where nothing else is named.

        Raises :class:`Refused` (``agent-refused``), :class:`Uncheckable`
        (``agent-unavailable``, ``agent-answer``) and what ``verify`` raises.
        """
        data = to_sign(payload, namespace)
        request = bytes([_SIGN]) + pack_strings(self.public.blob, data) + _NO_FLAGS
        answer = _expect(_SIGNED, _ask(self.path, request, SIGN_SECONDS))
        signature = _strings(answer, 1)[0]
        verify(self.public, signature, data)
        return signature


def held_keys(path: Path) -> tuple[AgentKey, ...]:
    """The keys that the agent at the socket *path* holds, as far as entries can be signed so.

    Keys of other types are kept by agents for other purposes and left out. Raises
    :class:`Uncheckable` (``agent-unavailable``, ``agent-answer``) and :class:`Refused`
    (``agent-refused``).
    """
    answer = _expect(_LISTED, _ask(path, bytes([_LIST]), LIST_SECONDS))
    count = int.from_bytes(answer[:_COUNT], "big")
    if len(answer) < _COUNT:
        raise _not_an_answer("it does not say how many keys it holds")
    strings = _strings(answer[_COUNT:], 2 * count)
    keys = []
    for blob, comment in zip(strings[::2], strings[1::2], strict=True):
        try:
            public = public_key_from_blob(blob)
        except AssentError:
            continue
        keys.append(AgentKey(path, public, comment.decode("utf-8", "replace")))
    return tuple(keys)


def _expect(kind: int, answer: bytes) -> bytes:
    """What follows the first byte of *answer*, which must be of this *kind*."""
    if answer[:1] == bytes([_FAILURE]):
        raise Refused(
            "agent-refused",
            "the agent refused: it is locked, somebody said no, or it signs no such data",
            hint="unlock it or say yes there, or name a key file with --key",
        )
    if answer[:1] != bytes([kind]):
        raise _not_an_answer(f"it is of kind {answer[:1].hex() or 'none'}, not {kind:02x}")
    return answer[1:]


def _strings(data: bytes, count: int) -> list[bytes]:
    try:
        return split_strings(data, count)
    except BadInput as error:
        raise _not_an_answer(error.message) from None


def _ask(path: Path, request: bytes, seconds: float) -> bytes:
    """The answer to one *request*, its length taken off; in no more than twice *seconds*."""
    deadline = time.monotonic() + seconds
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(seconds)
            agent.connect(str(path))
            agent.sendall(pack_strings(request))
            size = int.from_bytes(_receive(agent, _COUNT, deadline), "big")
            if size > LIMIT:
                raise _not_an_answer(f"it claims to have {size} bytes")
            return _receive(agent, size, deadline)
    except TimeoutError:
        raise _unavailable(path, f"gave no answer within {seconds:g} seconds") from None
    except OSError as error:
        raise _unavailable(path, error.strerror or str(error)) from None


def _receive(agent: socket.socket, size: int, deadline: float) -> bytes:
    """*size* bytes. The socket's time-out is for each part; an answer could drip in for ever."""
    received = bytearray()
    while len(received) < size:
        if time.monotonic() > deadline:
            raise TimeoutError
        part = agent.recv(size - len(received))
        if not part:
            raise _not_an_answer("it was cut short")
        received += part
    return bytes(received)


def _unavailable(path: Path, why: str) -> Uncheckable:
    return Uncheckable(
        "agent-unavailable",
        f"the agent at {path}: {why}",
        hint="see that SSH_AUTH_SOCK names a running agent, or unset it and use a key file",
    )


def _not_an_answer(why: str) -> Uncheckable:
    return Uncheckable(
        "agent-answer",
        f"what the agent answered is no answer of an agent: {why}",
        hint="see what listens at SSH_AUTH_SOCK, or unset it and use a key file",
    )
