"""What an article or a comment is about, as the record knows it now."""

from __future__ import annotations

from services.policy.decider.article import ArticleState, article
from services.policy.decider.document import DocumentState, document
from services.policy.decider.item import ItemState, item
from services.policy.events.participation import SubjectKind, SubjectRef
from shared.runtime.service import Runtime


async def subject_of(runtime: Runtime, kind: SubjectKind, key: str) -> SubjectRef | None:
    """The document, item or article; None when there is none. What is repealed stays public."""
    match kind:
        case "document":
            return await _document(runtime, key)
        case "item":
            return await _item(runtime, key)
        case "article":
            return await _article(runtime, key)


async def as_it_is_now(runtime: Runtime, known: SubjectRef | None) -> SubjectRef | None:
    """The same subject, looked up again."""
    return await subject_of(runtime, known.kind, known.key) if known else None


async def _document(runtime: Runtime, key: str) -> SubjectRef | None:
    state: DocumentState | None = await runtime.state(document, key)
    known = state and (state.published or state.draft)
    if state is None or not known:
        return None
    public = state.published is not None and state.published.disclosure == "public"
    return SubjectRef(kind="document", key=key, title=known.title, department=known.department, public=public)


async def _item(runtime: Runtime, code: str) -> SubjectRef | None:
    state: ItemState | None = await runtime.state(item, code)
    if state is None:
        return None
    known = state.draft
    rests_on = await _document(runtime, known.document.id) if known.document else None
    public = state.published and rests_on is not None and rests_on.public
    return SubjectRef(kind="item", key=code, title=known.title, department=known.department, public=public)


async def _article(runtime: Runtime, code: str) -> SubjectRef | None:
    state: ArticleState | None = await runtime.state(article, code)
    if state is None:
        return None
    known = state.draft
    about = await as_it_is_now(runtime, known.about)
    public = state.public and (known.about is None or (about is not None and about.public))
    return SubjectRef(kind="article", key=code, title=known.title, department=known.department, public=public)
