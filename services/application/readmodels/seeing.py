"""Whose rows somebody sees in a list: a clause for what the actor stands for, and none for what it does not.

A clause that no index serves makes PostgreSQL read a whole table for each page, so each of these has its index.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false
from sqlmodel import and_, col, or_

from services.application.readmodels.grants import GrantRow
from services.application.readmodels.payments import PaymentRow
from shared.security.actor import Actor

NOT_OFFERED = ("listed", "unlisted")


def grants_of(actor: Actor) -> ColumnElement[bool]:
    """Its enterprise's, once they are offered, and its department's."""
    return _own(GrantRow, actor, col(GrantRow.status).not_in(NOT_OFFERED))


def payments_of(actor: Actor) -> ColumnElement[bool]:
    """Its enterprise's and its department's."""
    return _own(PaymentRow, actor)


def _own(table: Any, actor: Actor, *for_enterprise: ColumnElement[bool]) -> ColumnElement[bool]:
    clauses: list[ColumnElement[bool]] = []
    if actor.enterprise:
        clauses.append(and_(table.enterprise == actor.enterprise, *for_enterprise))
    if actor.department:
        clauses.append(table.department == actor.department)
    return or_(false(), *clauses)
