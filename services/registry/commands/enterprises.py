"""Registering enterprises, with their contacts sealed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.registry.decider import EnterpriseState, RegisterEnterprise, enterprise
from shared.contracts.identifiers import Phone
from shared.eventstore.decider import Because, Decider, Refused
from shared.runtime.service import Runtime
from shared.security.personal import ErasedError


class Contact(BaseModel):
    """Whom to reach at an enterprise; personal data."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=60, examples=["样例联系人"])
    phone: Phone | None = None


class EnterpriseForm(RegisterEnterprise):
    """An enterprise as it comes in, with its contact in the clear."""

    contact: Contact | None = None
    contact_name: None = None
    contact_phone: None = None
    sample: bool = Field(False, description="样例标记，仅供演示数据使用")


async def register_enterprise(
    runtime: Runtime, form: EnterpriseForm
) -> tuple[Decider[Any, Any], str, RegisterEnterprise]:
    """The command for a form: the contact is sealed under a key of its own (erasing the key erases the person)."""
    content = form.model_dump(exclude={"contact", "sample", "contact_name", "contact_phone"})
    contact = form.contact or Contact()
    person = f"enterprise:{form.uscc}"
    sealed = {
        f"contact_{field}": await runtime.in_thread(runtime.vault.seal, person, value) if value else None
        for field, value in (("name", contact.name), ("phone", contact.phone))
    }
    return enterprise, form.uscc, RegisterEnterprise(**content, **sealed)


async def contact_of(runtime: Runtime, uscc: str) -> Contact:
    """The contact of an enterprise, opened. Refused when the enterprise is unknown."""
    state: EnterpriseState | None = await runtime.state(enterprise, uscc)
    if state is None or state.registered is None:
        raise Refused(
            "registry.enterprise-unknown", "没有登记这家企业，请核对统一社会信用代码。", because=Because.NOT_FOUND
        )
    known = state.registered
    try:
        opened = [
            await runtime.in_thread(runtime.vault.open, sealed) if sealed else None
            for sealed in (known.contact_name, known.contact_phone)
        ]
    except ErasedError as error:
        raise Refused(
            "registry.contact-erased", "这家企业的联系方式已应要求删除，请重新登记。", because=Because.NOT_FOUND
        ) from error
    return Contact(name=opened[0], phone=opened[1])
