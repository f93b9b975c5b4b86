"""Signing with ``ssh-keygen -Y sign``: for keys that only OpenSSH can reach.

Those of security keys, whose file is a handle and whose device OpenSSH talks to; its
program also asks for the PIN and for the touch. It is handed the payload, makes the
bytes that are signed itself, and writes an armored SSHSIG (``PROTOCOL.sshsig``), which
is taken apart here and verified. Nothing of it is believed.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import AssentError, Uncheckable
from ledger.seal.envelope import to_sign
from ledger.seal.keys import PublicKey, verify
from ledger.seal.sshsig import HASH_ALGORITHM, NAMESPACE, SshSignature, dearmor

SECONDS: Final = 120.0
"""How long a person may take over passphrase, PIN and touch."""

_PROGRAM: Final = "ssh-keygen"
_LIMIT: Final = 65_535
_SAID: Final = 300


@dataclass(frozen=True, slots=True)
class OpensshKey:
    """The key *public*, which ``ssh-keygen`` reaches through the file *path*.

    That is a handle, a private key, or a ``.pub`` file whose private half is beside it
    or in the agent.
    """

    path: Path
    public: PublicKey

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSH signature over *payload*, an entry's where nothing else is named.

        Raises :class:`Uncheckable` (``openssh-missing``, ``openssh-failed``,
        ``openssh-answer``) and what ``verify`` raises.
        """
        program = shutil.which(_PROGRAM)
        if program is None:
            raise Uncheckable(
                "openssh-missing",
                f"there is no {_PROGRAM}, which alone can sign with {self.path}",
                hint="install OpenSSH's client, or name an ordinary key file with --key",
            )
        try:
            with tempfile.TemporaryDirectory(prefix="assent-") as folder:
                armored = _run(program, self.path, payload, namespace, Path(folder))
        except OSError as error:
            raise _failed(error.strerror or str(error)) from None
        signature = self._taken_out(armored, namespace)
        verify(self.public, signature, to_sign(payload, namespace))
        return signature

    def _taken_out(self, armored: bytes, namespace: str) -> bytes:
        """The signature of this key for the purpose *namespace* in *armored*."""
        try:
            found = SshSignature.parse(dearmor(armored.decode("ascii", "replace")))
        except AssentError as error:
            raise _not_ours(error.message) from None
        if found.public_key != self.public.blob:
            raise _not_ours(f"it is another key's than {self.public.id}")
        if (found.namespace, found.hash_algorithm) != (namespace, HASH_ALGORITHM):
            raise _not_ours("it was made for another purpose")
        return found.signature


def _run(program: str, key: Path, payload: bytes, namespace: str, folder: Path) -> bytes:
    """What *program* writes beside the *payload*, which is put into *folder*.

    It could read from a pipe; but then it would not ask at the terminal, which it does
    only where its input is one.
    """
    entry = folder / "entry"
    entry.write_bytes(payload)
    command = [program, "-q", "-Y", "sign", "-n", namespace, "-f", str(key), str(entry)]
    try:
        done = subprocess.run(  # noqa: S603 - the program found on the user's own PATH
            command, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"no signature within {SECONDS:g} seconds") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        raise _failed(said[-1][:_SAID] if said else f"exit status {done.returncode}")
    with (folder / "entry.sig").open("rb") as file:
        return file.read(_LIMIT + 1)


def _failed(why: str) -> Uncheckable:
    return Uncheckable(
        "openssh-failed",
        f"{_PROGRAM} made no signature: {why}",
        hint="see that the device is plugged in, or try the key with: ssh-keygen -Y sign",
    )


def _not_ours(why: str) -> Uncheckable:
    return Uncheckable(
        "openssh-answer",
        f"what {_PROGRAM} wrote is no signature of the key that was named: {why}",
        hint="see that the .pub file beside the key is its own, and which ssh-keygen is on PATH",
    )
