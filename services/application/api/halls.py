"""Doors of the halls' queues (排队叫号, article 21: 惠企服务专窗)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.application.counter.queueing import call, hall_of, queue_of, serve, step, take_number, today
from services.application.decider.hall import CounterName, CounterService, Name, SetHall, hall
from services.application.decider.queue import CallNext, MarkMissed, Place, QueueState, Recall, Status
from services.application.readmodels.counter import HallRow
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, found, one_of, written
from shared.security.actor import Actor, Role

router = APIRouter(tags=["惠企服务专窗"])
Clerk = Annotated[Actor, Depends(one_of(Role.COUNTER_CLERK))]
Bureau = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU))]
HallCode = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="大厅代码，小写字母开头", examples=["city-hall"])
]
Number = Annotated[str, Path(pattern=r"^[A-Z]\d{3,6}$", description="排队号", examples=["A001"])]
RECENT = 20  # numbers on the hall's screen


class HallForm(BaseModel):
    """A hall: who runs it, its counters, and what people take numbers for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "样例市政务服务大厅",
                    "department": "szj",
                    "counters": ["1号窗口", "2号窗口"],
                    "services": [
                        {"service": "consultation", "letter": "A", "title": "政策咨询"},
                        {"service": "application", "letter": "B", "title": "申报受理"},
                        {"service": "supplement", "letter": "C", "title": "补正材料"},
                    ],
                }
            ]
        },
    )

    name: Name
    department: DepartmentCode = Field(description="管理窗口的部门，窗口人员须属于该部门，评价也归该部门")
    counters: tuple[CounterName, ...] = Field(min_length=1, max_length=100)
    services: tuple[CounterService, ...] = Field(min_length=1, max_length=26)


class TakeForm(BaseModel):
    """For which service."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"service": "application"}]})

    service: str = Field(min_length=1, max_length=30, description="窗口服务代码")


class CallForm(BaseModel):
    """At which counter, and for which services; all of them where none is named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"counter": "1号窗口", "services": ["application"]}]}
    )

    counter: CounterName
    services: tuple[str, ...] = Field((), max_length=26)


class RecallForm(BaseModel):
    """To which counter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"counter": "1号窗口"}]})

    counter: CounterName


class Taken(Written):
    """The number, and how many wait before it for the same service."""

    number: str
    status: Status
    before: int


class Called(Written):
    """The number that the clerk has called."""

    number: str


class Served(Written):
    """The visit that began."""

    visit: str


class NumberShown(BaseModel):
    """Where a number is; it names no person."""

    number: str
    service: str
    status: Status
    before: int
    counter: str | None


class OnScreen(BaseModel):
    """A called number on the screen of the hall."""

    number: str
    counter: str
    called_at: datetime
    serving: bool


class Screen(BaseModel):
    """What everybody in the hall sees; the latest call first."""

    hall: str
    name: str
    day: date
    called: list[OnScreen]
    missed: list[str]
    waiting: dict[str, int]


class ServiceFigures(BaseModel):
    """Of a service, or of all: `mean_wait_minutes` from the number to its first call, None where none was called."""

    taken: int
    waiting: int
    served: int
    missed: int
    lapsed: int
    mean_wait_minutes: float | None


class HallFigures(BaseModel):
    """The day of a hall."""

    day: date
    closed: bool
    all: ServiceFigures
    services: dict[str, ServiceFigures]


@router.put("/halls/{hall_code}", summary="设定办事大厅的窗口和服务")
async def hall_set(
    hall_code: HallCode, form: HallForm, runtime: Here, actor: Bureau, response: Response, key: IdempotencyKey = None
) -> Written:
    """由市数政局设定。每项服务的排队号以一个字母开头，每天从001起。"""
    command = SetHall(hall=hall_code, **form.model_dump())
    return written(runtime, await runtime.execute(hall, hall_code, command, actor, idempotency_key=key), response)


@router.get("/halls", dependencies=[Caught], summary="办事大厅")
async def halls(runtime: Here) -> list[HallRow]:
    return list(await runtime.reads.all(HallRow, select(HallRow).order_by(col(HallRow.hall))))


@router.post("/halls/{hall_code}/numbers", status_code=201, summary="取排队号")
async def taken(
    hall_code: HallCode, form: TakeForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Taken:
    """当天有效。以本人账号取号的，同一服务只留一个未办理的号；大厅取号机和窗口人员每次取一个新号。"""
    receipt, number, place, before = await take_number(runtime, hall_code, form.service, actor, key)
    answer = written(runtime, receipt, response).model_dump()
    return Taken(**answer, number=number, status=place.status, before=before)


@router.get("/halls/{hall_code}/numbers/{number}", summary="查询排队号")
async def one_number(hall_code: HallCode, number: Number, runtime: Here) -> NumberShown:
    state = await queue_of(runtime, hall_code)
    place = found(state.places.get(number) if state else None, "排队号")
    waiting = state.waiting([place.service]) if state else []
    before = waiting.index(number) if number in waiting else 0
    counter = place.counter if place.status in ("called", "serving") else None
    return NumberShown(number=number, service=place.service, status=place.status, before=before, counter=counter)


@router.post("/halls/{hall_code}/call", summary="叫下一位")
async def called(
    hall_code: HallCode, form: CallForm, runtime: Here, actor: Clerk, response: Response, key: IdempotencyKey = None
) -> Called:
    """等候最久的先叫；两个窗口不会叫到同一个号。已叫而未办理的，再次叫号仍是同一个号。"""
    command = CallNext(**form.model_dump())
    receipt, number = await call(runtime, hall_code, command, actor, key)
    return Called(**written(runtime, receipt, response).model_dump(), number=number)


@router.post("/halls/{hall_code}/numbers/{number}/recall", summary="重呼")
async def recalled(
    hall_code: HallCode, number: Number, form: RecallForm, runtime: Here, actor: Clerk, response: Response
) -> Called:
    """已叫未到的和已过号的可以重呼；另一窗口叫号10分钟后仍未办理的，其他窗口也可以重呼。"""
    command = Recall(number=number, counter=form.counter)
    receipt, own = await call(runtime, hall_code, command, actor, None)
    return Called(**written(runtime, receipt, response).model_dump(), number=own)


@router.post("/halls/{hall_code}/numbers/{number}/missed", summary="标记过号")
async def missed(hall_code: HallCode, number: Number, runtime: Here, actor: Clerk, response: Response) -> Written:
    return written(runtime, await step(runtime, hall_code, MarkMissed(number=number), actor), response)


@router.post("/halls/{hall_code}/numbers/{number}/serve", summary="开始办理")
async def served(hall_code: HallCode, number: Number, runtime: Here, actor: Clerk, response: Response) -> Served:
    """随即开始一次窗口办理（visit）：登记办理人和企业的同意后，窗口人员可以代为申报。"""
    receipt, visit = await serve(runtime, hall_code, number, actor)
    return Served(**written(runtime, receipt, response).model_dump(), visit=visit)


@router.get("/halls/{hall_code}/screen", summary="大厅显示屏")
async def screen(hall_code: HallCode, runtime: Here) -> Screen:
    """无须登录；只显示号码和窗口，不显示办理人。"""
    known, state = await hall_of(runtime, hall_code), await queue_of(runtime, hall_code)
    places: dict[str, Place] = state.places if state else {}
    now = [(n, place) for n, place in places.items() if place.status in ("called", "serving") and place.called_at]
    now.sort(key=lambda each: each[1].called_at or each[1].taken_at, reverse=True)
    waiting = Counter(place.service for place in places.values() if place.status == "waiting")
    return Screen(
        hall=hall_code,
        name=known.name,
        day=today(runtime),
        called=[
            OnScreen(
                number=n,
                counter=place.counter or "",
                called_at=place.called_at or place.taken_at,
                serving=place.status == "serving",
            )
            for n, place in now[:RECENT]
        ],
        missed=[n for n, place in places.items() if place.status == "missed"][-RECENT:],
        waiting={each.service: waiting[each.service] for each in known.services},
    )


@router.get("/halls/{hall_code}/figures", summary="大厅当天的排队统计")
async def figures(
    hall_code: HallCode,
    runtime: Here,
    _actor: Annotated[Actor, Depends(one_of(Role.COUNTER_CLERK, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU))],
    day: Annotated[date | None, Query(description="哪一天，不填为今天")] = None,
) -> HallFigures:
    known, state = await hall_of(runtime, hall_code), await queue_of(runtime, hall_code, day)
    places = list(state.places.values()) if state else []
    services = {each.service for each in known.services} | {place.service for place in places}
    return HallFigures(
        day=day or today(runtime),
        closed=_closed(state),
        all=_figures(places),
        services={name: _figures([place for place in places if place.service == name]) for name in sorted(services)},
    )


def _closed(state: QueueState | None) -> bool:
    return state is not None and state.closed


def _figures(places: list[Place]) -> ServiceFigures:
    status: Counter[Any] = Counter(place.status for place in places)
    waits = [(p.first_called_at - p.taken_at).total_seconds() / 60 for p in places if p.first_called_at]
    return ServiceFigures(
        taken=len(places),
        waiting=status["waiting"],
        served=status["served"],
        missed=status["missed"],
        lapsed=status["lapsed"],
        mean_wait_minutes=round(sum(waits) / len(waits), 1) if waits else None,
    )
