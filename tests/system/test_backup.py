"""A real platform, backed up while commands keep coming, and put back to a moment in their middle."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from shared.security.actor import Role
from tests.system.platform import Platform, platform
from tests.system.writing import Writing, counted_elsewhere, in_log, in_read_model, in_stream

pytestmark = pytest.mark.system
PDF = b"%PDF-1.7 " + bytes(2**20)


async def caller_of_first_ticket(running: Platform) -> str:
    """A personal field, sealed under the secret."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as client:
        headers = running.headers(Role.HOTLINE_AGENT)
        key = (await client.get("/api/hotline/tickets", headers=headers)).json()["items"][0]["key"]
        return str((await client.get(f"/api/hotline/tickets/{key}/caller", headers=headers)).json()["phone"])


async def uploaded(running: Platform, content: bytes) -> str:
    """An attachment's number."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as client:
        headers = running.headers(Role.APPLICANT)
        answer = await client.post("/api/application/attachments", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def downloaded(running: Platform, key: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as client:
        return await client.get(f"/api/application/attachments/{key}/file", headers=running.headers(Role.APPLICANT))


async def test_a_moment_between_two_commands_comes_back_exactly(tmp_path: Path) -> None:
    second = tmp_path / "second"
    async with platform(tmp_path / "first") as running:
        writing = Writing(running)
        async with writing.going_on():
            await writing.more(40)
            files = {await uploaded(running, PDF + b"before"): PDF + b"before"}
            code, output = await running.chengce("backup", "--json", "--to", str(tmp_path / "backups"))
            assert code == 0, output
            await writing.more(40)
            files[await uploaded(running, PDF + b"after")] = PDF + b"after"
            moment = datetime.now(UTC)
            too_late = await uploaded(running, PDF + b"too late")
            await writing.more(40)
        made = json.loads(output[output.index("\n{") :])
        assert datetime.fromisoformat(made["ended_at"]) < moment
        code, output = await running.chengce(
            "restore", made["path"], "--data", str(second), "--at", moment.isoformat(), "--json"
        )
        assert code == 0, output

    code, output = await Platform(second).chengce("up", "--no-samples")
    assert code == 1
    assert "把与备份分开保管的 secret 文件放回" in output
    shutil.copy2(tmp_path / "first" / "secret", second / "secret")
    async with platform(second) as restored:
        logged = await in_log(restored)
        assert len(logged) == len(set(logged))
        assert writing.acknowledged_before(moment) <= set(logged) <= writing.asked_before(moment)
        assert len(writing.acknowledged) > len(logged) >= 80
        assert await in_stream(restored, logged[-1]) == logged
        assert sorted(await in_read_model(restored, len(logged))) == sorted(logged)
        assert await counted_elsewhere(restored, len(logged)) == len(logged)
        assert await caller_of_first_ticket(restored) == "19900000002"
        for key, content in files.items():
            assert (await downloaded(restored, key)).content == content
        assert (await downloaded(restored, too_late)).status_code == 404
        again = Writing(restored)
        async with again.going_on():  # and life goes on
            await again.more(1)
