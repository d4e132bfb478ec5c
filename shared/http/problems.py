"""Problem details (RFC 9457) with stable codes and Chinese texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from eventsourcing.persistence import InterfaceError as RecordInterfaceError
from eventsourcing.persistence import OperationalError as RecordOperationalError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException

from shared.eventstore.decider import Because, FieldError, Refused
from shared.objects.store import ObjectStoreAway
from shared.telemetry.tracing import current_trace_id

log = structlog.get_logger(__name__)
STATUS = {Because.INVALID: 422, Because.FORBIDDEN: 403, Because.NOT_FOUND: 404, Because.CONFLICT: 409}

# What a form can have wrong, in words for the person who filled it in.
MESSAGES: Mapping[str, str] = {
    "missing": "缺少必填项。",
    "string_too_short": "内容过短，至少需要{min_length}个字符。",
    "string_too_long": "内容过长，最多{max_length}个字符。",
    "string_pattern_mismatch": "格式不正确，请按要求的格式填写。",
    "string_type": "应为文字。",
    "string_unicode": "内容含有无法识别的字符，请删除后重新填写。",
    "int_type": "应为整数。",
    "int_parsing": "应为整数。",
    "int_from_float": "应为整数。",
    "int_parsing_size": "数字过大，请核对。",
    "float_type": "应为数字。",
    "bool_type": "应为“是”或“否”（true 或 false）。",
    "float_parsing": "应为数字。",
    "bool_parsing": "应为“是”或“否”（true 或 false）。",
    "date_from_datetime_parsing": "日期格式不正确，应为“年-月-日”，例如 2026-03-02。",
    "date_from_datetime_inexact": "日期格式不正确，应为“年-月-日”，例如 2026-03-02。",
    "date_parsing": "日期格式不正确，应为“年-月-日”，例如 2026-03-02。",
    "date_type": "日期格式不正确，应为“年-月-日”，例如 2026-03-02。",
    "datetime_type": "时间格式不正确，应为 ISO 8601 格式，例如 2026-03-02T09:00:00+08:00。",
    "datetime_parsing": "时间格式不正确，应为 ISO 8601 格式，例如 2026-03-02T09:00:00+08:00。",
    "datetime_from_date_parsing": "时间格式不正确，应为 ISO 8601 格式，例如 2026-03-02T09:00:00+08:00。",
    "timezone_aware": "时间须带时区，例如 2026-03-02T09:00:00+08:00。",
    "literal_error": "不在允许的取值之内，允许：{expected}。",
    "enum": "不在允许的取值之内，允许：{expected}。",
    "greater_than": "应大于{gt}。",
    "greater_than_equal": "不应小于{ge}。",
    "less_than_equal": "不应大于{le}。",
    "too_short": "至少需要{min_length}项。",
    "too_long": "最多{max_length}项。",
    "list_type": "应为列表。",
    "tuple_type": "应为列表。",
    "finite_number": "应为有限的数字。",
    "model_type": "应为对象。",
    "model_attributes_type": "应为对象。",
    "dict_type": "应为对象。",
    "extra_forbidden": "不认识的字段，请删除或改正名称。",
    "json_invalid": "请求内容不是合法的 JSON。",
}

# What the framework answers itself.
TITLES: Mapping[int, str] = {
    400: "请求内容无法读取，请检查是否为 UTF-8 编码的 JSON 后重新提交。",
    404: "没有找到您要的内容，请检查地址。",
    405: "该地址不支持这种操作。",
    413: "提交的内容过大。",
}


# The record is away, or has just come back; the request itself is not at fault.
UNREACHABLE = (
    OperationalError,
    InterfaceError,
    InternalError,
    NoConnectionError,
    RecordOperationalError,
    RecordInterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
RETRY_SECONDS = 2
STORE_RETRY_SECONDS = 5


def problem(
    status: int, code: str, title: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An `application/problem+json` answer."""
    content: dict[str, Any] = {
        "type": f"urn:chengce:problem:{code}",
        "code": code,
        "title": title,
        "status": status,
        "trace_id": current_trace_id(),
    }
    if errors:
        content["errors"] = [error.model_dump() for error in errors]
    return JSONResponse(content, status, headers=dict(headers or {}), media_type="application/problem+json")


def field_errors(errors: Sequence[Any]) -> list[FieldError]:
    """Pydantic's errors as field errors in Chinese; a validator's own ValueError text is kept."""
    return [
        FieldError(
            field=".".join(str(part) for part in error["loc"] if part not in ("body",)),
            code=error["type"],
            message=_message(error),
        )
        for error in errors
    ]


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] in ("value_error", "assertion_error"):
        return str(error.get("ctx", {}).get("error", error["msg"]))
    known = MESSAGES.get(error["type"])
    if known is None:
        return f"内容不符合要求（{error['msg']}）。"
    ctx = dict(error.get("ctx", {}))
    if "expected" in ctx:  # pydantic's "'a', 'b' or 'c'"
        ctx["expected"] = ctx["expected"].replace(" or ", "、").replace(", ", "、").replace("'", "")
    return known.format(**ctx)


def add_problem_handlers(app: FastAPI) -> None:
    """Every failure of a door answers as problem details."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        return problem(STATUS[error.because], error.code, error.title, error.errors)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = field_errors(error.errors())
        title = f"提交的内容有{len(errors)}处需要改正，请逐项修改后重新提交。"
        return problem(422, "platform.invalid-request", title, errors)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        title = TITLES.get(error.status_code, str(error.detail))
        return problem(error.status_code, f"platform.http-{error.status_code}", title, headers=error.headers)

    async def unreachable(request: Request, error: Exception) -> JSONResponse:
        log.warning("record_unreachable", path=request.url.path, error=repr(error))
        title = "系统暂时连接不上数据库，这项操作可能没有保存。请稍等片刻后重新提交；用同一幂等键重新提交不会重复办理。"
        return problem(503, "platform.record-unreachable", title, headers={"Retry-After": str(RETRY_SECONDS)})

    for kind in UNREACHABLE:
        app.add_exception_handler(kind, unreachable)

    @app.exception_handler(ObjectStoreAway)
    async def store_away(request: Request, error: ObjectStoreAway) -> JSONResponse:
        log.warning("object_store_away", path=request.url.path, error=str(error))
        title = "文件存储暂时连接不上，现在不能上传或下载文件，这次操作没有保存。请稍等片刻后重试；不涉及文件的业务可以照常办理。"
        return problem(503, "platform.object-store-away", title, headers={"Retry-After": str(STORE_RETRY_SECONDS)})

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.exception("request_failed", path=request.url.path, exc_info=error)
        title = "系统暂时无法完成这项操作，您的内容没有被保存，请稍后重试；仍不成功时请把追踪号告诉管理员。"
        return problem(500, "platform.failed", title)
