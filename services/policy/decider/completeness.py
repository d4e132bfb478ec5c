"""What an item lacks before it may be published (articles 10, 11); every error at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.policy.events import Guide, ItemDrafted, Material, Window
from shared.eventstore.decider import Because, FieldError, Refused

LONGEST_PROMISE = 365  # working days
_PHONE = re.compile(r"\d{5,}")


def require_publishable(draft: ItemDrafted, others: list[FieldError]) -> None:
    """Raises `Refused` with `others` and everything the item lacks; `policy.guide-incomplete` when the guide lacks a part."""
    in_guide = list(_errors_in_guide(draft.guide))
    errors = [*others, *_errors_in_item(draft), *in_guide]
    if not errors:
        return
    incomplete = any(error.code == "missing" for error in in_guide)
    reason = "申报指南不完整，" if incomplete else ""
    raise Refused(
        "policy.guide-incomplete" if incomplete else "policy.item-invalid",
        f"{reason}事项有{len(errors)}处需要补充或改正，请逐项处理后重新发布。",
        errors,
        Because.INVALID,
    )


def _missing(field: str, message: str) -> FieldError:
    return FieldError(field=field, code="missing", message=message)


def _errors_in_item(draft: ItemDrafted) -> Iterator[FieldError]:
    if not draft.title:
        yield _missing("title", "缺少事项名称，请填写。")
    if not draft.support_type:
        yield _missing("support_type", "缺少扶持方式，请填写。")
    if draft.procedure is None:
        yield _missing("procedure", "请选择办理方式：免申即享、简易程序或复杂程序。")
    if draft.amount_fen is not None and draft.amount_fen < 0:
        yield FieldError(field="amount_fen", code="negative", message="金额不能为负数，请核对（单位：分）。")
    if draft.window is None:
        yield _missing("window", "请选择申报时间：常年申报、固定期限或期限待定（第十一条）。")
    else:
        yield from errors_in_window(draft.window)


def errors_in_window(window: Window) -> Iterator[FieldError]:
    """What is wrong with a window (article 11)."""
    if window.kind != "fixed":
        for field in ("opens_on", "closes_on"):
            if getattr(window, field) is not None:
                message = "只有固定期限的事项填写起止日期，请删去日期或改为固定期限。"
                yield FieldError(field=f"window.{field}", code="not-fixed", message=message)
        return
    if window.opens_on is None:
        yield _missing("window.opens_on", "固定期限的事项须写明开始日期，请填写。")
    if window.closes_on is None:
        yield _missing("window.closes_on", "固定期限的事项须写明截止日期，请填写。")
    if window.opens_on and window.closes_on and window.closes_on < window.opens_on:
        message = "截止日期不能早于开始日期，请核对。"
        yield FieldError(field="window.closes_on", code="before-opens", message=message)


def _errors_in_guide(guide: Guide) -> Iterator[FieldError]:
    if not guide.conditions:
        yield _missing("guide.conditions", "申报指南缺少申报条件，请至少写明一项。")
    if not guide.materials:
        yield _missing("guide.materials", "申报指南缺少申报材料，请至少列出一项。")
    for number, material in enumerate(guide.materials):
        yield from _errors_in_material(number, material)
    if not guide.process:
        yield _missing("guide.process", "申报指南缺少办理流程，请至少写明一步。")
    if guide.promised_days is None:
        yield _missing("guide.promised_days", "申报指南缺少承诺时限，请填写工作日数。")
    elif not 1 <= guide.promised_days <= LONGEST_PROMISE:
        message = f"承诺时限应为1至{LONGEST_PROMISE}个工作日，请核对。"
        yield FieldError(field="guide.promised_days", code="out-of-range", message=message)
    if not guide.office:
        yield _missing("guide.office", "申报指南缺少责任科室，请填写。")
    if not guide.phone:
        yield _missing("guide.phone", "申报指南缺少咨询电话，请填写。")
    elif not _PHONE.search(guide.phone):
        yield FieldError(field="guide.phone", code="no-phone", message="咨询电话应为可以拨打的号码，请核对。")


def _errors_in_material(number: int, material: Material) -> Iterator[FieldError]:
    if not material.name:
        yield _missing(f"guide.materials.{number}.name", f"第{number + 1}项申报材料缺少名称，请填写。")
    if material.required is None:
        message = f"第{number + 1}项申报材料没有写明是否必须提供，请选择。"
        yield _missing(f"guide.materials.{number}.required", message)
