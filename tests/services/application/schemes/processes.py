"""Processes for the tests."""

from __future__ import annotations

from typing import Any

from services.application.definition.process import Process, Step


def step(key: str, *after: str, **more: Any) -> Step:
    """One step of two working days at gxj, unless said otherwise."""
    content: dict[str, Any] = {"title": f"步骤{key}", "departments": ("gxj",), "limit_days": 2, "after": after}
    return Step(key=key, **(content | more))


# Papers, then side by side a visit and two of three departments, then the head.
PROCESS = Process(
    steps=(
        step("check"),
        step("visit", "check", kind="inspection"),
        step("joint", "check", departments=("kjj", "czj", "gxj"), needs=2),
        step("head", "visit", "joint", anew=True),
    )
)
SCORED = Process(steps=(step("check"), step("experts", "check", kind="scores", needs=2)))
