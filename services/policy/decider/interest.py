"""What an enterprise wants to be told, and how; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from services.policy.events.matching import (
    Delivery,
    DeliveryChosen,
    DigestDue,
    DigestEntry,
    ItemMuted,
    ItemUnmuted,
    ThemeMuted,
    ThemeUnmuted,
)
from services.policy.keys import ItemCode
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

MOST_MUTED = 500
Theme = Annotated[str, Field(min_length=1, max_length=60, examples=["技术改造"])]


class _OfEnterprise(Command):
    uscc: Uscc


class MuteItem(_OfEnterprise):
    """Hear nothing of an item; `muted` false: hear of it again."""

    code: ItemCode
    muted: bool = True


class MuteTheme(_OfEnterprise):
    """Hear nothing of items with a theme; `muted` false: hear of them again."""

    theme: Theme
    muted: bool = True


class ChooseDelivery(_OfEnterprise):
    """At once or once a day; and whether to be reminded before a window closes."""

    delivery: Delivery
    reminders: bool


class SendDigest(_OfEnterprise):
    """Tell the enterprise what was found since the last digest."""

    entries: tuple[DigestEntry, ...]


InterestCommand = MuteItem | MuteTheme | ChooseDelivery | SendDigest


class InterestState(State):
    """Muted items and themes, in the order in which they were; at once and with reminders, unless chosen otherwise."""

    items: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    delivery: Delivery = "at-once"
    reminders: bool = True


def decide(state: InterestState | None, command: InterestCommand, context: Context) -> Sequence[Event]:
    """The enterprise alone decides what it is told."""
    if context.actor.enterprise != command.uscc and not context.actor.has(Role.SYSTEM):
        message = "推送偏好只能由企业本身设置，请以该企业的账号登录。"
        raise Refused("policy.not-your-enterprise", message, because=Because.FORBIDDEN)
    known = state or InterestState()
    match command:
        case MuteItem(uscc=uscc, code=code, muted=muted):
            if muted is (code in known.items):
                return []
            _require_room(known.items, muted, "code")
            return [ItemMuted(uscc=uscc, code=code) if muted else ItemUnmuted(uscc=uscc, code=code)]
        case MuteTheme(uscc=uscc, theme=theme, muted=muted):
            if muted is (theme in known.themes):
                return []
            _require_room(known.themes, muted, "theme")
            return [ThemeMuted(uscc=uscc, theme=theme) if muted else ThemeUnmuted(uscc=uscc, theme=theme)]
        case ChooseDelivery(delivery=delivery, reminders=reminders):
            same = (delivery, reminders) == (known.delivery, known.reminders)
            return [] if same else [DeliveryChosen(**command.model_dump())]
        case SendDigest():
            return [DigestDue(**command.model_dump())]


def _require_room(muted: tuple[str, ...], more: bool, field: str) -> None:
    if more and len(muted) >= MOST_MUTED:
        title = f"最多屏蔽{MOST_MUTED}项，请先取消一些屏蔽，或改为每日汇总。"
        raise Refused("policy.too-many-muted", title, [FieldError(field=field, code="too-many", message=title)])


def evolve(state: InterestState | None, event: Event) -> InterestState:
    known = state or InterestState()
    match event:
        case ItemMuted(code=code):
            return known.model_copy(update={"items": (*known.items, code)})
        case ItemUnmuted(code=code):
            return known.model_copy(update={"items": tuple(each for each in known.items if each != code)})
        case ThemeMuted(theme=theme):
            return known.model_copy(update={"themes": (*known.themes, theme)})
        case ThemeUnmuted(theme=theme):
            return known.model_copy(update={"themes": tuple(each for each in known.themes if each != theme)})
        case DeliveryChosen():
            return known.model_copy(update={"delivery": event.delivery, "reminders": event.reminders})
        case DigestDue():
            return known
        case _:
            raise AssertionError(f"no event of an interest: {event.TOPIC}")


interest = Decider("interest", InterestState, decide, evolve)
