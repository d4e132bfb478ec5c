"""What the doors of policy share: who may write, who may see what, and what comes newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col

from services.policy.decider.rights import EDITORS
from services.policy.readmodels.catalogue import DocumentRow, ItemRow
from shared.http.asking import one_of
from shared.security.actor import Actor

Editor = Annotated[Actor, Depends(one_of(*EDITORS))]
Words = Annotated[str | None, Query(max_length=60, description="标题、文号或内容中的文字")]
OfDepartment = Annotated[str | None, Query(max_length=20, description="部门代码")]
OfTheme = Annotated[str | None, Query(max_length=60, description="主题，如 技术改造")]


def visible(row: type[DocumentRow | ItemRow], actor: Actor | None) -> ColumnElement[bool]:
    """What is withheld is seen by its own department and the data bureau only (article 18)."""
    return or_(col(row.disclosure) == "public", own(row, actor))


def own(row: type[DocumentRow | ItemRow], actor: Actor | None) -> ColumnElement[bool]:
    """What belongs to the actor's department; everything for the data bureau."""
    if actor is None:
        return ~true()
    return true() if actor.of_department(None) else col(row.department) == actor.department


def may_see(row: DocumentRow | ItemRow, actor: Actor | None) -> bool:
    """The same for one row; a draft is its department's own, too."""
    if row.disclosure == "public" and row.published:
        return True
    return actor is not None and actor.of_department(row.department)
