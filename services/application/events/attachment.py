"""Attachments (附件): uploaded once, named by drafts and applications, discarded when nothing names them."""

from __future__ import annotations

from typing import ClassVar

from shared.eventstore.events import Event


class AttachmentUploaded(Event):
    """Somebody has uploaded a file, for an enterprise or before they stand for one. `digest`: SHA-256, hexadecimal."""

    TOPIC: ClassVar[str] = "application.attachment-uploaded"

    name: str
    media_type: str
    size: int
    digest: str
    enterprise: str | None
    by: str


class AttachmentNamed(Event):
    """A draft or an application names it: the aggregate `of`."""

    TOPIC: ClassVar[str] = "application.attachment-named"

    of: str


class AttachmentReleased(Event):
    """`of` names it no more; `named`: something else does."""

    TOPIC: ClassVar[str] = "application.attachment-released"

    of: str
    named: bool


class AttachmentDiscarded(Event):
    """Nothing has named it for too long: its content goes."""

    TOPIC: ClassVar[str] = "application.attachment-discarded"


class AttachmentErased(Event):
    """Its content is gone."""

    TOPIC: ClassVar[str] = "application.attachment-erased"
