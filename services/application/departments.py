"""What departments are called."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select

from services.application.readmodels.departments import KnownDepartmentRow
from shared.runtime.service import Runtime


async def names_of(runtime: Runtime, codes: Iterable[str]) -> dict[str, str]:
    """Names by code; the code itself where a department is not registered."""
    wanted = list(codes)
    known = await _known(runtime, wanted)
    return {code: known.get(code, code) for code in wanted}


async def unknown_of(runtime: Runtime, codes: Iterable[str]) -> frozenset[str]:
    """Those that are not registered, as far as has been heard."""
    wanted = frozenset(codes)
    return wanted - (await _known(runtime, wanted)).keys()


async def _known(runtime: Runtime, codes: Iterable[str]) -> dict[str, str]:
    query = select(KnownDepartmentRow).where(col(KnownDepartmentRow.code).in_(list(codes)))
    return {each.code: each.name for each in await runtime.reads.all(KnownDepartmentRow, query)}
