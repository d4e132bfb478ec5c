"""Chinese text into words: segmented with the domain's own dictionary, so that what belongs together stays together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import rjieba

_WORDS = "words.txt"
_SYNONYMS = "synonyms.txt"
_SILENT = "silent.txt"
_RUN = re.compile(r"[一-鿿]+|[a-z0-9]+")


def lines_of(name: str) -> list[str]:
    """A list that ships with the platform, line by line."""
    return [line.strip() for line in files(__package__).joinpath(name).read_text("utf-8").splitlines() if line.strip()]


@cache
def _segmenter() -> rjieba.Jieba:
    segmenter = rjieba.Jieba()
    for word in (*lines_of(_WORDS), *(each for line in lines_of(_SYNONYMS) for each in line.split())):
        segmenter.add_word(word, None, None)
    return segmenter


@cache
def silent() -> frozenset[str]:
    """Words that say nothing about what is looked for."""
    return frozenset(word for line in lines_of(_SILENT) for word in line.split())


def normal(text: str) -> str:
    """Full-width and upper-case spellings made one (NFKC)."""
    return unicodedata.normalize("NFKC", text).lower()


def words_of(text: str) -> list[str]:
    """The words of a text, longer ones with the words inside them, without those that say nothing; a word may repeat."""
    found = _segmenter().cut_for_search(normal(text).replace("“", "").replace("”", ""))
    return [word for word in found if _RUN.fullmatch(word) and word not in silent()]


def pairs_of(text: str) -> list[str]:
    """Every two neighbouring characters: a name of two characters is found however the text was segmented."""
    runs = re.findall(r"[一-鿿]{2,}", normal(text))
    return [run[n : n + 2] for run in runs for n in range(len(run) - 1)]


def initials_of(text: str) -> str:
    """The pinyin initials of a title: 高新技术企业 gives gxjsqy."""
    return _pinyin(text, initials=True)


def phonetic(text: str) -> str:
    """The pinyin of a title, without tones and blanks."""
    return _pinyin(text, initials=False)


def _pinyin(text: str, *, initials: bool) -> str:
    from pypinyin import Style, lazy_pinyin  # the dictionary takes half a second to load, and most processes never ask

    style = Style.FIRST_LETTER if initials else Style.NORMAL
    return "".join(lazy_pinyin(re.sub(r"\W", "", normal(text)), style=style))


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """Each word with those that mean the same, as far as the shipped list knows."""
    found: dict[str, frozenset[str]] = {}
    for line in lines_of(_SYNONYMS):
        group = frozenset(line.split())
        for word in group:
            found[word] = found.get(word, frozenset()) | group - {word}
    return found


def meanings(text: str, own: Iterable[Sequence[str]] = ()) -> list[frozenset[str]]:
    """What is searched for: for each word of the question the words that would do; longest words only.

    Words inside a longer one that was found (技术 in 高新技术企业) would only blur it. `own` are the city's groups of
    synonyms; a word of theirs that the dictionary does not know is several, with blanks between.
    """
    asked = normal(text)
    found = {word: {word, *synonyms().get(word, ())} for word in _longest(asked)}
    for group in own:
        for word in group:
            if normal(word) in asked:
                meant = {" ".join(_longest(each)) for each in map(normal, group)} - {""}
                for part in _longest(normal(word)):
                    meant |= found.pop(part, set()) if part in meant else set()
                    found.pop(part, None)
                found[word] = meant
    return [frozenset(group) for group in found.values() if group]


def _longest(text: str) -> list[str]:
    words = [word for word in _segmenter().cut(text) if _RUN.fullmatch(word) and word not in silent()]
    return list(dict.fromkeys(words))


def distinct(words: Iterable[str]) -> list[str]:
    """Without repeats, sorted."""
    return sorted(set(words))
