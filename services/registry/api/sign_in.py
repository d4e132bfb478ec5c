"""Signing in for development."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Here
from shared.security.actor import Actor, Role
from shared.security.tokens import issue

router = APIRouter()
SIGN_IN_LASTS = timedelta(hours=12)


class SignIn(BaseModel):
    """Development only: who you want to be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subject": "dev-officer", "roles": ["officer"], "department": "gxj"}]}
    )

    subject: str = Field(min_length=1, max_length=80)
    name: str = ""
    roles: tuple[Role, ...] = Field(min_length=1)
    department: DepartmentCode | None = None
    enterprise: Uscc | None = None


class Token(BaseModel):
    """A bearer token."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


@router.post("/sign-in", tags=["登录"], summary="开发登录")
async def sign_in(form: SignIn, runtime: Here) -> Token:
    """以任意身份登录，仅用于开发和演示；正式环境关闭，改由江苏政务服务网统一认证（第十三条）。"""
    if not runtime.settings.dev_sign_in or {Role.SYSTEM, Role.DEPARTMENT_SYSTEM} & {*form.roles}:
        raise Refused(
            "registry.sign-in-closed", "本环境未开放开发登录，请使用统一身份认证。", because=Because.FORBIDDEN
        )
    actor = Actor(**form.model_dump())
    # Twelve hours for the person in front of the screen, however fast a demonstration's clock runs.
    lasts = SIGN_IN_LASTS * max(1.0, runtime.settings.clock_speed)
    token = issue(actor, runtime.settings.require_secret(), runtime.clock.now(), lasts)
    return Token(access_token=token, expires_in=int(SIGN_IN_LASTS.total_seconds()))
