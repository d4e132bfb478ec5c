"""`python -m shared.contracts {write,check,release} [DIR]`: the contracts as files, committed with the code.

    DIR/schemas/<type>.v<n>.json     JSON Schema of each published event
    DIR/samples/<type>.v<n>.json     a message body of each
    DIR/asyncapi.json                all of them, for subscribers
    DIR/released/<type>.v<n>.json    the schemas of the last release, which later ones must stay compatible with

`write` makes them, `check` (for CI) names everything that is stale or incompatible and exits 1, `release` freezes the
schemas once the check passes. To withdraw an event, tell its subscribers and delete its file under `released` by hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.compat import incompatibilities
from shared.contracts.schemas import file_stem, published_contracts, sample_json, schema_of

RELEASED = "released"


def generated() -> dict[str, str]:
    """Every generated file's text, by its path below DIR. Raises `MissingSampleError`."""
    files = {"asyncapi.json": _text(asyncapi_document())}
    for cls in published_contracts():
        files[f"schemas/{file_stem(cls)}.json"] = _text(schema_of(cls))
        files[f"samples/{file_stem(cls)}.json"] = _text(sample_json(cls))
    return files


def write(folder: Path) -> None:
    """Bring the generated files up to date; those that no contract has any more go."""
    files = generated()
    for path in _present(folder) - files.keys():
        (folder / path).unlink()
    for path, text in files.items():
        _save(folder / path, text)


def problems(folder: Path) -> list[str]:
    """Everything that is wrong with the committed files, at once; empty when all is well."""
    return [*_differences(folder), *_misfits(), *_breaks(folder)]


def release(folder: Path) -> list[str]:
    """Freeze the schemas as the baseline of later checks, unless there are problems, which are returned."""
    found = problems(folder)
    if not found:
        for cls in published_contracts():
            _save(folder / RELEASED / f"{file_stem(cls)}.json", _text(schema_of(cls)))
    return found


def _differences(folder: Path) -> list[str]:
    files, present = generated(), _present(folder)
    found = [f"{path}: missing" for path in files.keys() - present]
    found += [f"{path}: extra, no contract has it" for path in present - files.keys()]
    found += [
        f"{path}: stale"
        for path in files.keys() & present
        if (folder / path).read_text(encoding="utf-8") != files[path]
    ]
    return sorted(found)


def _misfits() -> list[str]:
    """Samples that their own schema refuses."""
    return [
        f"samples/{file_stem(cls)}.json: {error.json_path}: {error.message}"
        for cls in published_contracts()
        for error in _validator(schema_of(cls)).iter_errors(sample_json(cls))
    ]


def _breaks(folder: Path) -> list[str]:
    """What released consumers, or released messages replayed, would stumble over."""
    current = {f"{file_stem(cls)}.json": schema_of(cls) for cls in published_contracts()}
    found = []
    for path in sorted((folder / RELEASED).glob("*.json")):
        at = f"{RELEASED}/{path.name}"
        if path.name not in current:
            found.append(f"{at}: $: event vanished")
            continue
        old, new = json.loads(path.read_text(encoding="utf-8")), current[path.name]
        found += [f"{at}: {line}" for line in incompatibilities(old, new)]
        found += [
            f"{at}: released sample no longer fits: {error.json_path}: {error.message}"
            for sample in old.get("examples", [])
            for error in _validator(new).iter_errors(sample)
        ]
    return found


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _present(folder: Path) -> set[str]:
    paths = [*folder.glob("schemas/*"), *folder.glob("samples/*"), *folder.glob("asyncapi.json")]
    return {path.relative_to(folder).as_posix() for path in paths}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with every problem on a line of its own on standard error."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts", description="The contracts as committed files.")
    parser.add_argument("action", choices=("write", "check", "release"))
    parser.add_argument("folder", nargs="?", type=Path, default=Path("contracts"), metavar="DIR")
    chosen = parser.parse_args(arguments)
    if chosen.action == "write":
        write(chosen.folder)
        return 0
    found = problems(chosen.folder) if chosen.action == "check" else release(chosen.folder)
    for line in found:
        sys.stderr.write(f"{chosen.folder}/{line}\n")
    if found:
        sys.stderr.write(
            f"{len(found)} problems. Stale, missing or extra: run `python -m shared.contracts write` and commit. "
            "Incompatible: restore the field, or raise VERSION in a class of its own beside the old one.\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
