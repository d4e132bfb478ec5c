"""An attachment: its uploader's and the enterprise's, for as long as something names it; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.application.decider.state import require_platform
from services.application.events import attachment as events
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role


class UploadAttachment(Command):
    """Its content is stored under its key already."""

    name: str = Field(min_length=1, max_length=200)
    media_type: str
    size: int = Field(ge=1)
    digest: str


class NameAttachment(Command):
    """Keep it for an aggregate, together with what that does. `through`: another that has it already, such as a draft."""

    of: str
    through: str | None = None


class ReleaseAttachment(Command):
    """It is not needed for that any more."""

    of: str


class DiscardAttachment(Command):
    """Let it go, if nothing names it."""


class ConcludeErasure(Command):
    """Its content was deleted."""


AttachmentCommand = UploadAttachment | NameAttachment | ReleaseAttachment | DiscardAttachment | ConcludeErasure


class AttachmentState(State):
    """`named`: the aggregates that name it."""

    uploaded: events.AttachmentUploaded
    named: frozenset[str] = frozenset()
    discarded: bool = False

    def is_of(self, actor: Actor) -> bool:
        """Whether somebody may use it: everybody of the enterprise that it was uploaded for, and who uploaded it, if that is
        nobody's or was at the counter: who has left an enterprise has its files no more."""
        own = self.uploaded.enterprise
        by_uploader = own is None or actor.has(Role.COUNTER_CLERK)
        return (by_uploader and actor.subject == self.uploaded.by) or (own is not None and actor.enterprise == own)

    def usable(self, actor: Actor, through: str | None) -> bool:
        """Whether somebody may name it: theirs, or what they work on has it already, whoever uploaded it."""
        return not self.discarded and (self.is_of(actor) or through in self.named)


def decide(state: AttachmentState | None, command: AttachmentCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs an attachment that is there."""
    if isinstance(command, UploadAttachment):
        actor = context.actor
        uploaded = events.AttachmentUploaded(**command.model_dump(), enterprise=actor.enterprise, by=actor.subject)
        return [] if state else [uploaded]
    if state is None:
        raise Refused("application.attachment-unknown", "没有这个附件，请重新上传。", because=Because.NOT_FOUND)
    match command:
        case NameAttachment():
            return _name(state, command, context)
        case ReleaseAttachment(of=of):
            left = state.named - {of}
            return [events.AttachmentReleased(of=of, named=bool(left))] if of in state.named else []
        case DiscardAttachment():
            require_platform(context)
            return [] if state.named or state.discarded else [events.AttachmentDiscarded()]
        case ConcludeErasure():
            require_platform(context)
            return [events.AttachmentErased()]


def _name(state: AttachmentState, command: NameAttachment, context: Context) -> Sequence[Event]:
    if command.of in state.named:
        return []
    if not state.usable(context.actor, command.through):
        raise Refused("application.attachment-gone", f"附件“{state.uploaded.name}”已过期，请重新上传。")
    return [events.AttachmentNamed(of=command.of)]


def evolve(state: AttachmentState | None, event: Event) -> AttachmentState:
    """The state after an event."""
    if isinstance(event, events.AttachmentUploaded):
        return AttachmentState(uploaded=event)
    assert state is not None  # noqa: S101 - nothing happens to it before it is uploaded
    match event:
        case events.AttachmentNamed(of=of):
            return state.model_copy(update={"named": state.named | {of}})
        case events.AttachmentReleased(of=of):
            return state.model_copy(update={"named": state.named - {of}})
        case events.AttachmentDiscarded():
            return state.model_copy(update={"discarded": True})
    return state


attachment: Decider[AttachmentState, AttachmentCommand] = Decider("attachment", AttachmentState, decide, evolve)
