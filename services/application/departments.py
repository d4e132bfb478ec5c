"""What departments are called."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select

from services.application.readmodels.departments import KnownDepartmentRow
from shared.runtime.service import Runtime


async def names_of(runtime: Runtime, codes: Iterable[str]) -> dict[str, str]:
    """Names by code; the code itself where a department is not registered."""
    wanted = list(codes)
    query = select(KnownDepartmentRow).where(col(KnownDepartmentRow.code).in_(wanted))
    known = {each.code: each.name for each in await runtime.reads.all(KnownDepartmentRow, query)}
    return {code: known.get(code, code) for code in wanted}
