"""How like two tickets are: the cosine of their words, rare words and words of the title weighing more; pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from shared.words.segmenting import words_of

LIKE = 0.45  # from here on two tickets are about the same matter; docs/tickets.md says how that was found
KEPT = 40  # words that are kept of a ticket, the heaviest
MARKS = 8  # of them, the ones by which like tickets are looked for
_CONTENT = 150  # words of the content that count
Vector = Mapping[str, float]


def words_of_ticket(title: str, content: str) -> dict[str, float]:
    """Its words, those of the title twice as heavy."""
    in_title = set(words_of(title))
    return {word: 2.0 if word in in_title else 1.0 for word in [*in_title, *words_of(content)[:_CONTENT]]}


def vector(words: Mapping[str, float], found_in: Mapping[str, int], tickets: int) -> dict[str, float]:
    """Of length 1, the heaviest words only; `found_in` says in how many of the `tickets` each word stands."""
    # Words from 1 on: in the first tickets every word is in all of them.
    weights = {word: heavy * math.log(1 + (tickets + 1) / (1 + found_in.get(word, 0))) for word, heavy in words.items()}
    kept = sorted(weights.items(), key=lambda each: (-each[1], each[0]))[:KEPT]
    length = math.sqrt(sum(weight * weight for _, weight in kept)) or 1.0
    return {word: round(weight / length, 4) for word, weight in kept}


def marks(weighed: Vector) -> list[str]:
    """The heaviest words."""
    return [word for word, _ in sorted(weighed.items(), key=lambda each: (-each[1], each[0]))[:MARKS]]


def likeness(one: Vector, other: Vector) -> float:
    """From 0 to 1."""
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * large[word] for word, weight in small.items() if word in large)


def groups(vectors: Mapping[str, Vector], like: float = LIKE) -> list[list[str]]:
    """Keys that belong together, the largest group first: each is like another one of its group."""
    leader = {key: key for key in vectors}

    def root(key: str) -> str:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for one, other in _pairs(vectors):
        if root(one) != root(other) and likeness(vectors[one], vectors[other]) >= like:
            low, high = sorted((root(one), root(other)))
            leader[high] = low
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(vectors):
        found[root(key)].append(key)
    return sorted(found.values(), key=lambda group: (-len(group), group[0]))


def _pairs(vectors: Mapping[str, Vector]) -> Iterable[tuple[str, str]]:
    """Those that share one of their heaviest words."""
    having: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(vectors):
        for word in marks(vectors[key]):
            having[word].append(key)
    seen: set[tuple[str, str]] = set()
    for keys in having.values():
        yield from _new(keys, seen)


def _new(keys: Sequence[str], seen: set[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for n, one in enumerate(keys):
        for other in keys[n + 1 :]:
            if (one, other) not in seen:
                seen.add((one, other))
                yield one, other
