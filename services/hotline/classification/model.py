"""A trained model: data that anybody can read, and the same answer from it in every process.

The artefact is JSON (never a pickle, which would run what it carries): features with their weights in whole numbers.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.hotline.classification.features import BLOCKS, counted, weighed
from services.hotline.classification.suggestion import Guess, Suggestion

LARGEST = 3 * 2**20  # characters of an artefact
_GROUNDS = 5
FORM = 1


class UnreadableModelError(ValueError):
    """No artefact of a model that this release can use."""


@dataclass(frozen=True)
class Weights:
    """One aspect: for each value a row of weights, each `unit` wide, and how sharp its confidence is."""

    values: tuple[str, ...]
    bias: tuple[float, ...]
    unit: tuple[float, ...]
    temperature: float
    rows: Mapping[str, tuple[int, ...]]  # feature -> whole numbers, one for each value


@dataclass(frozen=True)
class Model:
    """Answers for the aspects it was trained for."""

    idf: Mapping[str, Mapping[str, float]]
    aspects: Mapping[str, Weights]
    name: str = "model"

    def suggest(self, title: str, content: str) -> Suggestion:
        """One guess for each aspect it knows."""
        counts = counted(title, content)
        present = {
            f"{block}{name}": value
            for block in BLOCKS
            for name, value in weighed(counts[block], self.idf[block]).items()
        }
        return Suggestion(model=self.name, **{aspect: _guess(of, present) for aspect, of in self.aspects.items()})


def _guess(of: Weights, present: Mapping[str, float]) -> Guess:
    scores = scores_of(of, present)
    best = max(range(len(scores)), key=lambda n: (scores[n], -n))
    confidence = softmax(scores, of.temperature)[best]
    said = {name: value * of.rows[name][best] for name, value in present.items() if name in of.rows and name[0] == "w"}
    grounds = sorted((word for word, weight in said.items() if weight > 0), key=lambda word: (-said[word], word))
    return Guess(
        value=of.values[best], confidence=round(confidence, 4), grounds=tuple(word[1:] for word in grounds[:_GROUNDS])
    )


def scores_of(of: Weights, present: Mapping[str, float]) -> list[float]:
    """What the features speak for each value."""
    sums = [0.0] * len(of.values)
    for name, value in present.items():
        row = of.rows.get(name)
        if row is not None:
            for n, weight in enumerate(row):
                sums[n] += value * weight
    return [bias + unit * total for bias, unit, total in zip(of.bias, of.unit, sums, strict=True)]


def softmax(scores: list[float], temperature: float) -> list[float]:
    """Shares that sum to 1."""
    high = max(scores)
    powers = [math.exp((score - high) * temperature) for score in scores]
    return [power / sum(powers) for power in powers]


def packed(model: Model) -> str:
    """The artefact as text."""
    content = {
        "form": FORM,
        "idf": model.idf,
        "aspects": {
            name: {
                "values": of.values,
                "bias": of.bias,
                "unit": of.unit,
                "temperature": of.temperature,
                "rows": of.rows,
            }
            for name, of in model.aspects.items()
        },
    }
    return base64.b64encode(zlib.compress(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), 9)).decode()


def unpacked(artefact: str, name: str) -> Model:
    """The model of an artefact. Raises `UnreadableModelError`."""
    try:
        unzip = zlib.decompressobj()
        text = unzip.decompress(base64.b64decode(artefact, validate=True), 20 * LARGEST)
        if not unzip.eof:
            raise ValueError("cut off, or far too large")
        content: dict[str, Any] = orjson.loads(text)
        if content["form"] != FORM:
            raise UnreadableModelError(f"form {content['form']}, this release reads form {FORM}")
        aspects = {aspect: _weights(of) for aspect, of in content["aspects"].items()}
        return Model({block: content["idf"][block] for block in BLOCKS}, aspects, name)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise UnreadableModelError(str(error)) from error


def _weights(of: dict[str, Any]) -> Weights:
    rows = {name: tuple(row) for name, row in of["rows"].items()}
    made = Weights(tuple(of["values"]), tuple(of["bias"]), tuple(of["unit"]), float(of["temperature"]), rows)
    if not made.values or {len(made.bias), len(made.unit), *map(len, rows.values())} != {len(made.values)}:
        raise ValueError("weights that do not fit their values")
    return made
