"""Every ticket file of the reference material, row by row."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.hotline.forms import TicketForm
from services.hotline.headers import FIELDS, plain
from services.hotline.intake import UnreadableRow, normalise

pytestmark = pytest.mark.realdata

# File, rows, rows that bring an answer, and the reasons of those that are refused.
FILES = [
    ("tickets_fuzhou12345.csv", 804, 785, {"replied_at missing": 19}),
    ("tickets_teddy_labelled.csv", 343, 0, {}),
    ("tickets_teddy_unlabelled.csv", 1900, 0, {}),
    ("tickets_teddy_votes.csv", 2958, 0, {}),
    ("tickets_teddy_with_reply.csv", 1920, 1919, {"replied_at missing": 1}),
    ("messages_leader_board.csv", 75, 0, {}),
    ("boston311_2019_sla.csv", 3600, 0, {}),
]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "rows", "answered", "refused"), FILES, ids=[each[0] for each in FILES])
def test_every_row_is_a_ticket_or_says_why_not(
    realdata: Path, name: str, rows: int, answered: int, refused: dict[str, int]
) -> None:
    reasons: Counter[str] = Counter()
    forms = []
    for row in rows_of(realdata / name):
        try:
            forms.append(TicketForm.model_validate(normalise(row, "export")))
        except UnreadableRow as error:
            reasons.update(f"{each.field} {each.code}" for each in error.errors)
        except ValidationError as error:
            reasons.update(f"{each['loc']} {each['type']}" for each in error.errors())
    assert dict(reasons) == refused
    assert len(forms) == rows - sum(refused.values())
    assert sum(form.reply is not None for form in forms) == answered


def test_the_natures_of_a_real_hotline_are_understood(realdata: Path) -> None:
    natures = Counter(
        normalise({**row, "reply": ""}, "fuzhou")["nature"] for row in rows_of(realdata / "tickets_fuzhou12345.csv")
    )
    assert natures == {"complaint": 688, "consultation": 91, "suggestion": 21, "demand": 4}


def test_the_headers_of_many_cities_are_known(realdata: Path) -> None:
    ours = {
        "received_at": "received_at", "replied_at": "replied_at", "appeal_type": "nature", "title": "title",
        "content": "content", "department": "reply_unit", "reply_content": "reply", "external_id": "number",
    }  # fmt: skip
    for field in json.loads((realdata / "ticket_header_aliases.json").read_text()):
        unknown = {plain(alias) for alias in field["aliases"]} - set(FIELDS[ours[field["field"]]])
        assert not unknown, field["field"]
