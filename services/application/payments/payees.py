"""Where money shall go, as the enterprise says it: kept with the application or grant, and with the payment that there may
be of it, in one transaction; what was answered with success is where the money goes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.application.decider import ApplicationState, application
from services.application.decider.grant import GrantState, grant
from services.application.decider.payment import PaymentState, payment
from services.application.grants.answering import answer_grant
from services.application.payments.mending import source_of
from services.application.payments.together import correcting, giving
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import ErasedError


class AccountForm(BaseModel):
    """Where the money shall go; kept sealed, shown by its last four digits."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"bank": "样例银行江阴支行", "account": "6222000000000000000"}]}
    )

    bank: str = Field(min_length=2, max_length=100, description="开户行")
    account: str = Field(pattern=r"^[0-9]{8,32}$", description="本单位银行账号，8至32位数字")


async def give_payee(runtime: Runtime, number: str, form: AccountForm, actor: Actor, sent: str | None) -> Receipt:
    """For an application; refused when the money is under way, or there. Raises `Refused`."""
    state: ApplicationState | None = await runtime.state(application, number)
    said = await _said(runtime, f"application:{number}", form, state.account if state else None)
    return (await runtime.execute_together(giving("application", number, said), actor, idempotency_key=sent))[0]


async def confirm_grant(
    runtime: Runtime, key: str, form: AccountForm, actor: Actor, sent: str | None, visit: str | None = None
) -> Receipt:
    """Has the grant, or its money go to another account; that is refused when it is under way, or there. `visit`: at the
    counter."""
    state: GrantState | None = await runtime.state(grant, key)
    said = await _said(runtime, f"grant:{key}", form, state.account if state else None)
    return await answer_grant(runtime, key, giving("grant", key, said), actor, sent, visit)


async def correct_payee(runtime: Runtime, key: str, form: AccountForm, actor: Actor, sent: str | None) -> Receipt:
    """Of a payment that came back, or was not ordered yet; what it is for keeps the account as well."""
    state: PaymentState | None = await runtime.state(payment, key)
    said = await _said(runtime, f"payment:{key}", form, state.account if state else None)
    together = correcting(await source_of(runtime, key), key, said)
    return (await runtime.execute_together(together, actor, idempotency_key=sent))[0]


async def _said(runtime: Runtime, person: str, form: AccountForm, known: str | None) -> dict[str, Any]:
    """As commands want it: in the envelope that is kept already where it holds the same, so that a repeat changes nothing."""

    def enveloped() -> str:
        text = form.model_dump_json()
        try:
            if known is not None and runtime.vault.open(known) == text:
                return known
        except ErasedError:  # nobody can read it any more: it is said anew
            return runtime.vault.seal(person, text)
        return runtime.vault.seal(person, text)

    return {"account": await runtime.in_thread(enveloped), "account_end": form.account[-4:]}
