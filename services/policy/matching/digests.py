"""The day's matches of an enterprise, told together."""

from __future__ import annotations

from sqlmodel import col, select

from services.policy.decider.interest import SendDigest, interest
from services.policy.events.matching import DigestEntry
from services.policy.matching.pushing import at_present
from services.policy.readmodels.interests import InterestRow, PushRow
from shared.runtime.service import Runtime


async def send_digest(runtime: Runtime, uscc: str) -> None:
    """Tells what was found for the enterprise since its last digest; even nothing concludes what is owed."""
    await at_present(runtime)
    async with runtime.reads.session() as session:
        row = await session.get(InterestRow, uscc)
        query = select(PushRow).where(PushRow.uscc == uscc, PushRow.digest).order_by(col(PushRow.at), PushRow.code)
        if row and row.digest_at:
            query = query.where(col(PushRow.at) > row.digest_at)
        pushes = list((await session.execute(query)).scalars())
    entries = tuple(DigestEntry(code=p.code, title=p.title, level=p.level) for p in pushes)
    await runtime.execute(interest, uscc, SendDigest(uscc=uscc, entries=entries))
