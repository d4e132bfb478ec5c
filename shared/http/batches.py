"""Many rows in one request: the good ones are taken, the bad ones come back with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from shared.eventstore.decider import Command, Decider, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.http.problems import field_errors
from shared.runtime.service import Runtime
from shared.security.actor import Actor

MOST_ROWS = 1000
T = TypeVar("T", bound=BaseModel)
CommandFor = tuple[Decider[Any, Any], str, Command]
Rows = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS)]


class Batch(BaseModel):
    """Rows to be taken, each of the form that the single door takes."""

    rows: Rows


class RefusedRow(BaseModel):
    """A row that was not taken; `row` counts from 0."""

    row: int
    errors: list[FieldError]


class BatchAnswer(BaseModel):
    """What became of a batch. `repeated` rows were there already, unchanged."""

    loaded: int = 0
    repeated: int = 0
    refused: list[RefusedRow] = []
    position: int = 0


async def take_batch(
    runtime: Runtime,
    actor: Actor,
    rows: Sequence[dict[str, Any]],
    form: type[T],
    command_of: Callable[[T], Awaitable[CommandFor]],
) -> BatchAnswer:
    """Takes every row that can be taken, in one transaction, in order."""
    answer = BatchAnswer()
    commands: list[tuple[int, CommandFor]] = []
    for number, row in enumerate(rows):
        try:
            commands.append((number, await command_of(form.model_validate(row))))
        except ValidationError as error:
            answer.refused.append(RefusedRow(row=number, errors=field_errors(error.errors())))
        except Refused as refused:  # what the command is about does not exist, for one
            answer.refused.append(RefusedRow(row=number, errors=errors_of(refused)))
    verdicts = await runtime.execute_all([command for _, command in commands], actor)
    for (number, _), verdict in zip(commands, verdicts, strict=True):
        if isinstance(verdict, Receipt):
            answer.loaded += bool(verdict.events)
            answer.repeated += not verdict.events
            answer.position = max(answer.position, verdict.position)
        else:
            answer.refused.append(RefusedRow(row=number, errors=errors_of(verdict)))
    answer.refused.sort(key=lambda refused: refused.row)
    return answer


def errors_of(refused: Refused) -> list[FieldError]:
    """A refusal as errors of a row."""
    return list(refused.errors) or [FieldError(field="", code=refused.code, message=refused.title)]
