"""Opinions are stamped by who gave them, and verified by an independent hand, through the doors and on the command line."""

from __future__ import annotations

import asyncio
import hashlib
import io
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from services.application.keeping import named
from services.application.stamping.commands import paper_as
from shared.objects.store import as_pieces
from shared.runtime.keeping import sweep
from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.schemes.test_doors import LONG, STEPS
from tests.services.application.test_api import AT
from tests.support.running import Running, running_services


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    services = ("registry", "policy", "application")
    more = clock | {"public_url": "https://door.example"}
    async with running_services(*services, database_url=database_url, **more) as running:
        yield City(running)


async def reviewed(city: City, code: str) -> str:
    await city.publish(code, procedure="simple")
    number = str((await city.apply(code, 1)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    review = {"outcome": "approved", "opinion": "符合条件，同意（样例）。", "amount_fen": 5_000_000}
    await city.does(city.maker, f"applications/{number}/review", review)
    return number


async def stamped(city: City, number: str) -> tuple[str, bytes]:
    """The number of the newest document of an application, and the file."""
    shown = await city.sees(city.maker, f"applications/{number}")
    document = shown["documents"][-1]["document"]
    answer = await city.running.client.get(f"/api/application/opinions/{document}/file", headers=city.maker)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(answer.content).hexdigest() == shown["documents"][-1]["digest"]
    return document, answer.content


async def files(city: City) -> int:
    """How many are kept."""
    assert isinstance(city.running, Running)
    listed = city.running.runtimes["application"].objects.listed()
    return sum([len(some) async for some in listed])


async def judged(folder: Path, content: bytes, trusted: str) -> str:
    """What pyHanko's own command line says of a file."""
    paper, roots = folder / "paper.pdf", folder / "trusted.pem"
    paper.write_bytes(content)
    roots.write_text(trusted)
    command = Path(sys.executable).with_name("pyhanko")
    process = await asyncio.create_subprocess_exec(
        command, "sign", "validate", "--pretty-print", "--trust", roots, paper,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode()


async def test_the_page_names_the_department_in_full(city: City) -> None:
    form = {"code": "gxj", "name": "样例市工业和信息化局", "short_name": "样例工信局", "role": "department"}
    told = await city.running.client.post("/api/registry/departments", json=form, headers=city.bureau)
    assert told.status_code == 201, told.text
    heard = {"Chengce-Wait-For": told.headers["Chengce-Position"]}
    await city.running.client.get("/api/application/offers", headers=heard)
    number = await reviewed(city, "gxj-named")
    await city.does(city.maker, f"applications/{number}/stamp")
    document, _ = await stamped(city, number)
    page = await city.running.client.get(f"/api/application/opinions/{document}")
    assert "样例市工业和信息化局" in page.text


async def test_the_same_key_is_the_same_document_and_keeps_one_file(city: City) -> None:
    number = await reviewed(city, "gxj-once")
    keyed = city.maker | {"Idempotency-Key": "stamp-once"}
    first = await city.does(keyed, f"applications/{number}/stamp")
    kept = await files(city)
    again = await city.does(keyed, f"applications/{number}/stamp")
    assert (again["version"], again["position"], again["repeated"]) == (first["version"], first["position"], True)
    assert await files(city) == kept
    shown = await city.sees(city.maker, f"applications/{number}")
    assert len(shown["documents"]) == 1
    other = await reviewed(city, "gxj-other")
    reused = await city.does(keyed, f"applications/{other}/stamp", status=422)
    assert reused["code"] == "platform.idempotency-key-reused"
    assert await files(city) == kept


async def test_asked_for_twice_at_once_under_a_key_the_file_is_the_one_that_was_recorded(city: City) -> None:
    number = await reviewed(city, "gxj-twice")
    keyed = city.maker | {"Idempotency-Key": "stamp-twice"}
    both = await asyncio.gather(*(city.does(keyed, f"applications/{number}/stamp") for _ in range(4)))
    assert len({each["position"] for each in both}) == 1
    await stamped(city, number)  # which holds the file against the recorded digest


async def test_a_stamped_opinion_is_verified_by_an_independent_hand_and_a_changed_one_is_not(
    city: City, tmp_path: Path
) -> None:
    number = await reviewed(city, "gxj-stamp")
    await city.does(city.maker, f"applications/{number}/stamp")
    document, paper = await stamped(city, number)
    trusted = (await city.running.client.get("/api/application/opinions/trusted.pem")).text
    changed = bytearray(paper)
    changed[paper.find(b"stream") + 30] ^= 1
    said = await judged(tmp_path, paper, trusted)
    assert "The signature is judged VALID." in said, said
    assert "The signature covers the entire file." in said
    assert "The signature is judged INVALID." in await judged(tmp_path, bytes(changed), trusted)

    async def asked(content: bytes) -> dict[str, object]:
        answer = await city.running.client.post("/api/application/opinions/verify", content=content)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found | {"verdict": answer.json()["signature"]["verdict"]}

    right, wrong = await asked(paper), await asked(bytes(changed))
    assert (right["known"], right["verdict"], right["document"]) == (True, "valid", document)
    assert (wrong["known"], wrong["verdict"]) == (False, "invalid")
    assert (await asked(b"%PDF-1.7 nothing"))["verdict"] == "unreadable"
    page = await city.running.client.get(f"/api/application/opinions/{document}")
    assert hashlib.sha256(paper).hexdigest() in page.text
    assert enterprise(1) not in page.text, "the page does not say whose application it is"
    assert (await city.running.client.get("/api/application/opinions/0000")).status_code == 404


async def test_a_paper_that_its_application_names_stays_and_one_whose_stamp_was_never_recorded_goes(city: City) -> None:
    number = await reviewed(city, "gxj-kept")
    await city.does(city.maker, f"applications/{number}/stamp")
    document, paper = await stamped(city, number)
    runtime = city.running.runtimes["application"]  # type: ignore[attr-defined]
    unrecorded, kept = paper_as("ABCDEF", number), paper_as(hashlib.sha256(paper).hexdigest(), number)
    await runtime.objects.put(unrecorded, as_pieces(paper))
    assert await named(runtime, [unrecorded, kept]) == {kept}
    assert await sweep(runtime, named, datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert await stamped(city, number) == (document, paper)


async def test_a_department_stamps_what_it_has_said_and_nothing_else(city: City) -> None:
    await city.publish("gxj-joint", procedure="complex", guide=LONG)
    await city.scheme("gxj-joint", {}, STEPS)
    number = str((await city.apply("gxj-joint", 1, 100)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    kjj = city.running.sign_in(Role.OFFICER, department="kjj", subject="kjj")
    early = await city.does(city.maker, f"applications/{number}/stamp", status=403)
    assert early["code"] == "application.nothing-to-stamp"
    opinion = {"opinion": "材料齐全（样例）。"}
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", opinion)
    await city.does(city.maker, f"applications/{number}/stamp")
    await city.does(kjj, f"applications/{number}/stamp", status=403)
    await city.does(kjj, f"applications/{number}/steps/joint/opinion", opinion)
    await city.does(kjj, f"applications/{number}/stamp")
    shown = await city.sees(city.of(enterprise(1)), f"applications/{number}")
    assert [each["department"] for each in shown["documents"]] == ["gxj", "kjj"]
    document = shown["documents"][1]["document"]
    path = f"/api/application/opinions/{document}/file"
    own = await city.running.client.get(path, headers=kjj)
    assert (
        "kjj" in PdfFileReader(io.BytesIO(own.content)).embedded_signatures[0].signer_cert.subject.native["common_name"]
    )
    assert (await city.running.client.get(path, headers=city.of(enterprise(2)))).status_code == 403
    assert (await city.running.client.get(path, headers=city.of(enterprise(1)))).status_code == 200
