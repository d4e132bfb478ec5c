"""What people read of delegations, word for word."""

from __future__ import annotations

from services.notify.templates import Template

DELEGATION_SET_ABSENT = Template(
    "delegation-set-absent",
    "委托代办已设定",
    "您（账号{absent}）在{from_on}至{until_on}的审核事项由{delegate}代办（委托编号{delegation_id}）。"
    "如需改变，请在澄策之窗结束委托后重新设定。",
)
DELEGATION_SET_DELEGATE = Template(
    "delegation-set-delegate",
    "请代办同事的审核事项",
    "请您在{from_on}至{until_on}代办{absent}的审核事项（委托编号{delegation_id}），出具意见时请填写被代办人的账号。",
)
DELEGATION_ENDED_ABSENT = Template(
    "delegation-ended-absent",
    "委托代办已结束",
    "您（账号{absent}）委托{delegate}的代办（委托编号{delegation_id}）已于{ended_on}结束，审核事项请由您本人办理。",
)
DELEGATION_ENDED_DELEGATE = Template(
    "delegation-ended-delegate",
    "代办已结束",
    "您对{absent}的代办（委托编号{delegation_id}）已于{ended_on}结束，无需继续代办。",
)
