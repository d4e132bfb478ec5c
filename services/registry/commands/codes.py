"""Taking code lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from services.registry.decider import ImportCodes, code_list
from services.registry.events import Code, CodesImported
from shared.http.batches import BatchAnswer, RefusedRow
from shared.http.problems import field_errors
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def take_codes(
    runtime: Runtime, actor: Actor, list_name: str, edition: str, rows: Sequence[dict[str, Any]]
) -> BatchAnswer:
    """Imports the good rows as one command; the bad ones come back with reasons."""
    answer = BatchAnswer()
    codes: list[Code] = []
    for number, row in enumerate(rows):
        try:
            codes.append(Code.model_validate(row))
        except ValidationError as error:
            answer.refused.append(RefusedRow(row=number, errors=field_errors(error.errors())))
    if codes:
        command = ImportCodes(list_name=list_name, edition=edition, codes=tuple(codes))
        receipt = await runtime.execute(code_list, list_name, command, actor)
        answer.position = receipt.position
        answer.loaded = sum(len(r.event.codes) for r in receipt.events if isinstance(r.event, CodesImported))
        answer.repeated = len(codes) - answer.loaded
    return answer
