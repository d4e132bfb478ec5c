"""Comments (政策评论): what one person says on one day, and what the department makes of each; pure.

A person's day is one aggregate, so that how many there may be in a day is decided where they are written. Its key is a
keyed hash (participation/people.py): it tells neither the person nor which other day is theirs. What becomes of a
comment is an aggregate of its own: nothing that is told of it connects it with others of the same person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict, Field

from services.policy.decider.rights import require_editor
from services.policy.events.participation import (
    Author,
    CommentApproved,
    CommentRejected,
    CommentReplied,
    CommentSubmitted,
    SubjectRef,
)
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

MOST_A_DAY = 10
MOST_CHARACTERS = 2000
Status = Literal["submitted", "approved", "rejected"]


def comment_id(place: str, number: int) -> str:
    """The public name of a person's n-th comment of a day; two of them cannot be told to be of one person."""
    return hashlib.sha256(f"{place}\0{number}".encode()).hexdigest()[:20]


class SubmitComment(Command):
    """Say something about a public document, item or article. `place` is the key of the person's day."""

    model_config = ConfigDict(str_strip_whitespace=True)

    place: str
    about: SubjectRef
    text: str = Field("", max_length=MOST_CHARACTERS)


class CommentsState(State):
    """A person's comments of a day, by their public names, in order."""

    comments: dict[str, CommentSubmitted] = Field(default_factory=dict)

    def same(self, about: SubjectRef, text: str) -> str | None:
        """The name of the comment that says just this about it."""
        said = (about.kind, about.key, text)
        known = self.comments.items()
        return next((name for name, each in known if (each.about.kind, each.about.key, each.text) == said), None)


def decide_submission(state: CommentsState | None, command: SubmitComment, context: Context) -> Sequence[Event]:
    """Users comment on what is public, ten times a day; the same again is the same comment."""
    known = state or CommentsState()
    if not context.actor.has(Role.APPLICANT):
        title = "评论由企业和个人用户发表，请以企业或个人账号登录。"
        raise Refused("policy.comment-by-users-only", title, because=Because.FORBIDDEN)
    if not command.about.public:
        raise Refused("platform.not-found", "没有找到要评论的内容，请核对编号后重新查询。", because=Because.NOT_FOUND)
    if not command.text:
        raise _invalid("text", "请填写评论内容。")
    if known.same(command.about, command.text):
        return []
    if len(known.comments) >= MOST_A_DAY:
        title = f"每人每天最多发表{MOST_A_DAY}条评论，请明天再发表。"
        raise Refused("policy.too-many-comments", title, [FieldError(field="text", code="too-many", message=title)])
    author: Author = "enterprise" if context.actor.enterprise else "individual"
    name = comment_id(command.place, len(known.comments) + 1)
    return [CommentSubmitted(comment=name, about=command.about, author=author, text=command.text, day=context.today)]


def evolve_submissions(state: CommentsState | None, event: Event) -> CommentsState:
    assert isinstance(event, CommentSubmitted)  # noqa: S101 - the aggregate has no other event
    return CommentsState(comments={**(state.comments if state else {}), event.comment: event})


class _OfComment(Command):
    """`submitted` is the comment as it stands in the record."""

    model_config = ConfigDict(str_strip_whitespace=True)

    submitted: CommentSubmitted


class ApproveComment(_OfComment):
    """Let everybody read it; `public` is whether what it is about still is."""

    public: bool


class RejectComment(_OfComment):
    """Keep it from the public, or take it back."""

    reason: str = Field("", max_length=1000)


class ReplyToComment(_OfComment):
    """Answer a public comment."""

    reply: str = Field("", max_length=5000)


ModerationCommand = ApproveComment | RejectComment | ReplyToComment


class ModerationState(State):
    """What the department has made of a comment."""

    status: Status = "submitted"
    reason: str = ""
    reply: str = ""


def decide(state: ModerationState | None, command: ModerationCommand, context: Context) -> Sequence[Event]:
    """Approved, or rejected with a reason, as often as the department thinks better of it; answered while it is public."""
    known, submitted = state or ModerationState(), command.submitted
    require_editor(context.actor, submitted.about.department, "评论审核与回复")
    named = {"comment": submitted.comment, "about": submitted.about}
    match command:
        case ApproveComment(public=public):
            if known.status == "approved":
                return []
            if not public:
                title = "评论所针对的内容已不公开，评论不能公开；请改为不予公开并说明理由（第十八条）。"
                raise Refused("policy.subject-withheld", title)
            return [CommentApproved(**dict(submitted))]
        case RejectComment(reason=reason):
            if not reason:
                raise _invalid("reason", "请写明不予公开的理由，提交人可以看到。")
            if (known.status, known.reason) == ("rejected", reason):
                return []
            return [CommentRejected(**named, reason=reason, was_public=known.status == "approved")]
        case ReplyToComment(reply=reply):
            if known.status != "approved":
                raise Refused("policy.comment-not-public", "只能回复已公开的评论，请先审核通过。")
            if not reply:
                raise _invalid("reply", "请填写回复内容。")
            return [CommentReplied(**named, reply=reply)] if reply != known.reply else []


def _invalid(field: str, message: str) -> Refused:
    errors = [FieldError(field=field, code="missing", message=message)]
    return Refused("policy.comment-invalid", message, errors, Because.INVALID)


def evolve(state: ModerationState | None, event: Event) -> ModerationState:
    known = state or ModerationState()
    match event:
        case CommentApproved():
            return known.model_copy(update={"status": "approved", "reason": ""})
        case CommentRejected(reason=reason):
            return known.model_copy(update={"status": "rejected", "reason": reason})
        case CommentReplied(reply=reply):
            return known.model_copy(update={"reply": reply})
        case _:
            raise AssertionError(f"no event of a comment: {event.TOPIC}")


comments = Decider("comments", CommentsState, decide_submission, evolve_submissions)
comment = Decider("comment", ModerationState, decide, evolve)
