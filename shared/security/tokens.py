"""Signed tokens that prove who acts: the sign-in of development and demonstrations (JWT, RFC 7519, HS256).

In production an OpenID Connect provider signs; its tokens are checked in the place where `verify` is called now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import ValidationError

from shared.security.actor import Actor

ISSUER = "chengce-development"
SECRET_BYTES = 32  # RFC 7518, 3.2: the key of HS256 is as long as the hash, at least
_ALGORITHM = "HS256"
_REGISTERED = {"iss", "sub", "exp", "iat"}


class InvalidTokenError(ValueError):
    """A token that proves nothing; the text says why, for the log, and holds nothing of the token."""


class WeakSecretError(ValueError):
    """The configured signing secret is shorter than 32 bytes."""


def issue(actor: Actor, secret: str, now: datetime, lifetime: timedelta) -> str:
    """A token for the actor, valid from `now` until before `now + lifetime`, in whole seconds.

    Raises `WeakSecretError`, and ValueError for a `now` without a time zone or a lifetime of less than a second.
    """
    if lifetime < timedelta(seconds=1):
        raise ValueError(f"a token's lifetime must be at least a second, not {lifetime}")
    issued_at = _seconds(now)
    claims = {
        **actor.model_dump(mode="json", exclude={"subject"}, exclude_defaults=True),
        "iss": ISSUER,
        "sub": actor.subject,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
    }
    return jwt.encode({"alg": _ALGORITHM}, claims, _key(secret), algorithms=[_ALGORITHM])


def verify(token: str, secret: str, now: datetime) -> Actor:
    """The actor that the token was issued for.

    Raises `InvalidTokenError` when it is malformed, signed otherwise or with another algorithm, of another issuer,
    expired, or not yet issued; `WeakSecretError`; ValueError for a `now` without a time zone.
    """
    _key(secret)  # raises, apart from what a token can have wrong
    registry = _claims_at(_seconds(now))
    try:
        claims = _decoded(token, secret)
        registry.validate(claims)
    except JoseError as error:
        raise InvalidTokenError(f"token refused: {error}") from error
    except (ValueError, TypeError) as error:  # what is no base64, UTF-8 or JSON object at all
        raise InvalidTokenError("token refused: malformed") from error
    return _actor(claims)


@lru_cache(maxsize=4096)  # somebody who works sends the same one again and again; its time is checked each time
def _decoded(token: str, secret: str) -> dict[str, Any]:
    return jwt.decode(token, _key(secret), algorithms=[_ALGORITHM]).claims


def _actor(claims: dict[str, Any]) -> Actor:
    fields = {name: value for name, value in claims.items() if name in Actor.model_fields and name not in _REGISTERED}
    try:
        return Actor.model_validate({**fields, "subject": claims["sub"]})
    except ValidationError as error:
        wrong = ", ".join(sorted({str(each["loc"][0]) for each in error.errors(include_input=False)}))
        raise InvalidTokenError(f"token refused: claims name no actor ({wrong})") from error


def _claims_at(now: int) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": ISSUER},
        sub={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    )


@lru_cache(maxsize=8)
def _key(secret: str) -> OctKey:
    secret_bytes = secret.encode()
    if len(secret_bytes) < SECRET_BYTES:
        raise WeakSecretError(
            f"the token secret has {len(secret_bytes)} bytes and needs at least {SECRET_BYTES}: "
            "configure a longer random one"
        )
    return OctKey.import_key(secret_bytes)


def _seconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("the time of a token needs a time zone")
    return int(instant.timestamp())
