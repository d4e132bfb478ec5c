"""A list made from matching (匹配生成名单, row A6): whom policy's conditions fit at one moment, put on it page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from sqlmodel import col, select

from services.application.decider.grant import GrantState, ListGrant, grant
from services.application.decider.grant_list import GrantListState, require_staff
from services.application.each import at_present
from services.application.events.grant import GrantListed
from services.application.grants.commands import list_of, names_of, of_row
from services.application.grants.matched_forms import MatchedAnswer, MatchedForm, MatchedRow, RefusedEnterprise
from services.application.grants.paging import RollPages, cursor_at, opened
from services.application.grants.rows import GrantForm
from services.application.partners import partners
from services.application.readmodels.grants import GrantRow, KnownEnterpriseRow
from shared.calendar import SHANGHAI
from shared.contracts.rolls import OnRoll, Roll, RollPage
from shared.eventstore.decider import Context, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.http.asking import invalid_cursor
from shared.http.batches import CommandFor, errors_of
from shared.http.problems import field_errors
from shared.runtime.service import Runtime
from shared.security.actor import Actor

_SHOWN = "%Y-%m-%d %H:%M"


async def put_matched(
    runtime: Runtime, key: str, actor: Actor, form: MatchedForm, sent: str | None, wait_for: str | None
) -> MatchedAnswer:
    """One part of the roll, or what would become of it. Raises `Refused`."""
    state = await _open_to(runtime, key, actor)
    some, begun = await _roll_page(runtime, key, state, actor, form, sent, wait_for)
    names = await names_of(runtime, [each.enterprise for each in some.enterprises])
    work = _Part(form, some.roll, names)
    commands = work.commands(state, key, some.enterprises)
    verdicts = await _looked(runtime, commands, actor) if form.dry else await runtime.execute_all(commands, actor)
    work.judged(commands, verdicts)
    registered = await runtime.reads.count(KnownEnterpriseRow)
    return work.answer(len(some.enterprises), registered, cursor_at(begun, some.next))


async def undecided(
    runtime: Runtime, key: str, actor: Actor, roll: str | None, cursor: str | None, limit: int, wait_for: str | None
) -> tuple[RollPage, dict[str, str], str | None]:
    """Those whom too little is known of, their registered names, and where to go on. Raises `Refused`."""
    state = await list_of(runtime, key)
    require_staff(state.opened.department, _context(runtime, actor))
    ask = RollPages(runtime, state.opened.item_code, "undecided", None, limit)
    some, begun = await ask.page(f"id:{roll}" if roll and not cursor else opened(cursor), wait_for)
    _require_item(some.roll, state)
    names = await names_of(runtime, [each.enterprise for each in some.enterprises])
    return some, names, cursor_at(begun, some.next)


async def _open_to(runtime: Runtime, key: str, actor: Actor) -> GrantListState:
    """Before anybody learns whom the item fits."""
    state = await list_of(runtime, key)
    require_staff(state.opened.department, _context(runtime, actor))
    if state.status != "draft":
        message = "名单已提交，不能再增加企业；需要增加的，请由市数据主管部门退回。"
        error = FieldError(field="grant_list", code="closed", message=message)
        raise Refused("application.grant-closed", message, [error])
    return state


async def _roll_page(
    runtime: Runtime,
    key: str,
    state: GrantListState,
    actor: Actor,
    form: MatchedForm,
    sent: str | None,
    wait_for: str | None,
) -> tuple[RollPage, str]:
    code, place = state.opened.item_code, opened(form.cursor)
    if place is None and not form.dry:
        purpose = f"免申即享名单 {key}"
        once = hashlib.sha256(f"{key}:{actor.subject}:{sent}".encode()).hexdigest() if sent else None
        kept = await partners(runtime).rolls.keep(code, purpose, once, wait_for)
        place = f"id:{kept.id}"
    fact = form.amount_by.fact if form.amount_by else None
    some, begun = await RollPages(runtime, code, "met", fact, form.limit).page(place, wait_for)
    if (some.roll.id is None) != form.dry:
        raise invalid_cursor()  # what was looked at is not what is kept
    _require_item(some.roll, state)
    return some, begun


def _require_item(roll: Roll, state: GrantListState) -> None:
    if roll.code != state.opened.item_code:
        raise invalid_cursor()  # of another item's list


class _Part:
    """The enterprises of one request, sorted by what becomes of them."""

    def __init__(self, form: MatchedForm, roll: Roll, names: Mapping[str, str]) -> None:
        self._form, self._roll, self._names = form, roll, names
        self._basis = _basis(form, roll)
        self._refused: list[RefusedEnterprise] = []
        self._rows: list[MatchedRow] = []
        self._already = self._position = 0

    def commands(self, state: GrantListState, key: str, some: Sequence[OnRoll]) -> list[CommandFor]:
        """Each looked at as a row of a file is."""
        found: list[CommandFor] = []
        for each in some:
            try:
                form = self._row(each)
                found.append(of_row(state, key, form, self._names, leave=True))
            except ValidationError as error:
                self._refuse(each.enterprise, field_errors(error.errors()))
            except Refused as refused:
                self._refuse(each.enterprise, errors_of(refused))
        return found

    def _row(self, each: OnRoll) -> GrantForm:
        try:
            fen = self._form.fen_for(each)
        except ValueError as error:
            wrong = FieldError(field="amount", code="no-amount", message=str(error))
            raise Refused("application.grant-no-amount", str(error), [wrong]) from error
        name = self._names.get(each.enterprise, each.enterprise)
        yuan = f"{fen // 100}.{fen % 100:02}"
        return GrantForm.model_validate(
            {"enterprise": each.enterprise, "name": name, "amount": yuan, "basis": self._basis}
        )

    def _refuse(self, enterprise: str, errors: list[FieldError]) -> None:
        refused = RefusedEnterprise(enterprise=enterprise, name=self._names.get(enterprise), errors=errors)
        self._refused.append(refused)

    def judged(self, commands: Sequence[CommandFor], verdicts: Sequence[Receipt | Refused | bool]) -> None:
        """What each command came to; a look answers with whether anything would be written."""
        for (_, _, command), verdict in zip(commands, verdicts, strict=True):
            assert isinstance(command, ListGrant)  # noqa: S101 - `commands` has made them
            if isinstance(verdict, Refused):
                self._refuse(command.enterprise, errors_of(verdict))
                continue
            if isinstance(verdict, Receipt):
                self._position = max(self._position, verdict.position)
            if verdict.events if isinstance(verdict, Receipt) else verdict:
                self._rows.append(MatchedRow(**command.model_dump(include=set(MatchedRow.model_fields))))
            else:
                self._already += 1

    def answer(self, looked_at: int, registered: int, next_cursor: str | None) -> MatchedAnswer:
        roll = self._roll
        of_roll = roll.model_dump(include={"revision", "at", "day", "met", "undecided", "not_met", "by_person"})
        return MatchedAnswer(
            **of_roll,
            missing=roll.missing,
            roll=roll.id,
            item_code=roll.code,
            dry=self._form.dry,
            registered=registered,
            looked_at=looked_at,
            put_on=len(self._rows),
            put_on_fen=sum(row.amount_fen for row in self._rows),
            already=self._already,
            refused=sorted(self._refused, key=lambda refused: refused.enterprise),
            rows=self._rows if self._form.dry else [],
            next=next_cursor,
            position=self._position,
        )


def _basis(form: MatchedForm, roll: Roll) -> str:
    """What the row rests on: item, revision, moment, and where the evidence is."""
    own = f"{form.basis.rstrip('。；; ')}；" if form.basis.strip() else ""
    kept = f"，匹配名册 {roll.id}" if roll.id else ""
    moment = roll.at.astimezone(SHANGHAI).strftime(_SHOWN)
    return f"{own}符合事项 {roll.code} 第{roll.revision}版的申报条件（{moment} 匹配{kept}）。"


async def _looked(runtime: Runtime, commands: Sequence[CommandFor], actor: Actor) -> list[Refused | bool]:
    """What the same commands would come to, decided without being written, by what stands in the record now."""
    await at_present(runtime)
    query = select(GrantRow).where(col(GrantRow.key).in_([name for _, name, _ in commands]))
    states = {row.key: _state(row) for row in await runtime.reads.all(GrantRow, query)}
    context = _context(runtime, actor)
    verdicts: list[Refused | bool] = []
    for _, name, command in commands:
        try:
            verdicts.append(bool(grant.decide(states.get(name), command, context)))  # type: ignore[arg-type]
        except Refused as refused:
            verdicts.append(refused)
    return verdicts


def _state(row: GrantRow) -> GrantState:
    """As its events have left it, as far as a row of a list is judged by it."""
    return GrantState.model_validate(
        {"listed": row.model_dump(include=set(GrantListed.model_fields)), "status": row.status}
    )


def _context(runtime: Runtime, actor: Actor) -> Context:
    return Context(runtime.clock.now(), runtime.calendar(), actor)
