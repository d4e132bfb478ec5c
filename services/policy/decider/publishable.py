"""Whether an item may go online as it is written: its document, its guide, its conditions; everything at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.policy.conditions.language import Condition
from services.policy.conditions.validating import problems
from services.policy.decider.completeness import require_publishable
from services.policy.decider.item_commands import DraftItem
from services.policy.events import ItemDrafted
from shared.contracts.facts import FactDefinition
from shared.eventstore.decider import Because, FieldError, Refused
from shared.security.actor import Actor


def require_item_publishable(
    draft: ItemDrafted,
    others: Sequence[FieldError],
    facts: Mapping[str, FactDefinition],
    named: Mapping[str, Condition],
) -> None:
    """Raises `Refused` with `others`, everything the item lacks, and everything wrong with its conditions."""
    errors = list(others)
    if draft.document is None and not any(each.field in ("document_number", "document_id") for each in others):
        message = "请写明事项所依据的政策文件。"
        errors.append(FieldError(field="document_number", code="missing", message=message))
    if draft.eligibility is not None:
        errors += problems(draft.eligibility, facts, named)
    require_publishable(draft, errors)


def unknown_document(command: DraftItem, actor: Actor) -> list[FieldError]:
    """A withheld document of another department is as unknown as one that is not there (article 18)."""
    field = "document_id" if command.document_id else "document_number"
    if not getattr(command, field):
        return []
    ref = command.document
    if ref is not None and (ref.disclosure == "public" or actor.of_department(ref.department)):
        return []
    message = "没有找到这份政策文件，请先发布文件，或核对文号与部门。"
    return [FieldError(field=field, code="document-unknown", message=message)]


def no_such_item() -> Refused:
    """No item with that code."""
    return Refused("policy.item-unknown", "没有这个事项，请核对事项编码。", because=Because.NOT_FOUND)
