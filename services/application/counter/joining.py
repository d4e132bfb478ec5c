"""Images on sheets of A4. Imported when the first pages are joined: most processes never need it."""

from __future__ import annotations

import io
from datetime import datetime

from fpdf import FPDF
from PIL import Image, ImageOps, UnidentifiedImageError

from shared.eventstore.decider import FieldError

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MOST_PIXELS = 60_000_000  # A4 at 600 dpi is 35 million
A4 = (210.0, 297.0)  # mm
ORIENTATION = 0x0112  # the EXIF tag: how the camera was held


class PageError(Exception):
    """What is wrong with a page, in Chinese."""


def joined(pages: dict[int, tuple[str, bytes]], at: datetime) -> tuple[bytes, list[FieldError]]:
    """The PDF, each page on a sheet of A4 that lies as the image does; for a thread. JPEG pages keep their very bytes."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(at)
    pdf.set_auto_page_break(False)
    errors: list[FieldError] = []
    for n, (media_type, content) in sorted(pages.items()):
        try:
            _add(pdf, media_type, content)
        except PageError as error:
            errors.append(FieldError(field=f"pages.{n}", code="unreadable", message=f"第{n + 1}页：{error}"))
    return (b"" if errors else bytes(pdf.output())), errors


def _add(pdf: FPDF, media_type: str, content: bytes) -> None:
    try:
        image = Image.open(io.BytesIO(content), formats=(FORMATS[media_type],))
        if image.width * image.height > MOST_PIXELS:
            raise PageError("图片尺寸过大，请以不超过600dpi重新扫描。")
        image.load()
        turned = image.getexif().get(ORIENTATION, 1) != 1
        upright = ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise PageError("图片损坏，不能读取，请重新扫描。") from error
    lies = upright.width > upright.height
    pdf.add_page(orientation="landscape" if lies else "portrait")
    width, height = (A4[1], A4[0]) if lies else A4
    scale = min(width / upright.width, height / upright.height)
    wide, high = upright.width * scale, upright.height * scale
    kept = io.BytesIO(content) if media_type == "image/jpeg" and not turned else _plain(upright)
    pdf.image(kept, x=(width - wide) / 2, y=(height - high) / 2, w=wide, h=high)


def _plain(image: Image.Image) -> Image.Image:
    """On white paper, in grey where it is grey."""
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(paper, seen).convert("RGB")
    return image.convert("RGB")
