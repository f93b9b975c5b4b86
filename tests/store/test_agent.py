"""The agent: the real one signs without a key file, and no liar on its socket gets far."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import AssentError, Refused, Uncheckable, Unproven
from ledger.model.canonical import encode
from ledger.seal.envelope import examine, seal, to_sign
from ledger.seal.keys import SK_ED25519, SK_P256, PublicKey, parse_public_key
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import pack_strings
from ledger.store import agent
from ledger.store.agent import LIMIT, AgentKey, held_keys
from tests.seal.authenticator import UnsafeAuthenticator
from tests.store.agents import (
    Answer,
    asked_for,
    false_agent,
    framed,
    holding,
    new_ssh_key,
    real_agent,
    ssh_add,
)

ADA = generate(b"\x01" * 32)
BOB = generate(b"\x02" * 32)
openssh = pytest.mark.needs("ssh-agent", "ssh-add", "ssh-keygen")


def payload_of(key: PublicKey) -> bytes:
    return encode({"by": {"key": key.id, "signer": "ada"}, "note": "für Ada"})


@pytest.fixture
def socket_path() -> Iterator[Path]:
    with real_agent() as path:
        yield path


@openssh
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_an_encrypted_key_in_the_real_agent_signs_and_its_file_is_never_opened(
    kind: str, socket_path: Path, tmp_path: Path
) -> None:
    """In its place stands a pipe that nobody feeds: who opened it would wait for ever."""
    path = new_ssh_key(tmp_path / "ada", kind, "correct horse")
    ssh_add(socket_path, path, settings=asked_for("correct horse", tmp_path))
    public = parse_public_key((tmp_path / "ada.pub").read_text())
    path.unlink()
    os.mkfifo(path, 0o600)

    (key,) = held_keys(socket_path)
    raw = seal(payload_of(key.public), key)

    assert (key.public, key.comment) == (public, "ada@desk")
    assert examine(raw).fault is None
    assert examine(raw).key == public.id


@openssh
def test_keys_that_entries_cannot_be_signed_with_are_left_out(
    socket_path: Path, tmp_path: Path
) -> None:
    for kind in ("rsa", "ed25519", "ecdsa"):
        ssh_add(socket_path, new_ssh_key(tmp_path / kind, kind))

    assert [key.public.algorithm for key in held_keys(socket_path)] == [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
    ]


@openssh
def test_an_agent_without_keys_holds_none(socket_path: Path) -> None:
    assert held_keys(socket_path) == ()


@openssh
def test_a_locked_agent_holds_nothing_and_signs_nothing(socket_path: Path, tmp_path: Path) -> None:
    ssh_add(socket_path, new_ssh_key(tmp_path / "ada", "ed25519"))
    (key,) = held_keys(socket_path)
    ssh_add(socket_path, "-x", settings=asked_for("keep out", tmp_path))

    assert held_keys(socket_path) == ()
    with pytest.raises(Refused, match="the agent refused") as no:
        key.sign_payload(payload_of(key.public))
    assert no.value.code == "agent-refused"


@openssh
def test_a_key_taken_out_of_the_agent_signs_no_more(socket_path: Path, tmp_path: Path) -> None:
    ssh_add(socket_path, new_ssh_key(tmp_path / "ada", "ed25519"))
    (key,) = held_keys(socket_path)
    ssh_add(socket_path, "-D")

    with pytest.raises(Refused, match="the agent refused"):
        key.sign_payload(payload_of(key.public))


@openssh
def test_a_key_that_asks_for_a_yes_signs_after_one_only(socket_path: Path, tmp_path: Path) -> None:
    """``ssh-add -c``: the agent asks somebody, who here always says no."""
    ssh_add(socket_path, "-c", new_ssh_key(tmp_path / "ada", "ed25519"))
    (key,) = held_keys(socket_path)

    with pytest.raises(Refused, match="somebody said no"):
        key.sign_payload(payload_of(key.public))


@pytest.mark.parametrize("algorithm", [SK_ED25519, SK_P256])
def test_a_security_key_in_an_agent_signs(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm)
    with false_agent(holding(ADA, device)) as path:
        key = held_keys(path)[1]
        raw = seal(payload_of(device.public), key)

    assert key.public == device.public
    assert examine(raw).fault is None


def test_a_security_key_that_nobody_touches_is_refused_before_anything_is_sealed() -> None:
    device = UnsafeAuthenticator(flags=0)
    with false_agent(holding(device)) as path, pytest.raises(Unproven, match="nobody touched"):
        seal(payload_of(device.public), held_keys(path)[0])


LISTED = pack_strings(ADA.public.blob, b"ada")
LISTS: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "agent-answer"),
    "half a length": (b"\0\0", "agent-answer"),
    "a length alone": (bytes(3) + b"\x09", "agent-answer"),
    "an answer cut short": (framed(12, b"\0\0\0\x01" + LISTED)[:-1], "agent-answer"),
    "no kind": (pack_strings(b""), "agent-answer"),
    "a refusal": (framed(5), "agent-refused"),
    "another kind": (framed(14, pack_strings(b"x")), "agent-answer"),
    "a success without a list": (framed(6), "agent-answer"),
    "no count": (framed(12), "agent-answer"),
    "half a count": (framed(12, b"\0\0"), "agent-answer"),
    "more keys than there are": (framed(12, b"\0\0\0\x02" + LISTED), "agent-answer"),
    "fewer keys than there are": (framed(12, b"\0\0\0\0" + LISTED), "agent-answer"),
    "a string that is too long": (framed(12, b"\0\0\0\x01\xff\xff\xff\xff"), "agent-answer"),
    "a million keys": (framed(12, (10**6).to_bytes(4, "big")), "agent-answer"),
    "four thousand million keys": (framed(12, b"\xff\xff\xff\xff"), "agent-answer"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_list_that_is_none_is_a_typed_error(case: str) -> None:
    said, code = LISTS[case]
    with false_agent(lambda _: said) as path, pytest.raises(AssentError, match="agent") as no:
        held_keys(path)

    assert no.value.code == code
    assert isinstance(no.value, Refused if code == "agent-refused" else Uncheckable)


@pytest.mark.parametrize("size", [LIMIT + 1, 2**32 - 1])
def test_an_answer_that_would_be_too_large_is_not_waited_for(size: int) -> None:
    with (
        false_agent(lambda _: size.to_bytes(4, "big") + bytes(9)) as path,
        pytest.raises(Uncheckable, match=f"it claims to have {size} bytes") as no,
    ):
        held_keys(path)

    assert no.value.code == "agent-answer"


@pytest.mark.parametrize(
    "blob", [b"", b"\0", bytes(99), pack_strings(b"ssh-ed25519", bytes(32)), b"\xff" * 64]
)
def test_keys_that_are_none_are_left_out_and_the_others_found(blob: bytes) -> None:
    body = (2).to_bytes(4, "big") + pack_strings(blob, b"\xff") + LISTED
    with false_agent(lambda _: framed(12, body)) as path:
        assert [key.public for key in held_keys(path)] == [ADA.public]


SIGNED = ADA.sign(to_sign(payload_of(ADA.public)))
SIGNATURES: dict[str, tuple[bytes, str]] = {
    "a refusal": (framed(5), "agent-refused"),
    "a list": (framed(12, bytes(4)), "agent-answer"),
    "no signature": (framed(14), "agent-answer"),
    "an empty signature": (framed(14, pack_strings(b"")), "bad-signature"),
    "two signatures": (framed(14, pack_strings(SIGNED, SIGNED)), "agent-answer"),
    "a byte behind it": (framed(14, pack_strings(SIGNED) + b"\0"), "agent-answer"),
    "a byte inside behind it": (framed(14, pack_strings(SIGNED + b"\0")), "bad-signature"),
    "another key's": (
        framed(14, pack_strings(BOB.sign(to_sign(payload_of(ADA.public))))),
        "bad-signature",
    ),
    "one over something else": (framed(14, pack_strings(ADA.sign(b"else"))), "bad-signature"),
    "another type's": (
        framed(14, pack_strings(UnsafeAuthenticator(secret=ADA.secret).sign(b"x"))),
        "bad-signature",
    ),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_signature_that_is_none_never_reaches_an_entry(case: str) -> None:
    said, code = SIGNATURES[case]
    with false_agent(lambda _: said) as path, pytest.raises(AssentError, match=r".") as no:
        seal(payload_of(ADA.public), AgentKey(path, ADA.public, ""))

    assert no.value.code == code


def test_a_good_signature_gets_through_the_same_socket() -> None:
    """Or the cases above could all fail for a reason of their own."""
    with false_agent(lambda _: framed(14, pack_strings(SIGNED))) as path:
        raw = seal(payload_of(ADA.public), AgentKey(path, ADA.public, ""))

    assert raw == seal(payload_of(ADA.public), ADA)


def test_what_the_agent_is_asked_for_is_the_frame_of_an_entry() -> None:
    """Never the payload itself, which another protocol's bytes could be."""
    seen: list[bytes] = []

    def listen(request: bytes) -> bytes:
        seen.append(request)
        return holding(ADA)(request)

    with false_agent(listen) as path:
        seal(payload_of(ADA.public), AgentKey(path, ADA.public, ""))

    data = to_sign(payload_of(ADA.public))
    assert data.startswith(b"SSHSIG\0\0\0\x0fentry.v1@assent")
    assert seen == [b"\x0d" + pack_strings(ADA.public.blob, data) + bytes(4)]


def silence(request: bytes) -> bytes:
    time.sleep(0.5)
    return holding(ADA)(request)


@pytest.mark.parametrize(("answer", "drip"), [(silence, None), (holding(ADA), 0.05)])
def test_an_agent_that_takes_its_time_is_not_waited_for(
    answer: Answer, drip: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where each byte comes in time, and only the answer as a whole never would."""
    monkeypatch.setattr(agent, "LIST_SECONDS", 0.2)
    monkeypatch.setattr(agent, "SIGN_SECONDS", 0.2)
    begun = time.monotonic()
    with false_agent(answer, drip=drip) as path:
        for ask in (
            lambda: held_keys(path),
            lambda: AgentKey(path, ADA.public, "").sign_payload(b"{}"),
        ):
            with pytest.raises(Uncheckable, match=r"no answer within 0\.2 seconds") as no:
                ask()
            assert no.value.code == "agent-unavailable"

    assert time.monotonic() - begun < 5


def no_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def plain_file(path: Path) -> None:
    path.write_text("not a socket")


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [no_file, plain_file, folder, pipe, loop])
def test_where_no_agent_listens_it_is_said(make: object, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    assert callable(make)
    make(path)

    with pytest.raises(Uncheckable, match=f"the agent at {path}: ") as no:
        held_keys(path)

    assert no.value.code == "agent-unavailable"


@pytest.mark.parametrize("path", ["", "/" + "x" * 200, "/proc/self/mem"])
def test_a_path_that_no_socket_can_have_is_said(path: str) -> None:
    with pytest.raises(Uncheckable, match="the agent at ") as no:
        held_keys(Path(path))

    assert no.value.code == "agent-unavailable"


def test_a_comment_is_whatever_bytes_the_agent_says() -> None:
    body = (1).to_bytes(4, "big") + pack_strings(ADA.public.blob, b"\xff\x1b[31m")
    with false_agent(lambda _: framed(12, body)) as path:
        assert held_keys(path)[0].comment == "\ufffd\x1b[31m"
