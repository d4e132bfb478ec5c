"""The catalogue of facts: what the data bureau adds to it, and what may change of what is there (article 8)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.registry.decider.rights import require_manager
from services.registry.events import FactDefined
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition, FactKey, FactKind, Option, Unit
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class DefineFact(Command):
    """Add a fact to the catalogue, or change its label, options or question."""

    key: FactKey
    label: str = Field(min_length=1, max_length=60, examples=["单位产值能耗"])
    kind: FactKind
    unit: Unit | None = None
    options: tuple[Option, ...] = Field((), max_length=500)
    code_list: str | None = Field(None, pattern=r"^[a-z0-9-]{2,40}$")
    question: str = Field("", max_length=200, description="向企业询问时的问法")


class FactState(State):
    definition: FactDefinition


def decide(state: FactState | None, command: DefineFact, context: Context) -> Sequence[Event]:
    """The same twice is one. Values and conditions rest on a fact's form: its kind, its unit and its options stay."""
    require_manager(context, "定义画像事实")
    before = state.definition if state else BASE_CATALOGUE.get(command.key)
    errors = [*_form(command), *(_changed(before, command) if before else ())]
    if errors:
        title = f"事实的定义有{len(errors)}处需要改正，请逐项修改后重新提交。"
        raise Refused("registry.invalid-fact", title, errors, Because.INVALID)
    definition = FactDefinition(**dict(command))
    return [] if definition == before else [FactDefined(definition=definition)]


def _form(command: DefineFact) -> list[FieldError]:
    """What a definition of this kind needs, and what it must not have."""
    kind, errors = command.kind, list[FieldError]()

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if kind is FactKind.NUMBER and command.unit is None:
        wrong("unit", "missing", "数值类事实须注明计量单位，请补充。")
    if kind is not FactKind.NUMBER and command.unit is not None:
        wrong("unit", "surplus", "只有数值类事实才有计量单位，请删除。")
    if kind is FactKind.CHOICE and not command.options:
        wrong("options", "missing", "单选类事实须列出全部选项，请补充。")
    if kind not in (FactKind.CHOICE, FactKind.SET) and command.options:
        wrong("options", "surplus", "只有单选类和清单类事实才有选项，请删除。")
    if len({option.value for option in command.options}) < len(command.options):
        wrong("options", "twice", "同一选项出现了多次，请只保留一项。")
    if kind is FactKind.CODE and command.code_list is None:
        wrong("code_list", "missing", "代码类事实须注明代码表，请补充。")
    if kind is not FactKind.CODE and command.code_list is not None:
        wrong("code_list", "surplus", "只有代码类事实才有代码表，请删除。")
    return errors


def _changed(before: FactDefinition, command: DefineFact) -> list[FieldError]:
    """What may not change."""
    errors = [
        FieldError(
            field=name, code="changed", message=f"已有数据和政策条件依据原来的{what}，不能更改，请另行定义新的事实。"
        )
        for name, what in (("kind", "类型"), ("unit", "计量单位"), ("code_list", "代码表"))
        if getattr(before, name) != getattr(command, name)
    ]
    kept = {option.value for option in command.options}
    gone = "、".join(option.label for option in before.options if option.value not in kept)
    if gone:
        errors.append(FieldError(field="options", code="gone", message=f"选项只能增加，不能删除：{gone}。"))
    return errors


def evolve(_state: FactState | None, event: Event) -> FactState:
    assert isinstance(event, FactDefined)  # noqa: S101 - the aggregate has no other event
    return FactState(definition=event.definition)


fact: Decider[FactState, DefineFact] = Decider("fact", FactState, decide, evolve)
