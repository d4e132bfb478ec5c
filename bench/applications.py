"""(j) Applications: submitted with and without something scarce and with files, taken through steps, read after many events."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

from bench.applying import FILES, PLAIN, WITH_FILES, Doors, applied_rate, doors, flushed_rate, opined_rate, stored_rate
from bench.commands import raw_rate
from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.stage import at_rest, servers
from services.application.admission import Given
from services.application.decider import (
    AcceptApplication,
    GiveOpinion,
    ReturnToStep,
    SubmitApplication,
    application,
)
from services.application.decider.allotment import ClaimPlace, SetAllotment, allotment
from services.application.decider.turn import TakeTurn, turn
from services.application.definition.process import Process, Step
from shared.runtime.collecting import collect_seldom
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables
from shared.security.actor import Actor, Role
from tests.support.servers import new_database

USCC = "91320281MA0Y00016Q"
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
ENTERPRISE = Actor(subject="enterprise", roles=(Role.APPLICANT,), enterprise=USCC)
STEPS = 20
STEPPED = "opinions that end a step"
PROCESS = Process(
    steps=tuple(
        Step(key=f"s{n}", title=f"步骤{n}", departments=("gxj",), limit_days=1, after=(f"s{n - 1}",) if n else ())
        for n in range(STEPS)
    )
)
LENGTHS = (10, 100, 1_000)


def submission(number: str, **more: Any) -> SubmitApplication:
    """Right in every way."""
    content: dict[str, Any] = {
        "number": number, "item_id": "item", "item_code": "gxj-1", "item_title": "奖励（样例）", "department": "gxj",
        "procedure": "complex", "promised_days": 60, "opens_on": None, "closes_on": date(2099, 1, 1), "window": "fixed",
        "enterprise": USCC, "statement": "申请（样例）。", "requested_fen": 100, "materials": (), "accept_days": 5,
    }  # fmt: skip
    return SubmitApplication(**(content | more))


async def submitted_rate(runtime: Runtime, scale: Scale, scarce: str) -> float:
    """Applications a second from concurrent clients, alone or together with what they take."""
    run, numbers = uuid4().hex[:8], itertools.count()
    bounds = SetAllotment(item_code="gxj-1", period=run, places=10**6, budget_fen=None)
    await runtime.execute(allotment, f"gxj-1.{run}", bounds)
    began = time.perf_counter()

    async def client() -> int:
        done = 0
        while time.perf_counter() - began < scale.seconds:
            number = f"SB{run}-{next(numbers)}"
            commands: list[Given] = [(application, number, submission(number))]
            if scarce == "a turn":
                taken = TakeTurn(group="gxj-1", period=run, enterprise=USCC, number=number, item_title="奖励（样例）")
                commands.append((turn, f"gxj-1.{run}.{number}", taken))
            elif scarce == "a place":
                commands.append((allotment, f"gxj-1.{run}", ClaimPlace(number=number, amount_fen=0)))
            if scarce:
                await runtime.execute_together(commands, ENTERPRISE)
            else:
                await runtime.execute(application, number, commands[0][2], ENTERPRISE)
            done += 1
        return done

    done = sum(await asyncio.gather(*(client() for _ in range(scale.load_clients))))
    return done / (time.perf_counter() - began)


async def stepped_rate(runtime: Runtime, scale: Scale) -> float:
    """Opinions a second, each of which ends its step and begins the next, from clients with an application each."""
    run, done, took = uuid4().hex[:8], 0, 0.0
    while took < scale.seconds:
        numbers = [f"SB{run}-{took:g}-{n}" for n in range(scale.load_clients)]
        await asyncio.gather(*(_under_review(runtime, number) for number in numbers))
        began = time.perf_counter()
        await asyncio.gather(*(_through(runtime, number) for number in numbers))
        took += time.perf_counter() - began
        done += STEPS * len(numbers)
    return done / took


async def _under_review(runtime: Runtime, number: str) -> None:
    await runtime.execute(application, number, submission(number, scheme=1, process=PROCESS), ENTERPRISE)
    await runtime.execute(application, number, AcceptApplication(), OFFICER)


async def _through(runtime: Runtime, number: str) -> None:
    for step in PROCESS.steps:
        await runtime.execute(application, number, GiveOpinion(step=step.key, opinion="同意（样例）。"), OFFICER)


async def with_history(runtime: Runtime, number: str, length: int) -> None:
    """An application that was given back again and again until it has so many events, or a few more."""
    await _under_review(runtime, number)
    version = 0
    while version < length:
        opinion = GiveOpinion(step="s0", opinion="同意（样例）。")
        receipt = await runtime.execute(application, number, opinion, OFFICER)
        if receipt.version < length:
            back = ReturnToStep(step="s1", to="s0", reason="重新核对（样例）。")
            receipt = await runtime.execute(application, number, back, OFFICER)
        version = receipt.version


async def read_anew(settings: Settings, scale: Scale, length: int) -> Mapping[str, float]:
    """Milliseconds until a process that has nothing at hand knows an application."""
    async with at_rest("application", settings) as runtime:
        await runtime.state(application, "nobody")  # connected and prepared
        began = time.perf_counter()
        for n in range(scale.aggregates):
            assert await runtime.state(application, f"SBhistory-{length}-{n}")  # noqa: S101 - it was made
        took = time.perf_counter() - began
    return {_read(length): took / scale.aggregates * 1000}


def _read(length: int) -> str:
    return f"read anew, {length:,} events"


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """Application's parts on one database, rows alone on another of the same server."""
    collect_seldom()
    with servers() as settings, new_database(settings.database_url or "", "raw") as raw_url:
        create_tables(raw_url)
        async with at_rest("application", settings) as runtime:
            for length in LENGTHS:
                histories = (f"SBhistory-{length}-{n}" for n in range(scale.aggregates))
                await asyncio.gather(*(with_history(runtime, number, length) for number in histories))
            async with doors(settings, ENTERPRISE) as opened, at_rest("application", opened.folder) as behind:
                plan = _plan(scale, runtime, settings, raw_url)
                _over_http(plan, scale, opened, behind)
                yield plan


def _over_http(plan: Plan, scale: Scale, opened: Doors, behind: Runtime) -> None:
    """The same things as people do them. `behind`: the log behind the doors, which makes what opinions are given on."""
    steps = tuple(step.key for step in PROCESS.steps)
    applied = partial(applied_rate, opened)
    plain = plan.add("HTTP: submissions", partial(applied, opened.folder, scale, PLAIN))
    opined = plan.add(
        "HTTP: opinions", partial(opined_rate, opened, scale, OFFICER, partial(_under_review, behind), steps)
    )
    what = f"{FILES} files of 200 kB each"
    flushed = plan.add(f"{what}, written and flushed alone", partial(flushed_rate, opened, scale))
    in_folder = plan.add(f"HTTP: submissions with {what}, folder", partial(applied, opened.folder, scale, WITH_FILES))
    stored = plan.add(f"{what}, put by the library alone, S3", partial(stored_rate, opened, scale))
    in_bucket = plan.add(f"HTTP: submissions with {what}, S3", partial(applied, opened.bucket, scale, WITH_FILES))
    plan.against += [
        Against(plain, _alone(scale)),
        Against(opined, STEPPED),
        Against(in_folder, plain),
        Against(in_folder, flushed),
        Against(in_bucket, plain),
        Against(in_bucket, stored),
    ]
    plan.notes.append("What people do over HTTP goes to a process that relays and projects it at the same time.")
    plan.pictures.append(Bars("Over HTTP, per second", (plain, opined)))
    plan.pictures.append(Bars(f"Submissions with {what} per second", (flushed, in_folder, stored, in_bucket)))


def _alone(scale: Scale) -> str:
    return f"submissions, {scale.load_clients} clients"


def _plan(scale: Scale, runtime: Runtime, settings: Settings, raw_url: str) -> Plan:
    plan = Plan(notes=["An application is read from its last snapshot, one each hundred events, and what came after."])
    clients = scale.load_clients
    raw = plan.add(f"rows alone, {clients} a transaction", partial(raw_rate, raw_url, clients, scale.seconds))
    alone = plan.add(_alone(scale), partial(submitted_rate, runtime, scale, ""))
    plan.against.append(Against(alone, raw))
    for scarce in ("a turn", "a place"):
        ours = plan.add(f"submissions with {scarce}", partial(submitted_rate, runtime, scale, scarce))
        plan.against.append(Against(ours, alone))
    stepped = plan.add(STEPPED, partial(stepped_rate, runtime, scale))
    plan.against.append(Against(stepped, alone))
    for length in LENGTHS:
        plan.units[_read(length)] = "ms"
        plan.probes.append(partial(read_anew, settings, scale, length))
        plan.against.append(Against(_read(length), _read(LENGTHS[0])))
    plan.pictures.append(Bars("Applications per second", (raw, alone, *_scarce(plan), stepped)))
    return plan


def _scarce(plan: Plan) -> list[str]:
    return [each.figure for each in plan.against if each.figure.startswith("submissions with")]


applications = Group(
    name="applications",
    title="(j) Applications",
    what=(
        "Submissions through application's ledger, in process: an application alone, together with the enterprise's turn "
        "(an aggregate of its own), and together with a place of one quota for which all of them meet. Opinions that "
        "conclude a step and begin the next. The time until a process that has nothing at hand knows an application with "
        "10, 100 and 1,000 events. Over HTTP, at the service's own process: submissions without files, and with three files "
        "of 200 kB that are uploaded one after the other before each, kept in a folder and in a bucket; beside them the "
        "same bytes written and flushed, or put into the same bucket by the library, without the platform; and opinions."
    ),
    stage=stage,
)
