"""What an enterprise agrees to at the counter, word for word; a changed text is a new version."""

from __future__ import annotations

from collections.abc import Mapping

CONSENT_TEXTS: Mapping[int, str] = {
    1: (
        "本企业同意惠企服务专窗的窗口人员在本次办理中，按下列已勾选的内容为本企业办理：\n"
        "一、由窗口人员代为提交、补正和撤回申报，所填内容由本企业提供并对其真实性负责；\n"
        "二、使用平台已有的企业画像预填申报表单；\n"
        "三、由窗口人员按本企业提供的收款账户代为确认，或者代为放弃免申即享。\n"
        "本同意只在本次窗口办理期间有效。本企业可以随时撤回，撤回后尚未提交的内容终止办理，已提交的申报按规定继续办理或由本企业撤回。"
    ),
}
CURRENT_TEXT = max(CONSENT_TEXTS)
