"""What was measured, as JSON and as a page that stands alone."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bench.pictures import bars, lines
from bench.plan import PER_SECOND, Bars, Group, Lines, Plan

HOW_TO_READ = (
    "Ratios are what count: a figure and its peer were taken in the same run, in turns, on the same machine, so that "
    "what slows one down slows both. The figures themselves say what this machine did on that day and no more. A ratio is "
    "the median of the ratios of the single rounds; beside it stands the ratio of the two medians. Of "
    "two ratios that differ much, the machine was busy with something else."
)


@dataclass(frozen=True)
class Measured:
    """A group after its rounds. `failure` says why its figures are missing or not all there."""

    group: Group
    plan: Plan
    found: Mapping[str, Sequence[float]]
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Run:
    """One call of the bench."""

    started: str
    scale: str
    rounds: int
    machine: Mapping[str, Any]
    load_average: dict[str, list[float]]
    groups: list[Measured] = field(default_factory=list)


def as_json(run: Run) -> dict[str, Any]:
    """The whole run; `targets` gathers what every group has to reach."""
    groups = [_group(measured) for measured in run.groups]
    return {
        "how_to_read": HOW_TO_READ,
        "started": run.started,
        "scale": run.scale,
        "rounds": run.rounds,
        "machine": dict(run.machine),
        "load_average": run.load_average,
        "targets": [target for group in groups for target in _targets(group)],
        "groups": groups,
    }


def _group(measured: Measured) -> dict[str, Any]:
    return {
        "name": measured.group.name,
        "title": measured.group.title,
        "what": measured.group.what,
        "notes": measured.plan.notes,
        "seconds": round(measured.seconds, 1),
        "failure": measured.failure,
        "figures": [_figure(name, measured) for name in measured.found],
    }


def _figure(name: str, measured: Measured) -> dict[str, Any]:
    values = measured.found[name]
    below = next((limit.below for limit in measured.plan.limits if limit.figure == name), None)
    return {
        "name": name,
        "unit": measured.plan.units.get(name, PER_SECOND),
        "rounds": list(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "target": {"below": below} if below is not None else None,
        "met": statistics.median(values) < below if below is not None else None,
        "against": [
            _against(values, measured.found[each.peer], each.peer, each.at_least, each.at_most)
            for each in measured.plan.against
            if each.figure == name and each.peer in measured.found
        ],
    }


def _against(
    values: Sequence[float], peers: Sequence[float], peer: str, at_least: float | None, at_most: float | None
) -> dict[str, Any]:
    ratio = statistics.median(value / other for value, other in zip(values, peers, strict=True))
    bounds = {name: bound for name, bound in (("at_least", at_least), ("at_most", at_most)) if bound is not None}
    return {
        "peer": peer,
        "ratio": ratio,
        "ratio_of_medians": statistics.median(values) / statistics.median(peers),
        "target": bounds or None,
        "met": (at_least or 0.0) <= ratio <= (at_most or float("inf")) if bounds else None,
    }


def _targets(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for figure in group["figures"]:
        about = {"group": group["name"], "figure": figure["name"]}
        if figure["target"]:
            reached = {"reached": figure["median"], "unit": figure["unit"]}
            found.append(about | {"peer": None, "target": figure["target"], "met": figure["met"]} | reached)
        found += [
            about | {"peer": each["peer"], "target": each["target"], "met": each["met"]}
            | {"reached": each["ratio"], "unit": "ratio"}
            for each in figure["against"]
            if each["target"]
        ]  # fmt: skip
    return found


# The page ------------------------------------------------------------------------------------------------------------


def as_html(run: Run) -> str:
    """One file without anything from elsewhere, for light and dark screens."""
    content = as_json(run)
    sections = "".join(
        _section(group, measured.plan) for group, measured in zip(content["groups"], run.groups, strict=True)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Measurements {escape(run.started)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>Measurements</h1><p>{escape(HOW_TO_READ)}</p>"
        f"{_summary(content)}{_machine(content)}{sections}</main></body></html>\n"
    )


def _summary(content: Mapping[str, Any]) -> str:
    rows = [
        [t["group"], t["figure"], t["peer"] or "", _bounds(t["target"]), _reached(t), _verdict(t["met"])]
        for t in content["targets"]
    ]
    failed = "".join(
        f'<p class="missed">{escape(group["name"])} was not measured to its end: {escape(group["failure"])}</p>'
        for group in content["groups"]
        if group["failure"]
    )
    met = sum(bool(target["met"]) for target in content["targets"])
    head = ["group", "figure", "peer", "target", "reached", ""]
    return f"<h2>Targets: {met} of {len(rows)} met</h2>{failed}{_table(head, rows, numbers=(3, 4))}"


def _machine(content: Mapping[str, Any]) -> str:
    of = content["machine"]
    versions = {**of["servers"], **of["libraries"]}
    rows = [
        ["started", content["started"]],
        ["scale", f"{content['scale']}, {content['rounds']} rounds"],
        ["processor", f"{of['processor']}, {of['usable_cores']} of {of['cores']} cores usable"],
        ["memory", f"{of['memory_mib']:,} MiB"],
        ["kernel", of["kernel"]],
        ["Python", of["python"]],
        ["versions", ", ".join(f"{name} {number}" for name, number in versions.items())],
        *([f"load average {when}", ", ".join(map(str, load))] for when, load in content["load_average"].items()),
    ]
    return f"<h2>Machine</h2>{_table(['', ''], [[str(cell) for cell in row] for row in rows])}"


def _section(group: Mapping[str, Any], plan: Plan) -> str:
    rows = []
    for figure in group["figures"]:
        beside = [
            f"{each['ratio']:.2f} ({each['ratio_of_medians']:.2f}) × {each['peer']}" for each in figure["against"]
        ]
        spread = f"{number(figure['min'])} to {number(figure['max'])}"
        rows.append([figure["name"], number(figure["median"]), spread, figure["unit"], "; ".join(beside)])
    head = ["figure", "median", "least to greatest", "unit", "ratio by round (of medians) × peer"]
    figures = {figure["name"]: figure for figure in group["figures"]}
    pictures = "".join(
        f"<figure>{_picture(each, figures)}<figcaption>{escape(each.title)}</figcaption></figure>"
        for each in plan.pictures
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in group["notes"])
    failure = f'<p class="missed">{escape(group["failure"])}</p>' if group["failure"] else ""
    title = f"<h2>{escape(group['title'])}</h2><p>{escape(group['what'])}</p>"
    return (
        f'<section id="{group["name"]}">{title}{failure}{notes}{_table(head, rows, numbers=(1, 2))}{pictures}</section>'
    )


def _picture(picture: Bars | Lines, figures: Mapping[str, Mapping[str, Any]]) -> str:
    if isinstance(picture, Bars):
        shown = [figures[name] for name in picture.figures if name in figures]
        return bars([(f["name"], f["median"], f["min"], f["max"]) for f in shown], number)
    drawn = {
        line: [(x, f["median"], f["min"], f["max"]) for x, name in points.items() if (f := figures.get(name))]
        for line, points in picture.lines.items()
    }
    return lines({line: points for line, points in drawn.items() if points}, picture.over, number)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    def cell(content: str, column: int) -> str:
        shown = content if isinstance(content, _Markup) else escape(content, quote=False)
        return f'<td class="number">{shown}</td>' if column in numbers else f"<td>{shown}</td>"

    body = "".join(f"<tr>{''.join(cell(content, n) for n, content in enumerate(row))}</tr>" for row in rows)
    titles = "".join(f"<th>{escape(title)}</th>" for title in head) if any(head) else ""
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _bounds(target: Mapping[str, float]) -> str:
    words = {"at_least": "at least", "at_most": "at most", "below": "below"}
    return ", ".join(f"{words[name]} {bound:.4g}" for name, bound in target.items())


def _reached(target: Mapping[str, Any]) -> str:
    return (
        f"{target['reached']:.2f} ×" if target["unit"] == "ratio" else f"{number(target['reached'])} {target['unit']}"
    )


class _Markup(str):
    """Not to be escaped."""

    __slots__ = ()


def _verdict(met: bool) -> _Markup:
    return _Markup('<b class="met">met</b>' if met else '<b class="missed">missed</b>')


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


_STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --back: #ffffff; --soft: #5b616b; --line: #d6d9de;
  --met: #17703a; --missed: #b3261e; --c0: #2f6fb5; --c1: #c2571a; --c2: #2c8a57; --c3: #8a4fb0; --c4: #7a6a12; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --back: #16181c; --soft: #9aa2ad; --line: #363b43;
  --met: #6fd394; --missed: #ff8a80; --c0: #7fb2ec; --c1: #f2a36b; --c2: #7fd0a0; --c3: #cda2ea; --c4: #d8c65a; } }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.met { color: var(--met); } .missed { color: var(--missed); }
figure { margin: 1.2rem 0; } figcaption { color: var(--soft); font-size: .9rem; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .soft { fill: var(--soft); } svg .axis { stroke: var(--line); } svg .whisker { stroke: var(--text); stroke-width: 1.5; }
"""
