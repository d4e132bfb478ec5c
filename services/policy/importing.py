"""Taking cards of other catalogues in: their documents first, then a draft item for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.policy.cards import Card, document_from, draft_from, header_of, in_our_words, issued_on
from services.policy.commands import document_of
from services.policy.decider import AdoptItem, DocumentState, PublishDocument, document, item
from services.policy.decider.rights import require_editor
from services.policy.events import DocumentRef
from services.policy.keys import document_key
from shared.eventstore.decider import FieldError, Refused
from shared.http.batches import BatchAnswer, CommandFor, RefusedRow, errors_of
from shared.http.problems import field_errors
from shared.runtime.service import Runtime
from shared.security.actor import Actor

# What a card calls the fields of its document and item.
CARD_FIELDS = {
    "number": "doc_no",
    "document_number": "doc_no",
    "issued_on": "issued",
    "summary": "issuer",
    "support_type": "tool_type",
    "guide.conditions": "conditions",
    "guide.process": "process",
    "guide.office": "contact",
    "guide.phone": "phones",
}


@dataclass(frozen=True)
class ReadCard:
    """A card that can be taken, in our words."""

    key: str
    publish: PublishDocument
    adopt: AdoptItem


async def take_cards(runtime: Runtime, actor: Actor, department: str, rows: Sequence[dict[str, Any]]) -> BatchAnswer:
    """Each card becomes a document, unless it is here, and a draft item, unless it is here.

    Bad rows come back with everything that is wrong. Raises `Refused` when the actor may not write for the department.
    """
    require_editor(actor, department, "导入政策卡片")
    answer = BatchAnswer()
    cards: dict[int, ReadCard] = {}
    seen: dict[str, ReadCard] = {}
    for number, row in enumerate(rows):
        read = _read(in_our_words(row), department)
        if isinstance(read, ReadCard) and seen.setdefault(read.adopt.code, read) != read:
            message = "同一编号在本次导入中出现了两次且内容不同，请核对。"
            read = [FieldError(field="id", code="repeated", message=message)]
        if isinstance(read, ReadCard):
            cards[number] = read
        else:
            answer.refused.append(RefusedRow(row=number, errors=read))
    fresh = await _publish_documents(runtime, actor, cards, answer)
    await _adopt_items(runtime, actor, cards, fresh, answer)
    answer.refused.sort(key=lambda refused: refused.row)
    for refused in answer.refused:
        named = rows[refused.row]
        refused.errors = [e.model_copy(update={"field": header_of(e.field, named)}) for e in refused.errors]
    return answer


def _read(row: Mapping[str, Any], department: str) -> ReadCard | list[FieldError]:
    """A card in our words, or everything that is wrong with the row."""
    given = row.get("issued") or ""
    issued = issued_on(given) if isinstance(given, str) else None
    undated = [issued] if isinstance(issued, FieldError) else []
    try:
        card = Card.model_validate(row)
        draft = draft_from(card, department)
        if undated or not issued or isinstance(issued, FieldError):
            return undated
        command = document_from(card, department, issued)
    except ValidationError as error:
        return [*_in_words_of_cards(field_errors(error.errors())), *undated]
    return ReadCard(document_key(department, command.number), command, draft)


async def _publish_documents(
    runtime: Runtime, actor: Actor, cards: dict[int, ReadCard], answer: BatchAnswer
) -> set[int]:
    """Publishes what is not here yet, and answers with the rows that brought it. Takes refused rows out of `cards`."""
    commands: dict[int, CommandFor] = {}
    for number, card in cards.items():
        known: DocumentState | None = await runtime.state(document, card.key)
        # A document that the department has published itself is the better source: the card only refers to it.
        if known is None or known.published is None or known.published.origin == "catalogue":
            commands[number] = (document, card.key, card.publish)
    fresh: set[int] = set()
    verdicts = await runtime.execute_all(list(commands.values()), actor)
    for number, verdict in zip(commands, verdicts, strict=True):
        if isinstance(verdict, Refused):
            answer.refused.append(RefusedRow(row=number, errors=_of_document(verdict)))
            del cards[number]
        elif verdict.events:
            answer.position = max(answer.position, verdict.position)
            fresh.add(number)
    return fresh


async def _adopt_items(
    runtime: Runtime, actor: Actor, cards: Mapping[int, ReadCard], fresh: set[int], answer: BatchAnswer
) -> None:
    refs: dict[str, DocumentRef | None] = {}
    commands: dict[int, CommandFor] = {}
    for number, card in cards.items():
        if card.key not in refs:
            refs[card.key] = await document_of(runtime, card.key)
        commands[number] = (item, card.adopt.code, card.adopt.model_copy(update={"document": refs[card.key]}))
    verdicts = await runtime.execute_all(list(commands.values()), actor)
    for number, verdict in zip(commands, verdicts, strict=True):
        if isinstance(verdict, Refused):
            answer.refused.append(RefusedRow(row=number, errors=_in_words_of_cards(errors_of(verdict))))
            continue
        news = bool(verdict.events) or number in fresh
        answer.loaded += news
        answer.repeated += not news
        answer.position = max(answer.position, verdict.position)


def _of_document(refused: Refused) -> list[FieldError]:
    # The title of a card's document is the citation on the card, not the card's own title.
    errors = errors_of(refused)
    return _in_words_of_cards([e.model_copy(update={"field": "basis"}) if e.field == "title" else e for e in errors])


def _in_words_of_cards(errors: Sequence[FieldError]) -> list[FieldError]:
    return [e.model_copy(update={"field": CARD_FIELDS.get(e.field, e.field)}) for e in errors]
