"""Suggestions before the first training: the words of the taxonomy, counted where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.hotline.classification.suggestion import Guess, Suggestion
from services.hotline.classification.taxonomy import Taxonomy
from shared.words.segmenting import normal

RULES = "rules-1"
TITLE = 2.0  # a word in the title says as much as two in the content
_MOST = 0.85  # rules are never surer than this, so that they alone apply nothing where people ask for 0.9


class RulesClassifier:
    """Answers from words alone, the same always."""

    name = RULES

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._subjects = {leaf.subject: leaf.words for leaf in taxonomy.leaves}

    def suggest(self, title: str, content: str) -> Suggestion:
        """What the words speak for; an aspect without any word is left out."""
        head, body = normal(title), normal(content)
        subject = _guess(self._subjects, head, body)
        signs = self._taxonomy.signs
        aspects = {aspect: _guess(signs.get(aspect, {}), head, body) for aspect in ("nature", "enterprise_matter")}
        department = self._taxonomy.department_of(subject.value) if subject else None
        return Suggestion(
            model=self.name,
            subject=subject,
            urgency=_urgency(signs.get("urgency", {}), head, body),
            department=subject.model_copy(update={"value": department}) if subject and department else None,
            **aspects,
        )


def _guess(words: Mapping[str, Sequence[str]], head: str, body: str) -> Guess | None:
    found = {value: _spoken(of, head, body) for value, of in words.items()}
    weights = {value: sum(weight for _, weight in each) for value, each in found.items() if each}
    if not weights:
        return None
    best = min(weights, key=lambda value: (-weights[value], value))
    # One word alone says little, and another value that is spoken for as much says the contrary.
    confidence = weights[best] / (sum(weights.values()) + 1.0)
    grounds = sorted(found[best], key=lambda each: (-each[1], each[0]))
    return Guess(
        value=best, confidence=round(min(confidence, _MOST), 4), grounds=tuple(word for word, _ in grounds[:5])
    )


def _urgency(signs: Mapping[str, Sequence[str]], head: str, body: str) -> Guess:
    """The most urgent that any word speaks for; else an ordinary one."""
    for value in ("critical", "urgent"):
        if words := _spoken(signs.get(value, ()), head, body):
            ranked = sorted(words, key=lambda each: (-each[1], each[0]))
            confidence = min(_MOST, 0.5 + 0.1 * sum(weight for _, weight in words))
            return Guess(value=value, confidence=round(confidence, 4), grounds=tuple(word for word, _ in ranked[:5]))
    return Guess(value="normal", confidence=0.5)


def _spoken(words: Iterable[str], head: str, body: str) -> list[tuple[str, float]]:
    weighed = ((word, (word.lower() in head) * TITLE + (word.lower() in body)) for word in words)
    return [(word, weight * len(word) / 2) for word, weight in weighed if weight]
