"""Tries every case, whatever became of those before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import httpx

from services.application.systems.conformance.asking import Asking, Left, Unexpected
from services.application.systems.conformance.cases import CASES, Case, Check
from services.application.systems.conformance.sample import Sample

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Verdict:
    """What became of a case; `saw`: what was seen instead, or why it was not tried."""

    name: str
    expected: str
    outcome: Outcome
    saw: str = ""


def run(url: str, client_id: str, secret: str, item: str | None = None, *, sample: bool = False) -> Iterator[Verdict]:
    """One verdict for each case, as it comes. Raises httpx's `ConnectError` when nobody answers at the address."""
    asking = Asking(url, client_id, secret)
    try:
        check = Check(asking, item)
        for case in CASES:
            if sample and check.sample is None and asking.token:
                check.sample = Sample(asking)
            yield _verdict(case, check)
    finally:
        asking.close()


def _verdict(case: Case, check: Check) -> Verdict:
    name, expected = case.__name__.replace("_", "-"), case.__doc__ or ""
    try:
        if not check.asking.token and name not in ("sign-in", "wrong-secret", "wrong-grant", "no-token"):
            raise Unexpected("没有领到令牌，无法检查。")
        case(check)
    except Left as left:
        return Verdict(name, expected, "skipped", str(left))
    except Unexpected as unexpected:
        return Verdict(name, expected, "failed", str(unexpected))
    except httpx.ConnectError:
        raise
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        return Verdict(name, expected, "failed", f"答复无法读取：{error!r}。")
    return Verdict(name, expected, "passed")
