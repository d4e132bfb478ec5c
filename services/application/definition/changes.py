"""What has changed between two versions of a form, in sentences for whoever has begun with the older one."""

from __future__ import annotations

from collections.abc import Iterator

from services.application.definition.answers import title_of
from services.application.definition.form import Form, every_field

_SHOWN_ALIKE = ("title", "x-hint", "description", "x-fact", "x-labels")


def changes(before: Form, after: Form) -> list[str]:
    """New fields, dropped ones, and those that ask for something else; sections and hints do not count."""
    return list(_changes(before, after))


def _changes(before: Form, after: Form) -> Iterator[str]:
    old, new = every_field(before.answers), every_field(after.answers)
    for name in new.keys() - old.keys():
        required = name in after.answers.get("required", ())
        yield f"新增“{title_of(new[name], name)}”{'（必填）' if required else ''}。"
    for name in old.keys() - new.keys():
        yield f"取消“{title_of(old[name], name)}”。"
    for name in old.keys() & new.keys():
        was, now = title_of(old[name], name), title_of(new[name], name)
        if was != now:
            yield f"“{was}”改称“{now}”。"
        asks = [{key: each for key, each in of[name].items() if key not in _SHOWN_ALIKE} for of in (old, new)]
        if asks[0] != asks[1]:
            yield f"“{now}”的填写要求有变化。"
    needed = set(after.answers.get("required", ())) - set(before.answers.get("required", ()))
    for name in needed & old.keys():
        yield f"“{title_of(new[name], name)}”改为必填。"
    if before.answers.get("allOf") != after.answers.get("allOf"):
        yield "按选项出现的部分有变化。"
