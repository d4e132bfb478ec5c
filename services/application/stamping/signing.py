"""Signing a PDF, and reading who has signed one. Imported when the first paper is stamped: half a second and 30 MB that most
processes never need."""

from __future__ import annotations

import io

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Stamp"


async def signed(
    content: bytes, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, issuer: x509.Certificate
) -> bytes:
    """The PDF with a PAdES signature (baseline B) that covers all of it."""
    unwrapped = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=_asn1(certificate),
        signing_key=keys.PrivateKeyInfo.load(unwrapped),
        cert_registry=SimpleCertificateStore.from_certs([_asn1(issuer)]),  # type: ignore[no-untyped-call]
    )
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", reason="审核意见"
    )
    done = await signers.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), meta, signer=signer)
    return bytes(done.getvalue())


def signer_of(content: bytes) -> tuple[str, str]:
    """Name and serial number of the certificate that has signed a PDF last. Raises `ValueError`, in Chinese."""
    try:
        found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    except (PdfError, ValueError) as error:
        raise ValueError("返回的文件不是可以读取的 PDF") from error
    if not found:
        raise ValueError("返回的文件没有电子签名")
    certificate = found[-1].signer_cert
    return certificate.subject.native["common_name"], f"{certificate.serial_number:x}"


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
