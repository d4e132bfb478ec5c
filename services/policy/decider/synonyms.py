"""The city's own synonyms (“高企” for 高新技术企业); pure. One aggregate: the list is short and set as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import Field

from services.policy.events.searching import SynonymsSet
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

CITY = "city"  # the key of the one list
MOST_GROUPS, MOST_WORDS = 1000, 20
_WORD = re.compile(r"[一-鿿A-Za-z0-9]{2,30}")


class SetSynonyms(Command):
    """These groups, and no others."""

    groups: tuple[tuple[str, ...], ...] = Field(max_length=MOST_GROUPS)


class SynonymsState(State):
    """The groups in force."""

    groups: tuple[tuple[str, ...], ...]


def decide(state: SynonymsState | None, command: SetSynonyms, context: Context) -> Sequence[Event]:
    """The data bureau's business; everything that is wrong is named at once."""
    if not context.actor.has(Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM):
        title = "同义词由市数政局统一维护，请联系市数政局。"
        raise Refused("policy.data-bureau-only", title, because=Because.FORBIDDEN)
    if errors := list(_wrong(command.groups)):
        title = f"同义词有{len(errors)}处需要改正，请逐项改正后重新提交。"
        raise Refused("policy.synonyms-invalid", title, errors, Because.INVALID)
    if command.groups == (state.groups if state else ()):
        return []
    return [SynonymsSet(groups=command.groups)]


def _wrong(groups: Sequence[Sequence[str]]) -> Iterator[FieldError]:
    for number, group in enumerate(groups):
        field = f"groups.{number}"
        if not 2 <= len(group) <= MOST_WORDS:
            yield FieldError(field=field, code="size", message=f"每组同义词应有2至{MOST_WORDS}个词，请核对。")
        if len(set(group)) < len(group):
            yield FieldError(field=field, code="repeated", message="同一组中的词不能重复，请删去重复的词。")
        for place, word in enumerate(group):
            if not _WORD.fullmatch(word):
                message = f"“{word}”应为2至30个汉字、字母或数字，请改正。"
                yield FieldError(field=f"{field}.{place}", code="no-word", message=message)


def evolve(_state: SynonymsState | None, event: Event) -> SynonymsState:
    assert isinstance(event, SynonymsSet)  # noqa: S101 - the aggregate has no other event
    return SynonymsState(groups=event.groups)


synonym_list = Decider("synonyms", SynonymsState, decide, evolve)
