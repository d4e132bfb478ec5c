"""A form for the tests, with everything that a form can have."""

from __future__ import annotations

from typing import Any

from services.application.api.forms import EXAMPLE
from services.application.definition.designing import completed
from services.application.definition.form import Form

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "企业名称", "x-fact": "name"},
        "staff": {"type": "integer", "title": "从业人员", "minimum": 1, "x-fact": "employees"},
        "revenue": {"type": "string", "format": "amount", "title": "营业收入", "x-fact": "revenue"},
        "contact": {"type": "string", "format": "phone", "title": "联系电话"},
        "way": {"type": "string", "title": "方式", "enum": ["bought", "leased"], "x-labels": {"bought": "购置"}},
        "amount": {
            "type": "string", "format": "amount", "title": "申请金额", "x-requested": True, "formatMinimum": "1",
            "formatMaximum": "100000",
        },
        "bought_on": {"type": "string", "format": "date", "title": "购置日期", "formatMinimum": "2026-01-01"},
        "rows": {
            "type": "array", "title": "设备", "minItems": 1, "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "model": {"type": "string", "title": "型号", "maxLength": 20},
                    "price": {"type": "string", "format": "amount", "title": "价格"},
                },
                "required": ["model", "price"],
            },
        },
    },
    "required": ["name", "way", "amount"],
    "allOf": [
        {
            "if": {"properties": {"way": {"const": "leased"}}, "required": ["way"]},
            "then": {"properties": {"lessor": {"type": "string", "title": "出租方"}}, "required": ["lessor"]},
            "else": {"properties": {"seller": {"type": "string", "title": "卖方"}}},
        }
    ],
}  # fmt: skip
FORM = completed(Form(answers=SCHEMA))
SHIPPED = completed(Form.model_validate(EXAMPLE))
RIGHT: dict[str, Any] = {"name": "样例（样例）", "way": "bought", "amount": "40,000.50"}
