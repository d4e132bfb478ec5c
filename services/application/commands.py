"""What application does when asked: look the item up, make a number, load, decide, append."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, ConfigDict, Field

from services.application.admission import admit
from services.application.decider import SubmitApplication
from services.application.readmodels.offers import OfferRow
from shared.calendar import civil_date
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

_NUMBERS = UUID("6f1d8a52-5d5e-4a52-9c0e-1f6d0a7b7c11")


class ApplicationForm(BaseModel):
    """What an enterprise hands in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "item_code": "gxj-2026-001",
                    "enterprise": "91320281MA0Y00016Q",
                    "statement": "2026年一季度购置数控设备两台，申请设备补助。",
                    "requested_fen": 4000000,
                    "materials": ["设备发票（样例）"],
                }
            ]
        },
    )

    item_code: str = Field(min_length=1, max_length=80)
    enterprise: Uscc
    statement: str = Field(max_length=5000)
    requested_fen: int | None = Field(None, le=2**63 - 1)
    materials: tuple[str, ...] = Field((), max_length=100)


async def submit_application(runtime: Runtime, actor: Actor, form: ApplicationForm, key: str | None) -> Receipt:
    """Applies for an item that policy has published. Raises `Refused`."""
    offer = await runtime.reads.one(OfferRow, form.item_code)
    if offer is None:
        error = FieldError(field="item_code", code="unknown", message="没有这个事项，或事项尚未发布。")
        raise Refused("application.item-unknown", "没有找到要申报的事项，请核对事项编号。", [error], Because.NOT_FOUND)
    number = _number(runtime, actor, key)
    command = SubmitApplication(
        number=number,
        accept_days=runtime.settings.accept_days,
        **offer.model_dump(),
        **form.model_dump(exclude={"item_code"}),
    )
    return await admit(runtime, command, actor, key)


def _number(runtime: Runtime, actor: Actor, key: str | None) -> str:
    """`SB-` and 12 hexadecimal digits; the same for the same key, so that a repeat is the same application."""
    made = uuid5(_NUMBERS, f"{actor.subject}:{key}") if key else uuid4()
    return f"SB{civil_date(runtime.clock.now()):%Y}-{made.hex[:12].upper()}"
