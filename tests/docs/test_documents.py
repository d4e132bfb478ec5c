"""The documents tell of what is there: their links, paths, names of tests and of the code lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = {document.relative_to(ROOT).as_posix(): document for document in DOCUMENTS}
each_document = pytest.mark.parametrize("document", NAMES.values(), ids=NAMES)
_LINK = re.compile(r"\]\(([^)#:]+)(#[^)]+)?\)")
_PATH = re.compile(r"`((?:shared|services|tests|docs|deploy|contracts|samples|requirements)/[\w./-]+)`")
_TEST = re.compile(r"`(test_\w+)`")


def _code() -> str:
    files = [path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for target, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        path = document.parent / target
        assert path.exists(), target
        assert not anchor or anchor[1:] in _anchors(path), anchor


@each_document
def test_every_path_that_is_named_exists(document: Path) -> None:
    missing = [path for path in _PATH.findall(document.read_text(encoding="utf-8")) if not (ROOT / path).exists()]
    assert missing == []


def test_every_test_that_is_named_exists() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(_TEST.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8")))
    assert named, "the table of promises names tests"
    assert sorted(name for name in named if f"def {name}(" not in tests) == []


def test_every_name_of_the_glossary_is_used_by_the_code() -> None:
    code, missing = _code(), []
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[2].startswith("`"):
            for name in re.findall(r"`([^`]+)`", cells[2]):
                if not re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", code):
                    missing.append(name)
    assert missing == []


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [
            line.partition("#")[0].rstrip()
            for block in re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
            for line in block.splitlines()
            if not line.startswith("#")
        ]
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese
