"""What kind of rows a file holds, told by its columns, and which door takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class DoorRequest:
    """Body and query of one request."""

    body: dict[str, Any]
    params: dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of rows: its door, how a row is put into the door's form, and how rows make a request."""

    name: str
    title: str
    path: str
    fits: Callable[[frozenset[str]], bool]
    row: Callable[[Row], Row] = lambda row: row
    request: Callable[[list[Row], Mapping[str, str]], DoorRequest] = lambda rows, _given: DoorRequest(
        {"rows": rows}, {}
    )
    # What is enough when the file's name says the kind: code lists differ in little else.
    fits_named: Callable[[frozenset[str]], bool] = lambda _columns: False


class LoadError(RuntimeError):
    """A file that cannot be loaded at all; the text says what to do."""


def _has(*columns: str) -> Callable[[frozenset[str]], bool]:
    return lambda found: found.issuperset(columns)


def _enterprise(row: Row) -> Row:
    """Rows of registers carry more than the door wants; empty cells are absent values."""
    known = (
        "uscc", "name", "industry", "division", "established_on", "employees", "revenue_fen", "assets_fen", "tags",
        "contact", "sample",
    )  # fmt: skip
    kept = {key: value for key, value in row.items() if key in known and value not in ("", None)}
    if "division" not in kept and row.get("reg_division"):
        kept["division"] = row["reg_division"]
    return kept


def _fact(row: Row) -> Row:
    """Empty cells of a table are absent values."""
    return {key: value for key, value in row.items() if value not in ("", None)}


def _code(row: Row) -> Row:
    parent = row.get("parent_code") or row.get("county_code") or None
    return {"code": str(row.get("code", "")), "name": str(row.get("name", "")), "parent_code": parent}


def _edition(rows: list[Row], given: Mapping[str, str]) -> DoorRequest:
    return DoorRequest({"rows": rows}, {"edition": given["list"]})


def _with(*names: str) -> Callable[[list[Row], Mapping[str, str]], DoorRequest]:
    return lambda rows, given: DoorRequest({"rows": rows}, {name: given[name] for name in names})


TICKET_HEADERS = frozenset({"content", "诉求内容", "内容", "工单内容", "留言内容", "来信内容", "case_enquiry_id"})

_CARD_TITLES = frozenset({"标题", "政策名称", "事项名称", "政策标题", "项目名称"})
_CARD_DAYS = frozenset({"印发日期", "发文日期", "成文日期", "发布日期", "印发时间"})

KINDS: tuple[Kind, ...] = (
    Kind("enterprises", "企业", "/api/registry/enterprises/batch", _has("uscc", "name"), row=_enterprise),
    Kind("departments", "部门", "/api/registry/departments/batch", _has("code", "name", "short_name", "role")),
    Kind(
        "policy-cards",
        "政策卡片",
        "/api/policy/import/cards/batch",
        lambda c: c >= {"doc_title", "issuer"} or (bool(c & _CARD_TITLES) and bool(c & _CARD_DAYS)),
        request=_with("department"),
    ),
    Kind("facts", "企业画像", "/api/registry/facts/supply/batch", _has("uscc", "key", "value"), row=_fact),
    Kind("fact-definitions", "画像事实目录", "/api/registry/facts/batch", _has("key", "label", "kind")),
    Kind("named-conditions", "命名条件", "/api/policy/conditions/named/batch", _has("name", "title", "rule")),
    Kind("documents", "政策文件", "/api/policy/documents/batch", _has("number", "title", "issued_on", "decided_on")),
    Kind("items", "政策事项", "/api/policy/items/batch", _has("code", "title", "procedure", "guide")),
    Kind(
        "industries",
        "行业代码",
        "/api/registry/codes/industries/batch",
        lambda c: c >= {"code", "name", "section"} or c >= {"code", "name", "level"},
        row=_code,
        request=_edition,
        fits_named=_has("code", "name"),
    ),
    Kind(
        "divisions",
        "行政区划",
        "/api/registry/codes/divisions/batch",
        lambda c: {"code", "name"} <= c and bool(c & {"county_code", "province", "parent_code"}),
        row=_code,
        request=_edition,
        fits_named=_has("code", "name"),
    ),
    Kind("tickets", "诉求工单", "/api/hotline/tickets/batch", _has("number", "nature", "received_at", "caller")),
    Kind(
        "ticket-export",
        "诉求工单导出表",
        "/api/hotline/tickets/import",
        lambda c: bool(c & TICKET_HEADERS),
        request=_with("source"),
    ),
)


def kind_of(path: Path, rows: Sequence[Row]) -> Kind:
    """The kind of a file's rows. Raises `LoadError` naming what is understood."""
    if not rows:
        raise LoadError(f"{path} 没有数据行。")
    columns = frozenset(rows[0])
    named = [kind for kind in KINDS if path.stem.startswith(kind.name) and kind.fits_named(columns)]
    candidates = named or [kind for kind in KINDS if kind.fits(columns)]
    if candidates:
        return candidates[0]
    understood = "、".join(kind.title for kind in KINDS)
    raise LoadError(f"{path} 的列（{'、'.join(sorted(columns)[:12])}）不属于任何可载入的资料，可载入：{understood}。")
