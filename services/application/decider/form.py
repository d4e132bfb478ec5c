"""An item's form: set by its department, checked whole, versioned; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from services.application.decider.grant_list import require_staff
from services.application.definition.designing import completed, mistakes
from services.application.definition.form import Form
from services.application.events.form import FormSet
from shared.contracts.facts import FactDefinition
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class SetForm(Command):
    """Lay it down; `catalogue`: the facts that can fill its fields."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"department", "procedure", "catalogue"})

    item_code: str
    department: str
    procedure: str
    form: Form
    catalogue: Mapping[str, FactDefinition]


class FormState(State):
    """Every version: what was begun with an older one goes on with it."""

    versions: tuple[Form, ...]

    @property
    def version(self) -> int:
        """The one in force, counted from 1."""
        return len(self.versions)

    def of(self, version: int | None) -> Form:
        """A version; None: the one in force."""
        return self.versions[(version or self.version) - 1]


def decide(state: FormState | None, command: SetForm, context: Context) -> Sequence[Event]:
    """The same content again changes nothing."""
    require_staff(command.department, context)
    errors = mistakes(command.form, command.catalogue)
    if command.procedure == "no-application":
        message = "免申即享事项由部门提交名单，不需要申报表单。"
        errors.insert(0, FieldError(field="item_code", code="no-application", message=message))
    if errors:
        raise Refused("application.form-invalid", f"表单有{len(errors)}处需要改正。", errors, Because.INVALID)
    whole = completed(command.form)
    if state is not None and state.of(None) == whole:
        return []
    return [
        FormSet(
            item_code=command.item_code,
            department=command.department,
            version=state.version + 1 if state else 1,
            form=whole.model_dump(mode="json"),
            set_on=context.today,
            by=context.actor.subject,
        )
    ]


def evolve(state: FormState | None, event: Event) -> FormState:
    """With one version more."""
    assert isinstance(event, FormSet)  # noqa: S101 - the only kind of event
    return FormState(versions=(*(state.versions if state else ()), Form.model_validate(event.form)))


form: Decider[FormState, SetForm] = Decider("form", FormState, decide, evolve)
