"""What people read about policies: what fits them, what closes soon, what is due."""

from __future__ import annotations

from services.notify.templates import Template

# Matches, told to the enterprise; the inbox is enough, nobody's telephone rings for a recommendation ------------------

ITEM_MET = Template(
    "item-met",
    "有符合条件的政策可以申报",
    "根据已掌握的信息，贵单位符合“{title}”（编码{item_id}）的数据化条件{amount_clause}。{closing_sentence}"
    "请登录澄策之窗查看判定依据和申报指南。如不想再收到同类提醒，可以在推送偏好中屏蔽。",
)
ITEM_NEARLY_MET = Template(
    "item-nearly-met",
    "有政策可能适合贵单位",
    "“{title}”（编码{item_id}）可能适合贵单位，还缺一两项信息才能判定{amount_clause}。{closing_sentence}"
    "请登录澄策之窗补充信息，即可看到是否符合条件。",
)
CLOSING_SOON = Template(
    "item-closing-soon",
    "符合条件的政策即将截止",
    "贵单位符合“{title}”（编码{item_id}）的数据化条件，尚未申报，申报将于{closes_on}截止。请登录澄策之窗尽快申报。",
)
DIGEST = Template(
    "match-digest",
    "今日为贵单位匹配的政策",
    "以下政策符合或者可能适合贵单位：{entries_list}请登录澄策之窗查看判定依据和申报指南。",
)
