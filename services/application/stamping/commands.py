"""Stamping what a department has said of an application, and looking at what was stamped."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel
from sqlmodel import select

from services.application.decider import ApplicationState, RecordStamp, application
from services.application.decider.stepping import require_stampable
from services.application.departments import names_of
from services.application.each import at_present
from services.application.partners import partners
from services.application.readmodels.grants import KnownEnterpriseRow
from services.application.readmodels.opinions import OpinionRow
from services.application.readmodels.track import ApplicationRow
from services.application.stamping.paper import OpinionPaper
from services.application.stamping.saying import what_was_said
from services.application.stamping.stamps import StampUnavailable
from services.application.stamping.verifying import verified
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.ledger import Receipt
from shared.objects.store import as_pieces
from shared.runtime.service import Runtime
from shared.security.actor import Actor

PDF = "application/pdf"
PAPER = "opinion-"  # begins the name of its object
_DOCUMENTS = UUID("c1c0a1f6-6a3e-4f6e-8f0e-2b7a9d3e5c41")


SENTENCES = {
    "valid": "签名有效，文件自签名后没有改动。",
    "invalid": "签名无效：文件在签名后被改动，或者签名证书不受信任。",
    "unsigned": "文件没有电子签名。",
    "unreadable": "文件不是可以读取的 PDF。",
}


class Signature(BaseModel):
    """What the file itself says."""

    verdict: Literal["valid", "invalid", "unsigned", "unreadable"]
    sentence: str
    signer: str | None


class Verification(BaseModel):
    """What is known of a document. `known`: the platform has made just this file."""

    known: bool
    sentence: str
    document: str | None = None
    item_title: str | None = None
    department: str | None = None
    stamped_on: str | None = None
    digest: str
    signature: Signature


async def stamp_opinion(runtime: Runtime, number: str, actor: Actor, key: str | None) -> tuple[Receipt, str]:
    """Typesets, signs, keeps, records: once for a key. What fails before the last leaves a file that nobody names, and that
    is swept.

    Raises `Refused`, `ObjectStoreAway`.
    """
    document = _document(number, actor, key)
    asked = RecordStamp(document=document, digest="", signer="", serial="")
    if repeated := await runtime.repeat_of(application, number, asked, actor, key):
        return repeated, document
    state: ApplicationState | None = await runtime.state(application, number)
    if state is None:
        raise Refused("application.unknown", "没有这件申报，请核对申报编号。", because=Because.NOT_FOUND)
    now = runtime.clock.now()
    require_stampable(state, Context(now, runtime.calendar(), actor))
    await at_present(runtime)
    row = await runtime.reads.one(ApplicationRow, number)
    assert row is not None  # noqa: S101 - the read model is at present
    paper = await _paper(runtime, row, actor.department or "", document, now)
    content = await runtime.in_thread(_typeset, paper)
    try:
        stamped = await partners(runtime).stamps.stamp(actor.department or "", content)
    except StampUnavailable as error:
        raise Refused("application.stamp-unavailable", f"{error}，意见没有盖章，请稍后重试。") from error
    digest = hashlib.sha256(stamped.content).hexdigest()
    await runtime.objects.put(paper_as(digest, number), as_pieces(stamped.content))
    command = asked.model_copy(update={"digest": digest, "signer": stamped.signer, "serial": stamped.serial})
    return await runtime.execute(application, number, command, actor, idempotency_key=key), document


def _document(number: str, actor: Actor, key: str | None) -> str:
    """A document's number: the same for the same key."""
    made = uuid5(_DOCUMENTS, f"{actor.subject}:{number}:{key}") if key else uuid4()
    return made.hex[:16].upper()


def paper_as(digest: str, number: str) -> str:
    """The name of a stamped paper among the service's objects: by its content, for the same document asked for twice at once
    is signed twice, and only one of the two is recorded."""
    return f"{PAPER}{digest}-{number}"


def _typeset(paper: OpinionPaper) -> bytes:
    from services.application.stamping.typesetting import typeset

    return typeset(paper)


async def _paper(runtime: Runtime, row: ApplicationRow, department: str, document: str, now: datetime) -> OpinionPaper:
    known = await runtime.reads.one(KnownEnterpriseRow, row.enterprise)
    name = (await names_of(runtime, [department]))[department]
    rows = [
        ("申报编号", row.number),
        ("事项", f"{row.item_title}（{row.item_code}）"),
        ("申报单位", f"{known.name}（{row.enterprise}）" if known else row.enterprise),
        ("提交日期", row.submitted_on.isoformat()),
        ("意见出具部门", name),
    ]
    return OpinionPaper(
        title="审核意见书",
        department=name,
        rows=rows,
        said=what_was_said(await runtime.aggregates.history(application.id_of(row.number)), department),
        document=document,
        link=f"{runtime.settings.public_url.rstrip('/')}/api/application/opinions/{document}",
        at=now,
    )


async def verify(runtime: Runtime, content: bytes) -> Verification:
    """A file that somebody has: its signature, and whether it is one of ours."""
    digest = hashlib.sha256(content).hexdigest()
    signature = await _signature(content, await partners(runtime).stamps.trusted())
    rows = await runtime.reads.all(OpinionRow, select(OpinionRow).where(OpinionRow.digest == digest))
    if not rows:
        sentence = "平台没有出具过与此完全相同的文件，请向出具部门核实。"
        return Verification(known=False, sentence=sentence, digest=digest, signature=signature)
    row = rows[0]
    return Verification(
        known=True,
        sentence="该文件由平台出具，内容与存档一致。",
        document=row.document,
        item_title=row.item_title,
        department=row.department,
        stamped_on=row.stamped_on.isoformat(),
        digest=digest,
        signature=signature,
    )


async def _signature(content: bytes, trusted: str) -> Signature:
    verdict, signer = await verified(content, trusted)
    return Signature(verdict=verdict, sentence=SENTENCES[verdict], signer=signer)
