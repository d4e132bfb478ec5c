"""How good a model is on tickets it has not seen: by cross-validation, everything fitted inside each fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.naive_bayes import MultinomialNB

from services.hotline.classification.examples import Example, Text
from services.hotline.classification.features import counted
from services.hotline.classification.model import packed, unpacked
from services.hotline.classification.training import FOLDS, train

BINS = 10
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)  # of what a fold may learn from


class Bin(BaseModel):
    """Tickets whose confidence lies between `low` and `low` + 0.1: how sure, and how often right."""

    low: float
    tickets: int
    confidence: float
    right: float


class Assessment(BaseModel):
    """Macro F1 (mean and standard deviation over the folds) beside two baselines, how honest the confidence is (expected
    calibration error), and what was taken for what: `confusion[true][told]`."""

    tickets: int
    values: dict[str, int]
    macro_f1: float
    deviation: float
    accuracy: float
    majority_f1: float
    naive_bayes_f1: float
    calibration_error: float
    bins: list[Bin]
    confusion: dict[str, dict[str, int]]


class CurvePoint(BaseModel):
    """Macro F1 (mean and standard deviation over the folds) after learning from so many tickets."""

    tickets: int
    macro_f1: float
    deviation: float


def assess(
    aspect: str,
    examples: Sequence[Example],
    unlabelled: Sequence[Text] = (),
    light: Sequence[tuple[str, str]] = (),
    *,
    seed: int = 1,
) -> Assessment:
    """One aspect, each ticket told by a model that was packed, unpacked, and trained without it."""
    targets = np.array([each.value for each in examples])
    folds = min(FOLDS, min(Counter(targets).values()))
    scores: dict[str, list[float]] = {"model": [], "majority": [], "bayes": []}
    told: list[tuple[str, str, float]] = []
    for kept, held in StratifiedKFold(folds, shuffle=True, random_state=seed).split(examples, targets):
        own, others = [examples[n] for n in kept], [examples[n] for n in held]
        model = unpacked(packed(train({aspect: own}, unlabelled, light)), "fold")
        guesses = [getattr(model.suggest(each.title, each.content), aspect) for each in others]
        told += [(each.value, guess.value, guess.confidence) for each, guess in zip(others, guesses, strict=True)]
        scores["model"].append(_f1(others, [guess.value for guess in guesses]))
        scores["majority"].append(_f1(others, [Counter(each.value for each in own).most_common(1)[0][0]] * len(others)))
        scores["bayes"].append(_f1(others, _bayes(own, others)))
    bins = _bins(told)
    return Assessment(
        tickets=len(examples),
        values=dict(sorted(Counter(str(value) for value in targets).items())),
        macro_f1=round(float(np.mean(scores["model"])), 4),
        deviation=round(float(np.std(scores["model"])), 4),
        accuracy=round(sum(true == said for true, said, _ in told) / len(told), 4),
        majority_f1=round(float(np.mean(scores["majority"])), 4),
        naive_bayes_f1=round(float(np.mean(scores["bayes"])), 4),
        calibration_error=round(sum(b.tickets * abs(b.confidence - b.right) for b in bins) / len(told), 4),
        bins=bins,
        confusion=_confusion(told),
    )


def learning_curve(
    aspect: str,
    examples: Sequence[Example],
    unlabelled: Sequence[Text] = (),
    light: Sequence[tuple[str, str]] = (),
    *,
    seed: int = 1,
) -> list[CurvePoint]:
    """What more labelled tickets bring: shares of each fold's own, each told to the tickets that the fold held back."""
    targets = [each.value for each in examples]
    folds = min(FOLDS, min(Counter(targets).values()))
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(examples, targets))
    points = []
    for share in SHARES:
        scores, sizes = [], []
        for kept, held in splits:
            own, others = _share([examples[n] for n in kept], share, seed), [examples[n] for n in held]
            model = unpacked(packed(train({aspect: own}, unlabelled, light)), "fold")
            scores.append(_f1(others, [getattr(model.suggest(e.title, e.content), aspect).value for e in others]))
            sizes.append(len(own))
        points.append(
            CurvePoint(
                tickets=round(float(np.mean(sizes))),
                macro_f1=round(float(np.mean(scores)), 4),
                deviation=round(float(np.std(scores)), 4),
            )
        )
    return points


def _share(examples: Sequence[Example], share: float, seed: int) -> Sequence[Example]:
    """A share with each value in its proportion; all of them where a share would leave a value out."""
    values = [each.value for each in examples]
    if share == 1.0 or share * min(Counter(values).values()) < 1:
        return examples
    chosen, _ = train_test_split(examples, train_size=share, stratify=values, random_state=seed)
    return list(chosen)


def _f1(examples: Sequence[Example], told: Sequence[str]) -> float:
    return float(f1_score([each.value for each in examples], told, average="macro", zero_division=0))


def _bayes(own: Sequence[Example], others: Sequence[Example]) -> list[str]:
    """Multinomial naive Bayes over the same words."""
    counts = [counted(each.title, each.content)["w"] for each in own]
    columns = {name: n for n, name in enumerate(sorted({name for each in counts for name in each}))}

    def matrix(rows: Sequence[Counter[str]]) -> Any:
        found = np.zeros((len(rows), len(columns)))
        for n, each in enumerate(rows):
            for name, times in each.items():
                if name in columns:
                    found[n, columns[name]] = times
        return found

    machine = MultinomialNB().fit(matrix(counts), [each.value for each in own])
    return [str(value) for value in machine.predict(matrix([counted(e.title, e.content)["w"] for e in others]))]


def _bins(told: Sequence[tuple[str, str, float]]) -> list[Bin]:
    found = []
    for n in range(BINS):
        inside = [(true == said, sure) for true, said, sure in told if min(int(sure * BINS), BINS - 1) == n]
        if inside:
            confidence = sum(sure for _, sure in inside) / len(inside)
            right = sum(hit for hit, _ in inside) / len(inside)
            found.append(Bin(low=n / BINS, tickets=len(inside), confidence=round(confidence, 4), right=round(right, 4)))
    return found


def _confusion(told: Sequence[tuple[str, str, float]]) -> dict[str, dict[str, int]]:
    counts = Counter((true, said) for true, said, _ in told)
    values = sorted({true for true, _, _ in told})
    return {true: {said: counts[true, said] for said in values} for true in values}
