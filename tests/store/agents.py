"""Agents for tests: the real ``ssh-agent``, and one on a socket that says what it is told to."""

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from ledger.seal.keys import PublicKey
from ledger.seal.sshsig import pack_strings, split_strings


@contextmanager
def real_agent() -> Iterator[Path]:
    """The socket of an ``ssh-agent`` that holds nothing yet, and is told no by whom it asks."""
    # Not below pytest's folders: the path of a socket has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        path = Path(folder, "socket")
        command = ["ssh-agent", "-D", "-a", str(path)]
        settings = {**os.environ, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=settings) as agent:
            try:
                _wait_for(path)
                yield path
            finally:
                agent.terminate()


def _wait_for(path: Path) -> None:
    """Wait until somebody answers at *path*: the socket is there before that."""
    deadline = time.monotonic() + 10
    while not _answers(path):
        assert time.monotonic() < deadline, f"nothing listens at {path}"
        time.sleep(0.01)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        return asked.connect_ex(str(path)) == 0


def new_ssh_key(path: Path, kind: str, passphrase: str = "") -> Path:
    """A key that ``ssh-keygen`` makes at *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "ada@desk", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def asked_for(passphrase: str, folder: Path) -> dict[str, str]:
    """Settings under which OpenSSH is told *passphrase* when it asks for one."""
    script = folder / "askpass"
    script.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
    script.chmod(0o700)
    return {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force"}


def ssh_add(agent: Path, *arguments: str | Path, settings: dict[str, str] | None = None) -> str:
    """What ``ssh-add`` says to the *agent*."""
    done = subprocess.run(
        ["ssh-add", *map(str, arguments)],
        env={**os.environ, "SSH_AUTH_SOCK": str(agent), **(settings or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


Answer = Callable[[bytes], bytes]
"""From a request, its length taken off, to the bytes that go back."""


@contextmanager
def false_agent(answer: Answer, *, drip: float | None = None) -> Iterator[Path]:
    """The socket of a program that answers as it is told; *drip* waits so long for each byte."""
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        path = Path(folder, "socket")
        over = threading.Event()
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            listening.settimeout(0.05)
            thread = threading.Thread(target=_serve, args=(listening, answer, drip, over))
            thread.start()
            try:
                yield path
            finally:
                over.set()
                thread.join(10)


def _serve(
    listening: socket.socket, answer: Answer, drip: float | None, over: threading.Event
) -> None:
    while not over.is_set():
        try:
            client, _ = listening.accept()
        except TimeoutError:
            continue
        with client, suppress(OSError):
            client.settimeout(1)
            while length := client.recv(4, socket.MSG_WAITALL):
                said = answer(client.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
                if not said:
                    break
                for part in [said] if drip is None else map(bytes, zip(said, strict=True)):
                    client.sendall(part)
                    over.wait(drip or 0)
                if int.from_bytes(said[:4], "big") != len(said) - 4:
                    break


class Signing(Protocol):
    """A key that signs raw bytes: a file's, or a security key in software."""

    @property
    def public(self) -> PublicKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """The SSH signature over *message*."""


def holding(*keys: Signing) -> Answer:
    """An honest agent that holds *keys*, also such as the real one would need a device for."""

    def answer(request: bytes) -> bytes:
        if request[0] == 11:
            listed = [pack_strings(key.public.blob, b"in the agent") for key in keys]
            return framed(12, len(keys).to_bytes(4, "big") + b"".join(listed))
        if request[0] != 13:
            return framed(5)
        blob, data = split_strings(request[1:-4], 2)
        key = next(key for key in keys if key.public.blob == blob)
        return framed(14, pack_strings(key.sign(data)))

    return answer


def framed(kind: int, body: bytes = b"") -> bytes:
    """An answer of this *kind* as it travels."""
    return pack_strings(bytes([kind]) + body)
