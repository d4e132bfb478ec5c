"""What a model looks at in a ticket: its words, those of the title more, and its short runs of characters; pure.

Runs of characters carry what segmentation cuts wrongly, and names that no dictionary knows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from shared.words.segmenting import normal, words_of

TITLE = 3  # times that a word of the title counts
WORDS_OF_CONTENT = 200
CHARACTERS_OF_CONTENT = 300
_OTHER = re.compile(
    r"[a-z0-9\W_]+"
)  # letters and digits are names of places and numbers, and say nothing of the matter
BLOCKS = ("w", "c")


def counted(title: str, content: str) -> dict[str, Counter[str]]:
    """How often each feature occurs, by block: `w` words, `c` runs of one to three characters."""
    words = words_of(title) * TITLE + words_of(content)[:WORDS_OF_CONTENT]
    text = _OTHER.sub(" ", normal(f"{title} {title} {content[:CHARACTERS_OF_CONTENT]}"))
    return {"w": Counter(words), "c": Counter(_runs(text))}


def _runs(text: str) -> Iterator[str]:
    for length in (1, 2, 3):
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


def weighed(counts: Mapping[str, int], idf: Mapping[str, float]) -> dict[str, float]:
    """Of length 1 over the features that are known: damped counts, rare features more."""
    known = {name: (1.0 + math.log(n)) * idf[name] for name, n in counts.items() if name in idf}
    length = math.sqrt(sum(value * value for value in known.values())) or 1.0
    return {name: value / length for name, value in known.items()}
