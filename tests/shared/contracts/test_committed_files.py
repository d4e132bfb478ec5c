"""`python -m shared.contracts`: what it writes, what it finds, what it freezes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import samples
from shared.contracts.__main__ import generated, main, problems, release, write
from shared.contracts.base import Published
from shared.contracts.policy import ItemPublished
from shared.contracts.samples import sample_of
from shared.contracts.schemas import file_stem, published_contracts

PROJECT = Path(__file__).resolve().parents[3]
ITEM = "policy.item-published.v1.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Committed files without a fault, released."""
    write(tmp_path)
    assert release(tmp_path) == []
    return tmp_path


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_the_committed_files_are_up_to_date_and_compatible() -> None:
    assert problems(PROJECT / "contracts") == []
    assert list((PROJECT / "contracts" / "released").glob("*.json"))


def test_every_contract_has_a_schema_and_a_sample_file() -> None:
    stems = {file_stem(cls) for cls in published_contracts()}
    expected = {f"{room}/{stem}.json" for room in ("schemas", "samples") for stem in stems}
    assert generated().keys() == expected | {"asyncapi.json"}


def test_a_release_freezes_every_schema(folder: Path) -> None:
    frozen = {path.name: path.read_text(encoding="utf-8") for path in (folder / "released").iterdir()}
    assert frozen == {path.name: path.read_text(encoding="utf-8") for path in (folder / "schemas").iterdir()}


def test_stale_missing_and_extra_files_are_all_named(folder: Path) -> None:
    edit(folder / "schemas" / ITEM, lambda schema: schema.update(title="别的"))
    (folder / "samples" / ITEM).unlink()
    (folder / "samples" / "policy.forgotten.v1.json").write_text("{}")
    (folder / "asyncapi.json").unlink()
    assert problems(folder) == [
        "asyncapi.json: missing",
        "samples/policy.forgotten.v1.json: extra, no contract has it",
        f"samples/{ITEM}: missing",
        f"schemas/{ITEM}: stale",
    ]


def test_writing_again_repairs_stale_missing_and_extra_files(folder: Path) -> None:
    test_stale_missing_and_extra_files_are_all_named(folder)
    write(folder)
    assert problems(folder) == []


def test_every_incompatibility_with_the_release_is_named(folder: Path) -> None:
    def before(schema: dict[str, Any]) -> None:
        schema["properties"]["dropped"] = {"type": "string"}
        schema["properties"]["amount_fen"] = {"type": "integer"}
        schema["$defs"]["WindowSpan"]["properties"]["kind"]["enum"].append("seasonal")

    edit(folder / "released" / ITEM, before)
    (folder / "released" / "policy.policy-vanished.v1.json").write_text("{}")
    assert problems(folder) == [
        f"released/{ITEM}: $.amount_fen: null added",
        f"released/{ITEM}: $.dropped: property removed",
        f"released/{ITEM}: $.window.kind: value 'seasonal' removed",
        "released/policy.policy-vanished.v1.json: $: event vanished",
    ]


def test_a_released_sample_must_still_be_readable(folder: Path) -> None:
    edit(folder / "released" / ITEM, lambda schema: schema["examples"][0].pop("code"))
    assert problems(folder) == [
        f"released/{ITEM}: released sample no longer fits: $: 'code' is a required property",
    ]


def test_a_sample_that_its_own_schema_refuses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = sample_of(ItemPublished).model_copy(update={"promised_days": "ten"})
    by_class: dict[type[Published], Published] = {**samples._by_class, ItemPublished: wrong}
    monkeypatch.setattr(samples, "_by_class", by_class)
    with pytest.warns(UserWarning, match="serialize"):
        write(tmp_path)
        assert problems(tmp_path) == [f"samples/{ITEM}: $.promised_days: 'ten' is not of type 'integer'"]


def test_an_event_that_was_never_released_is_no_problem_until_the_next_release_has_it(folder: Path) -> None:
    (folder / "released" / ITEM).unlink()
    assert problems(folder) == []
    assert release(folder) == []
    assert (folder / "released" / ITEM).is_file()


def test_a_release_with_problems_freezes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "released" / ITEM, lambda schema: schema["required"].remove("code"))
    frozen = (folder / "released" / ITEM).read_text(encoding="utf-8")
    assert main(["release", str(folder)]) == 1
    assert "$.code: newly required" in capsys.readouterr().err
    assert (folder / "released" / ITEM).read_text(encoding="utf-8") == frozen


def test_the_command_line_exits_with_1_and_names_the_file(folder: Path) -> None:
    command = [sys.executable, "-m", "shared.contracts", "check", str(folder)]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0
    edit(folder / "samples" / ITEM, lambda sample: sample.update(code="另一个"))
    found = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    assert found.returncode == 1
    assert f"samples/{ITEM}: stale" in found.stderr
