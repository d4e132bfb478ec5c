"""Values as people and spreadsheets write them, put into the form of the fact's definition. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.contracts.facts import FactDefinition, FactKind, FactValue

_ANY = TypeAdapter(FactValue)
_NUMBER = re.compile(r"-?\d{1,19}")
_BAND = re.compile(r"(-?\d{1,19})?\.\.(-?\d{1,19})?")
_YES_AND_NO = {"是": True, "否": False, "true": True, "false": False, "1": True, "0": False}


def read_value(definition: FactDefinition, raw: Any) -> FactValue:
    """The value that was meant. Text is read by the fact's kind:

    a number (`1200`) or a band of them with either end left out (`100..500`, `100..`), `是` or `否`, an option's label or
    value, or several of these parted by `、`. What cannot be read so is left as it stands, for the check to refuse.
    Raises ValueError (a Chinese sentence) for what is no value at all.
    """
    text = raw.strip() if isinstance(raw, str) else None
    match definition.kind:
        case FactKind.NUMBER if text and (found := _number(text)) is not None:
            raw = found
        case FactKind.FLAG if text and text.lower() in _YES_AND_NO:
            raw = _YES_AND_NO[text.lower()]
        case FactKind.CHOICE if text:
            raw = _option(definition, text)
        case FactKind.SET if text is not None:
            raw = [_option(definition, part.strip()) for part in re.split(r"[、;；]", text) if part.strip()]
        case FactKind.SET if isinstance(raw, list | tuple):
            raw = [_option(definition, part.strip()) if isinstance(part, str) else part for part in raw]
        case FactKind.DATE if text is not None:
            raw = _date(text)
        case FactKind.CODE if text is not None:
            raw = text
    try:
        return _ANY.validate_python(raw)
    except ValidationError as error:
        raise ValueError(f"“{definition.label}”的值无法识别，请核对格式后重新填写。") from error


def _number(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text)
    band = _BAND.fullmatch(text)
    return {"least": band[1] and int(band[1]), "most": band[2] and int(band[2])} if band else None


def _date(text: str) -> str:
    # ISO 8601 has several forms of one day; kept in one, the same said again is the same.
    try:
        return date.fromisoformat(text.replace("/", "-")).isoformat()
    except ValueError:
        return text


def _option(definition: FactDefinition, text: str) -> str:
    return next((option.value for option in definition.options if option.label == text), text)
