"""`python -m bench [GROUP ...]`: measures, and writes build/bench.json and build/bench.html."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console

from bench.groups import GROUPS
from bench.machine import load_average, machine
from bench.plan import SCALES, Group, Plan, Scale, take_rounds
from bench.report import Measured, Run, as_html, as_json, number
from shared.telemetry.logs import set_up_logs
from shared.telemetry.tracing import set_up_tracing

log = structlog.get_logger(__name__)
console = Console(stderr=True, highlight=False, soft_wrap=True)
LEAST_ROUNDS = 5  # for a median that one bad moment does not move


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What to measure, how often, how much, and where to write it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all without any")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="rounds of each figure")
    parser.add_argument("--scale", choices=sorted(SCALES), default="full", help="quick: only that everything works")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of bench.json and bench.html")
    chosen = parser.parse_args(given)
    if unknown := set(chosen.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return chosen


async def measure(names: Sequence[str], rounds: int, scale: Scale, out: Path) -> Run:
    """Measures the groups in turn and writes after each, so that what is done is kept whatever comes after."""
    run = Run(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        scale=scale.name,
        rounds=rounds,
        machine=await machine(),
        load_average={"before": load_average()},
    )
    for group in GROUPS.values():
        if group.name in names:
            run.groups.append(await _measured(group, rounds, scale, run))
            run.load_average["after"] = load_average()
            _write(run, out)
    return run


async def _measured(group: Group, rounds: int, scale: Scale, run: Run) -> Measured:
    found = {each.group.name: each.found for each in run.groups}
    began, plan = time.monotonic(), Plan()
    with console.status(f"{group.name}: setting the stage") as status:
        done = 0

        def progress() -> None:
            nonlocal done
            done += 1
            status.update(f"{group.name}: {done} of {len(plan.probes) * rounds}")

        try:
            async with group.stage(scale, found) as plan:
                figures = await take_rounds(plan, rounds, progress)
        except Exception as error:
            log.exception("group_failed", group=group.name)
            return Measured(group, plan, {}, time.monotonic() - began, f"{type(error).__name__}: {error}")
    measured = Measured(group, plan, figures, time.monotonic() - began)
    _show(measured)
    return measured


def _show(measured: Measured) -> None:
    part = as_json(Run("", "", 0, {}, {}, [measured]))["groups"][0]
    console.print(f"[bold]{part['title']}[/]  [dim]{part['seconds']} s[/]")
    for figure in part["figures"]:
        beside = "  ".join(f"{each['ratio']:.2f} × {each['peer']}" for each in figure["against"])
        spread = f"({number(figure['min'])} to {number(figure['max'])})"
        console.print(
            f"  {figure['name']:<55} {number(figure['median']):>12} {figure['unit']} {spread} [dim]{beside}[/]"
        )


def _write(run: Run, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(as_json(run), ensure_ascii=False, indent=1) + "\n")
    (out / "bench.html").write_text(as_html(run))


def main() -> None:
    """Exits with 1 when a group could not be measured. A target that is missed is a finding, not a failure."""
    chosen = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # servers stop and their folders go, as with Ctrl-C
    set_up_logs("WARNING", "console")
    set_up_tracing(None)
    run = asyncio.run(measure(chosen.groups or list(GROUPS), chosen.rounds, SCALES[chosen.scale], chosen.out))
    for target in as_json(run)["targets"]:
        verdict = "[green]met[/]" if target["met"] else "[red]missed[/]"
        beside = f" × {target['peer']}" if target["peer"] else f" {target['unit']}"
        console.print(f"{verdict}  {target['figure']}: {number(target['reached'])}{beside}, target {target['target']}")
    console.print(f"{chosen.out / 'bench.json'}, {chosen.out / 'bench.html'}")
    sys.exit(1 if any(measured.failure for measured in run.groups) else 0)


if __name__ == "__main__":
    main()
