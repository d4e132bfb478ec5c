"""Dead letters by cause: the same error at many aggregates is one thing to mend."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.readmodels.deadletters import Chain, Letter

# A word with a figure in it is an id, a number or a time; `v2` is the version of an event and says what is wrong.
_PARTICULAR = re.compile(r"(?<![A-Za-z0-9_-])(?!v\d{1,3}(?![A-Za-z0-9_-]))[A-Za-z_-]*\d[A-Za-z0-9_-]*")
_REPEATED = re.compile(r"#(?:[:.,/ +-]*#)+")


@dataclass(frozen=True)
class Cause:
    """Failing letters of one consumer and event type with the same error, ids and numbers apart.

    `count` letters failed, at as many aggregates; `waiting` ones stand behind them. `first_at` is when the first was set
    aside, `last_at` when the last was tried. `group` names the cause in commands.
    """

    group: str
    service: str
    consumer: str
    type: str
    error: str
    count: int
    waiting: int
    first_at: datetime
    last_at: datetime
    ids: tuple[int, ...]


def normalised(error: str, aggregate_id: str = "") -> str:
    """The error without what belongs to one event: the aggregate's id, ids, numbers and times become `#`."""
    general = error.replace(aggregate_id, "#") if aggregate_id else error
    return _REPEATED.sub("#", _PARTICULAR.sub("#", general))


def group_of(service: str, letter: Letter) -> str:
    """The short name of a letter's cause; the same wherever and whenever it is reckoned."""
    content = "\n".join((service, letter.name, letter.type, normalised(letter.error, letter.aggregate_id)))
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def by_cause(chains: Mapping[str, Iterable[Chain]]) -> list[Cause]:
    """The causes of all services' letters, the most frequent first."""
    found: dict[str, list[tuple[str, Chain]]] = {}
    for service, of_service in chains.items():
        for chain in of_service:
            found.setdefault(group_of(service, chain.first), []).append((service, chain))
    causes = [_cause(group, members) for group, members in found.items()]
    return sorted(causes, key=lambda cause: (-cause.count, cause.service, cause.consumer, cause.type, cause.error))


def _cause(group: str, members: list[tuple[str, Chain]]) -> Cause:
    service, some = members[0]
    firsts = [chain.first for _, chain in members]
    return Cause(
        group=group,
        service=service,
        consumer=some.first.name,
        type=some.first.type,
        error=normalised(some.first.error, some.first.aggregate_id),
        count=len(members),
        waiting=sum(chain.behind for _, chain in members),
        first_at=min(letter.at for letter in firsts),
        last_at=max(letter.tried_at for letter in firsts),
        ids=tuple(letter.id for letter in firsts),
    )
