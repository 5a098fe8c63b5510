"""Serving phones on the same network: the addresses to be found at, a certificate for them, a QR code to scan.

Browsers give camera and microphone to secure pages only, hence the certificate; it is signed by nobody, so each phone
asks once.  For demonstrations and tests, never for a city.  Rules: LAN-* in docs/rules.md.
"""

import io
import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILE = "lan.pem"  # key and certificate
VALID = timedelta(days=365)  # phones trust nothing that lasts longer than 398 days
RENEW = timedelta(days=30)  # before it ends
VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "utun", "tailscale", "zt")  # no phone is behind these


def addresses() -> list[str]:
    """The machine's IPv4 addresses that others on its networks can reach; empty without a network."""
    return [
        str(ip.ip)
        for adapter in ifaddr.get_adapters()
        if not adapter.name.startswith(VIRTUAL)
        for ip in adapter.ips
        if ip.is_IPv4 and not ip_address(str(ip.ip)).is_loopback and not ip_address(str(ip.ip)).is_link_local
    ]


def certificate(directory: Path, names: Sequence[str], *, now: datetime | None = None) -> Path:
    """The PEM file with a key and a certificate for the addresses: the one kept in `directory`, or a fresh one."""
    path = directory / FILE
    now = now or datetime.now(UTC)
    if not _still_good(path, names, now):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path, _make(names, now))
    return path


def server_context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pem)
    return context


def qr_code(link: str) -> str:
    """The link as lines of half blocks, for a terminal with light letters on a dark ground."""
    import segno  # nobody else needs it

    lines = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(lines, compact=True)
    return lines.getvalue()


def _still_good(path: Path, names: Sequence[str], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    covered = {str(address) for address in alternatives.get_values_for_type(x509.IPAddress)}
    return covered >= set(names) and found.not_valid_before_utc <= now < found.not_valid_after_utc - RENEW


def _make(names: Sequence[str], now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "classroom on this network")])
    alternatives = [x509.IPAddress(ip_address(address)) for address in dict.fromkeys([*names, "127.0.0.1"])]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # phones whose clock is a little behind
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *alternatives]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + signed.public_bytes(Encoding.PEM)


def _replace(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)
