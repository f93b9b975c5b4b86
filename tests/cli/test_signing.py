"""Which key signs: what was named, then the agent, then the folder; and what is never opened."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.context import make_app
from cli.options import Options
from cli.places import key_folder
from cli.signing import signing_key
from ledger.errors import AssentError
from ledger.model.canonical import encode
from ledger.seal.envelope import KeyHolder, examine, seal
from ledger.seal.keys import PublicKey
from ledger.seal.private_keys import SigningKey, generate
from ledger.service import Signer
from ledger.store.agent import AgentKey
from tests.cli.conftest import write_key
from tests.seal.authenticator import UnsafeAuthenticator, handle_of
from tests.store.agents import false_agent, framed, holding

OLD = generate(b"\x01" * 32)
NEW = generate(b"\x02" * 32)
OTHER = generate(b"\x03" * 32)


def chosen(
    wanted: list[PublicKey] | None, named: Path | None = None, name: str = "alice"
) -> KeyHolder:
    ids = None if wanted is None else [key.id for key in wanted]
    return signing_key(name, ids, None if named is None else str(named), None)


def refusal(wanted: list[PublicKey] | None, named: Path | None = None) -> AssentError:
    with pytest.raises(AssentError, match=r".") as no:
        chosen(wanted, named)
    return no.value


def in_folder(name: str, key: SigningKey) -> Path:
    write_key(key_folder() / name, key)
    return key_folder() / name


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    def use(path: Path) -> None:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))

    return use


def test_without_an_agent_the_file_of_the_name_signs() -> None:
    in_folder("alice", OLD)

    assert chosen([OLD.public]) == OLD
    assert chosen(None) == OLD


def test_a_rotated_key_is_found_by_its_fingerprint() -> None:
    in_folder("alice", OLD)
    in_folder("alice-2", NEW)
    in_folder("bob", OTHER)

    assert chosen([NEW.public]) == NEW
    assert chosen([OLD.public]) == OLD


def test_of_several_keys_that_would_do_the_first_is_taken() -> None:
    in_folder("alice", OLD)
    in_folder("alice-2", NEW)

    assert chosen([NEW.public, OLD.public]) == NEW
    assert chosen([OLD.public, NEW.public]) == OLD
    assert chosen([OTHER.public, NEW.public]) == NEW


def test_a_file_of_the_name_that_holds_another_key_is_handed_on_to_be_judged() -> None:
    """The ledger says whose key that is, which helps more than that none was found."""
    in_folder("alice", OTHER)

    assert chosen([NEW.public]) == OTHER


def test_a_public_half_without_a_private_one_is_no_key_to_sign_with() -> None:
    in_folder("alice", NEW).unlink()

    no = refusal([NEW.public])

    assert no.code == "key-missing"
    assert str(key_folder() / "alice") in no.message
    assert no.hint is not None
    assert "ssh-add" in no.hint


def test_a_public_half_left_behind_does_not_hide_the_key_in_another_file() -> None:
    in_folder("alice", NEW).unlink()
    in_folder("alice-2", NEW)

    assert chosen([NEW.public]) == NEW


def test_a_command_may_want_another_key_than_the_current_one() -> None:
    """Such as the one that is to be accepted next."""
    in_folder("alice", OLD)
    in_folder("alice-2", NEW)
    app = make_app(Options(signer="alice"))
    app.wanted_keys = [NEW.public.id]

    assert app.signer == Signer("alice", NEW)


def test_what_is_no_public_key_beside_the_others_keeps_nobody_from_signing() -> None:
    in_folder("alice-2", NEW)
    (key_folder() / "aa.pub").write_bytes(b"\xff\n\0")
    (key_folder() / "ab.pub").mkdir()
    os.mkfifo(key_folder() / "ac.pub")

    assert chosen([NEW.public]) == NEW


def test_the_agent_s_key_signs_before_the_same_key_in_a_file(agent: Callable[[Path], None]) -> None:
    in_folder("alice", NEW)
    with false_agent(holding(OTHER, NEW)) as path:
        agent(path)
        key = chosen([NEW.public])

    assert key == AgentKey(path, NEW.public, "in the agent")


def test_an_agent_that_holds_others_only_is_passed_over(agent: Callable[[Path], None]) -> None:
    in_folder("alice", NEW)
    with false_agent(holding(OLD, OTHER)) as path:
        agent(path)
        assert chosen([NEW.public]) == NEW
        (key_folder() / "alice").unlink()
        assert f"the agent does not hold {NEW.public.id}" in refusal([NEW.public]).message


def test_of_several_keys_in_the_agent_the_one_wanted_most_signs(
    agent: Callable[[Path], None],
) -> None:
    with false_agent(holding(OTHER, OLD, NEW)) as path:
        agent(path)
        assert chosen([NEW.public, OLD.public]).public == NEW.public
        assert chosen([OLD.public, NEW.public]).public == OLD.public


def test_the_agent_is_not_asked_where_nothing_says_which_key(
    agent: Callable[[Path], None],
) -> None:
    """Else whichever key it happens to hold would found a ledger."""
    in_folder("alice", NEW)
    with false_agent(holding(NEW)) as path:
        agent(path)
        assert chosen(None) == NEW
    (key_folder() / "alice").unlink()
    assert refusal(None).code == "key-missing"


@pytest.mark.parametrize("said", [b"", framed(5), framed(12, b"\xff" * 4)])
def test_an_agent_that_fails_matters_only_where_no_file_does(
    said: bytes, agent: Callable[[Path], None]
) -> None:
    with false_agent(lambda _: said) as path:
        agent(path)
        assert refusal([NEW.public]).code in {"agent-answer", "agent-refused"}
        in_folder("alice", NEW)
        assert chosen([NEW.public]) == NEW


def test_a_stale_socket_is_an_agent_that_fails(
    tmp_path: Path, agent: Callable[[Path], None]
) -> None:
    agent(tmp_path / "gone")

    assert refusal([NEW.public]).code == "agent-unavailable"
    in_folder("alice", NEW)
    assert chosen([NEW.public]) == NEW


def test_a_named_file_signs_whatever_is_wanted_and_wherever_else_it_is(
    tmp_path: Path, agent: Callable[[Path], None]
) -> None:
    in_folder("alice", NEW)
    write_key(tmp_path / "other", OTHER)
    with false_agent(holding(NEW, OTHER)) as path:
        agent(path)
        assert chosen([NEW.public], tmp_path / "other") == OTHER


def test_a_named_public_half_is_the_agent_s_key(
    tmp_path: Path, agent: Callable[[Path], None]
) -> None:
    write_key(tmp_path / "other", OTHER)
    with false_agent(holding(NEW, OTHER)) as path:
        agent(path)
        (tmp_path / "other").unlink()
        key = chosen([NEW.public], tmp_path / "other.pub")

    assert key == AgentKey(path, OTHER.public, "in the agent")


def test_a_named_public_half_that_nobody_can_sign_with_is_said(
    tmp_path: Path, agent: Callable[[Path], None]
) -> None:
    write_key(tmp_path / "other", OTHER)
    (tmp_path / "other").unlink()

    no = refusal(None, tmp_path / "other.pub")
    assert (no.code, OTHER.public.id in no.message) == ("key-missing", True)
    with false_agent(holding(NEW)) as path:
        agent(path)
        assert refusal(None, tmp_path / "other.pub").code == "key-missing"
    agent(tmp_path / "gone")
    assert refusal(None, tmp_path / "other.pub").code == "agent-unavailable"


@pytest.mark.needs("ssh-keygen")
def test_openssh_signs_for_a_named_public_half_whose_file_is_beside_it(tmp_path: Path) -> None:
    write_key(tmp_path / "other", OTHER)

    raw = sealed(chosen(None, tmp_path / "other.pub"))

    assert (examine(raw).key, examine(raw).fault) == (OTHER.public.id, None)


def sealed(key: KeyHolder) -> bytes:
    return seal(encode({"by": {"key": key.public.id}}), key)


def test_a_key_in_a_device_is_reached_through_openssh_or_the_agent_and_says_so(
    agent: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    device = UnsafeAuthenticator()
    path = key_folder() / "alice"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    path.write_bytes(handle_of(device))
    path.with_name("alice.pub").write_text(f"{device.public.text}\n")

    through_openssh = chosen([device.public])
    with false_agent(holding(device)) as socket:
        agent(socket)
        assert capsys.readouterr().err == ""
        for key in (chosen([device.public]), chosen(None, path.with_name("alice.pub"))):
            assert examine(sealed(key)).fault is None
            assert capsys.readouterr().err == "touch the security key when it blinks\n"
    assert through_openssh.public == device.public
    assert chosen(None, path).public == device.public


@pytest.mark.needs("ssh-keygen")
def test_a_device_that_is_not_there_is_said_by_openssh() -> None:
    path = key_folder() / "alice"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    path.write_bytes(handle_of(UnsafeAuthenticator()))

    with pytest.raises(AssentError, match="ssh-keygen made no signature") as no:
        sealed(chosen(None))

    assert no.value.code == "openssh-failed"


def test_a_file_that_is_no_key_says_so_before_anything_else(tmp_path: Path) -> None:
    (tmp_path / "rsa").write_text("-----BEGIN RSA PRIVATE KEY-----\n")

    assert refusal(None, tmp_path / "rsa").code == "not-a-private-key"
    assert refusal(None, tmp_path / "nothing").code == "key-missing"
    assert refusal(None, tmp_path / "nothing.pub").code == "key-missing"
