"""What enterprises read of the counter, word for word."""

from __future__ import annotations

from services.notify.templates import Template

CONSENT_RECORDED = Template(
    "counter-consent-recorded",
    "窗口已登记贵单位的同意",
    "{hall_name}惠企服务专窗已于{day}登记贵单位签署的同意书（窗口办理编号{visit_id}），窗口人员可在本次办理中为贵单位代办。"
    "如非贵单位的意愿，请立即登录澄策之窗撤回同意，或者拨打12345反映。",
)
