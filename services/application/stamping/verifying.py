"""Whether a PDF's signature holds. Anybody may ask it of any bytes, so they are read in a process of its own, which is given
a time and a size of memory: a file made to be endless costs its sender the answer, and nobody else anything."""

from __future__ import annotations

import asyncio
import io
import json
import resource
import struct
import sys
from typing import Literal, cast

Verdict = Literal["valid", "invalid", "unsigned", "unreadable"]
Found = tuple[Verdict, str | None]
SECONDS, BYTES = 10, 2**30  # of processor time and of memory for one file
AT_ONCE, WAIT_SECONDS = 2, 30.0
_UNREADABLE: Found = ("unreadable", None)
_places = asyncio.Semaphore(AT_ONCE)


class TooBusy(RuntimeError):
    """Others have their files looked at; the caller comes back later."""


async def verified(content: bytes, trusted: str) -> Found:
    """Looks at the last signature of a file, and names its signer; `trusted` are certificates as PEM.

    Raises `TooBusy`, and nothing for what the file is.
    """
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await _places.acquire()
    except TimeoutError as error:
        raise TooBusy from error
    try:
        return await _apart(content, trusted.encode())
    finally:
        _places.release()


async def _apart(content: bytes, trusted: bytes) -> Found:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(3 * SECONDS):  # of a clock on the wall, where its processor is busy with others
            said, _ = await process.communicate(struct.pack(">I", len(trusted)) + trusted + content)
    except TimeoutError:
        return _UNREADABLE
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        return _UNREADABLE
    verdict, signer = json.loads(said)
    return cast(Verdict, verdict), signer


async def judged(content: bytes, trusted: bytes) -> Found:
    """In this process. Raises whatever the libraries make of arbitrary bytes."""
    from asn1crypto import pem
    from asn1crypto import x509 as asn1
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    if not found:
        return "unsigned", None
    roots = [asn1.Certificate.load(each) for _, _, each in pem.unarmor(trusted, multiple=True)]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    try:
        status = await async_validate_pdf_signature(found[-1], signer_validation_context=context)
    except (SignatureValidationError, PdfError, ValueError):
        return "invalid", None
    whole = status.bottom_line and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return "valid" if whole else "invalid", status.signing_cert.subject.native["common_name"]


def main() -> None:
    """Certificates and a file on standard input, the verdict on standard output; any other end is "unreadable"."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    asked = sys.stdin.buffer.read()
    (length,) = struct.unpack(">I", asked[:4])
    verdict = asyncio.run(judged(asked[4 + length :], asked[4 : 4 + length]))
    sys.stdout.write(json.dumps(verdict))


if __name__ == "__main__":
    main()
