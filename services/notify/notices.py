"""A notice: which template for whom."""

from __future__ import annotations

from dataclasses import dataclass

from services.notify.templates import Template

DATA_BUREAU = "data-bureau"
DESK = "hotline-desk"
FINANCE = "finance"


@dataclass(frozen=True)
class Notice:
    """A template for a recipient; people outside the administration get a text message too, unless it is `quiet`.

    `once_a_day`: a sender that goes wrong does so thousands of times, and one message says it all.
    """

    recipient: str
    template: Template
    quiet: bool = False
    once_a_day: bool = False

    @property
    def wants_sms(self) -> bool:
        return not self.quiet and self.recipient.startswith(("enterprise:", "caller:", "objector:"))


def to_enterprise(uscc: str, template: Template) -> Notice:
    """For an enterprise."""
    return Notice(f"enterprise:{uscc}", template)


def to_person(department: str, subject: str, template: Template) -> Notice:
    """For one person of a department, by the subject of the account."""
    return Notice(f"person:{department}:{subject}", template)


def to_department(code: str, template: Template) -> Notice:
    """For a department."""
    return Notice(f"department:{code}", template)
