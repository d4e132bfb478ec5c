"""Training on site, from handled tickets; the only place that needs scikit-learn.

A linear model over weighed words and runs of characters. Unlabelled tickets join in two ways: they say how rare a feature
is, and which words occur together (LSA): a word that no labelled ticket has still leans where its neighbours lean. Both
are linear, so all of it ends as one weight for each feature. The taxonomy's own words are further, lighter texts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from services.hotline.classification.examples import Example, Text
from services.hotline.classification.features import BLOCKS, counted, weighed
from services.hotline.classification.model import Model, Weights, scores_of, softmax

MOST_FEATURES = {"w": 12_000, "c": 24_000}
LEAST_FOUND = {"w": 2, "c": 5}
TOPICS = 300
LIGHT = 0.3  # weight of a text of the taxonomy beside a ticket's
STRENGTH = 0.3  # inverse of the regularisation
STEPS = 127  # whole numbers that a weight is told in
FOLDS = 5
Matrix = Any  # a sparse matrix of scipy, which has no types


class Known:
    """The features of all texts, labelled or not: which there are, how rare, and what occurs together."""

    def __init__(self, texts: Sequence[Text]) -> None:
        counts = [counted(*text) for text in texts]
        self.idf = {block: _idf([each[block] for each in counts], block) for block in BLOCKS}
        self.columns = {block: {name: n for n, name in enumerate(sorted(self.idf[block]))} for block in BLOCKS}
        words = self._block(counts, "w")
        self.topics: NDArray[np.float64] | None = None
        size = min(TOPICS, min(words.shape) - 1)
        if size >= 2:
            self.topics = TruncatedSVD(size, random_state=0).fit(words).components_.T

    def matrix(self, texts: Sequence[Text]) -> Matrix:
        """Words, runs and topics of each text, a row each."""
        counts = [counted(*text) for text in texts]
        words, runs = (self._block(counts, block) for block in BLOCKS)
        parts = [words, runs] if self.topics is None else [words, runs, sparse.csr_matrix(words @ self.topics)]
        return sparse.hstack(parts).tocsr()

    def plain(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights of words, runs and topics as weights of words and runs alone: the same scores."""
        words, runs = (len(self.columns[block]) for block in BLOCKS)
        own, rest = weights[:, :words], weights[:, words : words + runs]
        if self.topics is not None:
            own = own + weights[:, words + runs :] @ self.topics.T
        return np.hstack([own, rest])

    def names(self) -> list[str]:
        """The features in the order of their columns."""
        return [f"{block}{name}" for block in BLOCKS for name in self.columns[block]]

    def _block(self, counts: Sequence[Mapping[str, Counter[str]]], block: str) -> Matrix:
        columns = self.columns[block]
        values: list[float] = []
        places: list[int] = []
        ends = [0]
        for each in counts:
            for name, value in weighed(each[block], self.idf[block]).items():
                values.append(value)
                places.append(columns[name])
            ends.append(len(values))
        return sparse.csr_matrix((values, places, ends), shape=(len(counts), len(columns)))


def _idf(counts: Sequence[Counter[str]], block: str) -> dict[str, float]:
    found = Counter(name for each in counts for name in each)
    kept = [each for each in found.items() if each[1] >= LEAST_FOUND[block]] or list(found.items())
    kept = sorted(kept, key=lambda each: (-each[1], each[0]))[: MOST_FEATURES[block]]
    return {name: round(1.0 + math.log((1 + len(counts)) / (1 + n)), 4) for name, n in kept}


def train(
    examples: Mapping[str, Sequence[Example]], unlabelled: Sequence[Text] = (), light: Sequence[tuple[str, str]] = ()
) -> Model:
    """A model for every aspect in `examples`. `light` are values and words of the taxonomy, for the subject.

    Deterministic: the same rows give the same artefact.
    """
    texts = {(each.title, each.content) for of in examples.values() for each in of} | set(unlabelled)
    known = Known(sorted(texts))
    aspects = {}
    for aspect, of in sorted(examples.items()):
        values = {each.value for each in of}
        lighter = [(value, text) for value, text in light if value in values] if aspect == "subject" else []
        temperature = _temperature(known, of, lighter)
        aspects[aspect] = _fitted(known, of, lighter, temperature)
    return Model(known.idf, aspects)


def _fitted(known: Known, examples: Sequence[Example], light: Sequence[tuple[str, str]], temperature: float) -> Weights:
    texts = [(each.title, each.content) for each in examples] + [("", text) for _, text in light]
    targets = np.array([each.value for each in examples] + [value for value, _ in light])
    shares = np.array([1.0] * len(examples) + [LIGHT] * len(light))
    machine = LinearSVC(C=STRENGTH, class_weight="balanced", random_state=0, max_iter=20_000)
    machine.fit(known.matrix(texts), targets, sample_weight=shares)
    weights, bias, values = machine.coef_, machine.intercept_, [str(value) for value in machine.classes_]
    if len(values) == 2:  # one row says both
        weights, bias = np.vstack([-weights[0], weights[0]]), np.array([-bias[0], bias[0]])
    plain = known.plain(weights)
    unit = np.abs(plain).max(axis=1) / STEPS
    unit[unit == 0] = 1.0
    whole = np.rint(plain / unit[:, None]).astype(int)
    rows = {name: tuple(int(n) for n in row) for name, row in zip(known.names(), whole.T, strict=True) if row.any()}
    return Weights(
        tuple(values), tuple(round(float(b), 6) for b in bias), tuple(float(u) for u in unit), temperature, rows
    )


def _temperature(known: Known, examples: Sequence[Example], light: Sequence[tuple[str, str]]) -> float:
    """How sharp scores are to be read as shares: the likeliest for tickets that the fold's model had not seen."""
    scores, right = [], []
    for model, held in _folds(known, examples, light):
        for each in held:
            if each.value in model.values:
                scores.append(scores_of(model, _present(known, each)))
                right.append(model.values.index(each.value))
    if not scores:
        return 1.0
    steps = [round(0.25 * 1.15**n, 4) for n in range(40)]
    return min(
        steps, key=lambda t: -sum(math.log(max(softmax(s, t)[r], 1e-12)) for s, r in zip(scores, right, strict=True))
    )


def _folds(
    known: Known, examples: Sequence[Example], light: Sequence[tuple[str, str]]
) -> list[tuple[Weights, list[Example]]]:
    least = min(Counter(each.value for each in examples).values())
    if least < 2:
        return []
    splitter = StratifiedKFold(min(FOLDS, least), shuffle=True, random_state=0)
    found = []
    for kept, held in splitter.split(examples, [each.value for each in examples]):
        model = _fitted(known, [examples[n] for n in kept], light, 1.0)
        found.append((model, [examples[n] for n in held]))
    return found


def _present(known: Known, example: Example) -> dict[str, float]:
    counts = counted(example.title, example.content)
    return {f"{b}{name}": value for b in BLOCKS for name, value in weighed(counts[b], known.idf[b]).items()}
