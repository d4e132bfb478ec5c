"""Published by notify: what was told to whom (by reference), and whether it arrived."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Published


class MessageWritten(Published):
    """A message stands in somebody's inbox. `recipient` is `enterprise:<uscc>`, `department:<code>` or `caller:<ticket id>`."""

    TYPE: ClassVar[str] = "notify.message-written"
    TITLE: ClassVar[str] = "消息已写入收件箱"

    message_id: str
    recipient: str
    template: str
    about: str


class SmsAccepted(Published):
    """The provider has taken the text message over; it is not yet delivered."""

    TYPE: ClassVar[str] = "notify.sms-accepted"
    TITLE: ClassVar[str] = "短信已提交运营商"

    message_id: str
    recipient: str
    attempts: int


class SmsDelivered(Published):
    """The provider's receipt says that the text message arrived."""

    TYPE: ClassVar[str] = "notify.sms-delivered"
    TITLE: ClassVar[str] = "短信已送达"

    message_id: str
    recipient: str


class SmsFailed(Published):
    """The text message did not arrive, and will not be tried again."""

    TYPE: ClassVar[str] = "notify.sms-failed"
    TITLE: ClassVar[str] = "短信发送失败"

    message_id: str
    recipient: str
    attempts: int
    reason: str
