"""Who signs: the port for the city's service of electronic seals, and development certificates that take its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

CA_NAME = "澄策之窗开发环境根证书（不得用于正式环境）"
FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of SECP256R1


class StampUnavailable(Exception):
    """The service that signs does not answer, or not with a signed PDF."""


@dataclass(frozen=True)
class Stamped:
    """A signed PDF, and whose certificate has signed it."""

    content: bytes
    signer: str
    serial: str


class Stamps(Protocol):
    """Signs in the name of a department."""

    async def stamp(self, department: str, content: bytes) -> Stamped:
        """The same PDF with a PAdES signature. Raises `StampUnavailable`."""
        ...

    async def trusted(self) -> str:
        """The certificates by which signatures are verified, as PEM. Raises `StampUnavailable`."""
        ...


class DevelopmentStamps:
    """Keys and certificates that come from the platform's secret: the same in every replica, believed by nobody else."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._ca_key = self._key("root")
        self._ca = self._certificate(CA_NAME, self._ca_key, ca=True)

    async def stamp(self, department: str, content: bytes) -> Stamped:
        """See `Stamps.stamp`."""
        key = self._key(f"department:{department}")
        certificate = self._certificate(f"部门 {department}（开发环境）", key, ca=False)
        from services.application.stamping.signing import signed

        return _stamped(await signed(content, key, certificate, self._ca))

    async def trusted(self) -> str:
        """See `Stamps.trusted`."""
        return self._ca.public_bytes(serialization.Encoding.PEM).decode()

    def _key(self, purpose: str) -> ec.EllipticCurvePrivateKey:
        made = HKDF(hashes.SHA256(), 48, None, f"chengce stamp {purpose}".encode()).derive(self._secret)
        return ec.derive_private_key(int.from_bytes(made) % (_ORDER - 1) + 1, ec.SECP256R1())

    def _certificate(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, CA_NAME))
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=not ca, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16]) >> 1)
            .not_valid_before(FROM)
            .not_valid_after(UNTIL)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key()), critical=False
            )
        )
        return builder.sign(self._ca_key, hashes.SHA256())


class HttpStamps:
    """The city's service: `POST <url>/stamp?department=` with the PDF answers the signed PDF; `GET <url>/trusted` answers PEM."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def stamp(self, department: str, content: bytes) -> Stamped:
        """See `Stamps.stamp`."""
        headers = self._headers | {"Content-Type": "application/pdf"}
        answer = await self._ask("POST", "/stamp", params={"department": department}, content=content, headers=headers)
        if not answer.startswith(content):
            raise StampUnavailable("电子印章服务返回的不是同一份文件")
        return _stamped(answer)

    async def trusted(self) -> str:
        """See `Stamps.trusted`."""
        return (await self._ask("GET", "/trusted", headers=self._headers)).decode()

    async def _ask(self, method: str, path: str, **content: object) -> bytes:
        try:
            answer = await self._client.request(method, f"{self._url}{path}", **content)  # type: ignore[arg-type]
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise StampUnavailable(f"电子印章服务拒绝了请求（{error.response.status_code}）") from error
        except httpx.TransportError as error:
            raise StampUnavailable(f"电子印章服务没有应答（{type(error).__name__}）") from error
        return answer.content


def _stamped(content: bytes) -> Stamped:
    from services.application.stamping.signing import signer_of

    try:
        signer, serial = signer_of(content)
    except ValueError as error:
        raise StampUnavailable(str(error)) from error
    return Stamped(content, signer, serial)
