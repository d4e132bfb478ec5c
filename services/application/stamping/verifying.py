"""Whether a PDF's signature holds. Imported when the first file is verified, as `signing`."""

from __future__ import annotations

import io
from typing import Literal

from asn1crypto import pem
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

Verdict = Literal["valid", "invalid", "unsigned", "unreadable"]


async def verified(content: bytes, trusted: str) -> tuple[Verdict, str | None]:
    """Looks at the last signature of a file, and names its signer; `trusted` are certificates as PEM.

    Never raises for what the file is.
    """
    try:
        found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    except (PdfError, ValueError, KeyError, TypeError, IndexError):  # what it makes of arbitrary bytes
        return "unreadable", None
    if not found:
        return "unsigned", None
    roots = [asn1.Certificate.load(each) for _, _, each in pem.unarmor(trusted.encode(), multiple=True)]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    try:
        status = await async_validate_pdf_signature(found[-1], signer_validation_context=context)
    except (SignatureValidationError, PdfError, ValueError):
        return "invalid", None
    whole = status.bottom_line and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return "valid" if whole else "invalid", status.signing_cert.subject.native["common_name"]
