"""The taxonomy of enterprise matters, three levels deep, and the words that speak for an aspect: configuration, not code."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import get_args

from services.hotline.classification.suggestion import Aspect

_HEADERS = {"一级": "l1", "二级": "l2", "三级": "l3", "承办部门": "department", "词": "words"}
_LEVELS = ("l1", "l2", "l3")


class UnreadableTaxonomyError(ValueError):
    """A file that is no taxonomy; the text names everything that is wrong with it, in Chinese."""


@dataclass(frozen=True)
class Leaf:
    """A matter of the third level: its path, the words that speak for it, and the department it usually goes to."""

    path: tuple[str, str, str]
    words: tuple[str, ...]
    department: str | None = None

    @property
    def subject(self) -> str:
        """The path as one text: 融资信贷/贷款/贷款难."""
        return "/".join(self.path)


@dataclass(frozen=True)
class Taxonomy:
    """All leaves, and for aspects other than the subject the words that speak for each value."""

    leaves: tuple[Leaf, ...]
    signs: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def texts(self) -> list[tuple[str, str]]:
        """Subject and words of every leaf: what a training takes for further, short texts."""
        return [(leaf.subject, " ".join((*leaf.path, *leaf.words))) for leaf in self.leaves]

    def department_of(self, subject: str) -> str | None:
        """The department that matters below this subject go to, where all go to one."""
        found = {leaf.department for leaf in self.leaves if (leaf.subject + "/").startswith(subject + "/")}
        return found.pop() if len(found) == 1 else None


def shipped() -> Taxonomy:
    """The platform's own, until the city has one."""
    room = files(__package__)
    return Taxonomy(_leaves(room.joinpath("taxonomy.csv").read_text("utf-8")), _signs())


def load(path: Path | None) -> Taxonomy:
    """A taxonomy from a CSV file: 一级,二级,三级 or l1,l2,l3, with 承办部门 and 词 where they are known; shipped without one.

    Raises `UnreadableTaxonomyError`.
    """
    if path is None:
        return shipped()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTaxonomyError(f"分类目录 {path} 无法读取：{error}。") from error
    return Taxonomy(_leaves(text), _signs())


def _leaves(text: str) -> tuple[Leaf, ...]:
    rows = list(csv.DictReader(StringIO(text)))
    errors: list[str] = []
    leaves: dict[str, Leaf] = {}
    for line, raw in enumerate(rows, 2):
        row = {
            _HEADERS.get((name or "").strip(), (name or "").strip()): (cell or "").strip() for name, cell in raw.items()
        }
        missing = [level for level in _LEVELS if not row.get(level)]
        if missing:
            errors.append(f"第{line}行缺少{'、'.join(missing)}")
            continue
        if any("/" in row[level] for level in _LEVELS):
            errors.append(f"第{line}行的类目名称不能含有“/”")
            continue
        words = tuple(dict.fromkeys((*row.get("words", "").split(), row["l3"])))
        leaf = Leaf((row["l1"], row["l2"], row["l3"]), words, row.get("department") or None)
        if leaf.subject in leaves:
            errors.append(f"第{line}行与前面的类目重复：{leaf.subject}")
        leaves[leaf.subject] = leaf
    if not leaves and not errors:
        errors.append("没有任何类目，请核对表头是否为 一级,二级,三级,承办部门,词")
    if errors:
        raise UnreadableTaxonomyError("；".join(errors) + "。请改正后重新载入。")
    return tuple(leaves.values())


def _signs() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {aspect: {} for aspect in get_args(Aspect)}
    for row in csv.DictReader(StringIO(files(__package__).joinpath("signs.csv").read_text("utf-8"))):
        found[row["方面"]][row["值"]] = tuple(row["词"].split())
    return found
