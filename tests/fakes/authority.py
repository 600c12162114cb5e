"""A certificate authority of the tests' own, and a source on loopback that speaks TLS with what it signed."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fakes.http_source import HttpSource


class Authority:
    """Signs for any name; ``file`` is its own certificate, PEM, in ``folder``."""

    def __init__(self, folder: Path, name: str = "Authority of a test") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._certificate = self._signed(self._name, self._key, datetime.now(UTC) + timedelta(days=10), ca=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def context_for(self, name: str, *, days: float = 30) -> ssl.SSLContext:
        """A server's context with a certificate for ``name`` that ends ``days`` from now."""
        return _context(self.pem_for(name, days=days))

    def pem_for(self, name: str, *, days: float = 30) -> Path:
        """A file of such a certificate and its key, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._written(f"{name}{days}", key, self._signed(_named(name), key, datetime.now(UTC) + timedelta(days=days), names=[name]))

    def signed_by_itself(self, name: str) -> ssl.SSLContext:
        """A server's context with a certificate for ``name`` that no authority has signed."""
        key, ends_at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC) + timedelta(days=30)
        certificate = self._signed(_named(name), key, ends_at, names=[name], by=(_named(name), key))
        return _context(self._written(f"{name}-itself", key, certificate))

    def _written(self, stem: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Path:
        file = self._folder / f"{stem}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        ends_at: datetime,
        *,
        ca: bool = False,
        names: list[str] | None = None,
        by: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None = None,
    ) -> x509.Certificate:
        issuer, signing = by or (self._name, self._key)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(datetime.now(UTC), ends_at) - timedelta(days=1))
            .not_valid_after(ends_at)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        return builder.sign(signing, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class TlsSource(HttpSource):
    """An ``HttpSource`` behind TLS; ``url`` names it ``localhost``."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def port(self) -> int:
        return self.server_address[1]
