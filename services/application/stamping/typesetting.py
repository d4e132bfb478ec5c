"""Papers as PDF: Chinese text with its font inside, and a QR code that leads to the page that says whether they are true."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import noto_cjk_sans_otc
import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from services.application.stamping.paper import OpinionPaper, Said

FONT, SIMPLIFIED = "cjk", 2  # the face of simplified Chinese in the collection
LINE = 8.0  # mm
RED = (190, 20, 20)


def typeset(paper: OpinionPaper) -> bytes:
    """The PDF, not yet signed. Takes about a second, most of it for the font: for a thread."""
    pdf = sheet(f"{paper.title} {paper.document}", paper.at)
    head(pdf, paper.title, paper.rows)
    for said in paper.said:
        paragraph(pdf, said)
    top = code(pdf, paper.link, f"核验编号：{paper.document}\n扫码或访问以下地址核验：\n{paper.link}")
    _stamp(pdf, paper.department, pdf.w - pdf.r_margin - 44, top)
    return bytes(pdf.output())


def sheet(title: str, at: datetime) -> FPDF:
    """The first page, empty, with the font inside; `title` is the file's."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(at)
    pdf.set_title(title)
    pdf.set_lang("zh-CN")
    pdf.add_font(FONT, fname=str(noto_cjk_sans_otc.FONT_PATH), collection_font_number=SIMPLIFIED)
    pdf.set_margins(22, 20)
    pdf.add_page()
    return pdf


def head(pdf: FPDF, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """The heading, and names with values below it."""
    pdf.set_font(FONT, size=18)
    pdf.cell(0, 14, title, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(FONT, size=11)
    for name, value in rows:
        pdf.set_text_color(110)
        pdf.cell(34, LINE, name)
        pdf.set_text_color(0)
        pdf.multi_cell(0, LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(3)


def paragraph(pdf: FPDF, said: Said) -> None:
    """A line, what it is about, and the text."""
    pdf.set_draw_color(200)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.w - pdf.r_margin, pdf.get_y())
    pdf.ln(2)
    pdf.set_text_color(110)
    pdf.cell(0, LINE, f"{said.step}    {said.at}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_text_color(0)
    pdf.multi_cell(0, LINE, said.text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(2)


def code(pdf: FPDF, link: str, text: str) -> float:
    """The QR code of a link, with a text beside it; answers where it begins, in mm from the top."""
    if pdf.get_y() > pdf.h - 75:
        pdf.add_page()
    top = pdf.get_y() + 8
    picture = io.BytesIO()
    segno.make(link, error="m").save(picture, kind="png", scale=6)
    pdf.image(picture, x=pdf.l_margin, y=top, w=30)
    pdf.set_xy(pdf.l_margin + 34, top + 4)
    pdf.set_font(FONT, size=9)
    pdf.multi_cell(74, 5.5, text)
    return top


def _stamp(pdf: FPDF, department: str, x: float, y: float) -> None:
    """A red ring with who has signed: the signature itself is in the file, not in the picture."""
    pdf.set_draw_color(*RED)
    pdf.set_text_color(*RED)
    pdf.set_line_width(0.9)
    pdf.ellipse(x, y, 42, 42)
    pdf.set_xy(x, y + 13)
    pdf.set_font(FONT, size=10)
    pdf.multi_cell(42, 6, f"{department}\n电子印章", align="C")
    pdf.set_text_color(0)
