"""A server that proves who it is by a certificate, and clients that insist on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.clusters import DATABASE, Cluster, cluster
from tests.organisation import Organisation
from tests.replication.conftest import ServerLedger
from tests.shell import Result

pytestmark = pytest.mark.needs("postgres-tls")

HOST = "localhost"


def write_certificate(folder: Path, host: str) -> None:
    """A key and a certificate for *host* that it signed itself, as a server reads them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(private)
    (folder / "server.key").chmod(0o600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server that takes nothing over the network that is not encrypted."""
    made = tmp_path_factory.mktemp("certificate")
    write_certificate(made, HOST)
    with cluster({"ssl": "on", "listen_addresses": "127.0.0.1"}, files=made) as started:
        yield started


@pytest.fixture
def ledger(server: Cluster, tmp_path: Path) -> ServerLedger:
    return ServerLedger(tmp_path, server, Organisation())


@pytest.fixture
def other_root(tmp_path: Path) -> Path:
    """The certificate of somebody else, of the same name."""
    folder = tmp_path / "other"
    folder.mkdir()
    write_certificate(folder, HOST)
    return folder / "server.crt"


def status(ledger: ServerLedger, root: Path | None, *, host: str = HOST, mode: str) -> Result:
    """What ``assent status`` says over TCP with that *mode*, trusting the certificate *root*."""
    port = ledger.first.port
    url = f"postgresql://postgres@{host}:{port}/{DATABASE}?schema={ledger.schema}&sslmode={mode}"
    if root is not None:
        url += f"&sslrootcert={quote(str(root), safe='')}"
    return ledger.assent_at(url, "status")


def test_the_right_certificate_lets_in_under_the_strictest_mode(ledger: ServerLedger) -> None:
    with_root = status(ledger, ledger.first.data / "server.crt", mode="verify-full")

    assert with_root.exit == 0, with_root.err
    assert f"{len(Organisation().envelopes)} entries" in with_root.out


def test_it_is_really_encrypted(ledger: ServerLedger) -> None:
    """The server takes nothing else over the network."""
    plain = status(ledger, None, mode="disable")

    assert plain.exit == 5
    assert "store-unavailable: " in plain.err
    assert "no encryption" in plain.err


def test_the_certificate_of_somebody_else_is_refused(
    ledger: ServerLedger, other_root: Path
) -> None:
    refused = status(ledger, other_root, mode="verify-full")

    assert refused.exit == 5
    assert refused.err.startswith("store-unavailable: ")
    assert "certificate verify failed" in refused.err


def test_the_right_certificate_under_another_name_is_refused(ledger: ServerLedger) -> None:
    root = ledger.first.data / "server.crt"

    refused = status(ledger, root, host="127.0.0.1", mode="verify-full")

    assert refused.exit == 5
    assert 'does not match host name "127.0.0.1"' in refused.err


def test_a_certificate_that_is_missing_is_said_so(ledger: ServerLedger, tmp_path: Path) -> None:
    missing = status(ledger, tmp_path / "none.crt", mode="verify-full")

    assert missing.exit == 5
    assert "none.crt" in missing.err
