"""What a development token proves, and what it does not."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from shared.security.actor import Actor, Role
from shared.security.tokens import ISSUER, InvalidTokenError, WeakSecretError, issue, verify

SECRET = "a development secret of enough bytes"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLERK = Actor(
    subject="clerk-7",
    name="样例窗口人员",
    roles=(Role.COUNTER_CLERK, Role.HOTLINE_AGENT),
    department="gxj",
    enterprise="91320281000000019H",
    on_behalf_of="enterprise:91320281000000019H",
    source="127.0.0.1",
)


def signed(claims: dict[str, object], algorithm: str = "HS256", secret: str = SECRET) -> str:
    return jwt.encode({"alg": algorithm}, dict(claims), OctKey.import_key(secret.encode()), algorithms=[algorithm])


def whole_claims() -> dict[str, object]:
    return {"iss": ISSUER, "sub": "clerk-7", "iat": int(NOW.timestamp()), "exp": int((NOW + HOUR).timestamp())}


def encoded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("actor", [CLERK, Actor(subject="somebody")], ids=["all fields", "subject alone"])
def test_a_token_names_the_actor_it_was_issued_for(actor: Actor) -> None:
    assert verify(issue(actor, SECRET, NOW, HOUR), SECRET, NOW) == actor


def test_the_claims_are_those_of_a_json_web_token() -> None:
    claims = jwt.decode(issue(CLERK, SECRET, NOW, HOUR), OctKey.import_key(SECRET.encode()), ["HS256"]).claims
    assert claims.items() >= whole_claims().items()
    assert claims["roles"] == ["counter-clerk", "hotline-agent"]


def test_a_token_is_valid_until_the_second_before_its_end() -> None:
    token = issue(CLERK, SECRET, NOW, HOUR)
    assert verify(token, SECRET, NOW + HOUR - timedelta(seconds=1)) == CLERK
    with pytest.raises(InvalidTokenError, match="expired"):
        verify(token, SECRET, NOW + HOUR)


def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(InvalidTokenError, match="issued in the future"):
        verify(issue(CLERK, SECRET, NOW, HOUR), SECRET, NOW - timedelta(seconds=1))


def test_another_secret_is_refused() -> None:
    with pytest.raises(InvalidTokenError, match="bad_signature"):
        verify(issue(CLERK, SECRET, NOW, HOUR), SECRET + "!", NOW)


def test_changed_claims_are_refused() -> None:
    header, _, signature = issue(CLERK, SECRET, NOW, HOUR).split(".")
    with pytest.raises(InvalidTokenError, match="bad_signature"):
        verify(f"{header}.{encoded({**whole_claims(), 'roles': ['operator']})}.{signature}", SECRET, NOW)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "None"}, {}, {"alg": "HS256", "crit": ["x"], "x": 1}])
def test_an_unsigned_token_is_refused(header: dict[str, object]) -> None:
    for signature in ("", "AAAA"):
        with pytest.raises(InvalidTokenError):
            verify(f"{encoded(header)}.{encoded(whole_claims())}.{signature}", SECRET, NOW)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_though_the_secret_is_right(algorithm: str) -> None:
    with pytest.raises(InvalidTokenError, match="unsupported_algorithm"):
        verify(signed(whole_claims(), algorithm, secret=SECRET), SECRET, NOW)


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp"])
def test_a_token_without_one_of_its_claims_is_refused(name: str) -> None:
    claims = {key: value for key, value in whole_claims().items() if key != name}
    with pytest.raises(InvalidTokenError, match=name):
        verify(signed(claims), SECRET, NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "another"),
        ("sub", ""),
        ("sub", 7),
        ("exp", "tomorrow"),
        ("roles", ["emperor"]),
        ("roles", 5),
        ("department", 7),
    ],
)
def test_a_claim_with_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidTokenError, match=name):
        verify(signed({**whole_claims(), name: value}), SECRET, NOW)


@given(st.one_of(st.text(), st.lists(st.text(alphabet="abcXYZ019-_=é", max_size=12), max_size=6).map(".".join)))
def test_whatever_is_no_token_is_refused_with_the_one_error(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        verify(text, SECRET, NOW)


@pytest.mark.parametrize("header", [{"alg": "HS256", "crit": 5}, {"alg": ["HS256"]}, {"alg": "HS256", "jwk": 5}])
def test_a_header_of_wrong_types_is_refused_with_the_one_error(header: dict[str, object]) -> None:
    with pytest.raises(InvalidTokenError):
        verify(f"{encoded(header)}.{encoded(whole_claims())}.AAAA", SECRET, NOW)


def test_text_that_is_no_unicode_is_refused_with_the_one_error() -> None:
    with pytest.raises(InvalidTokenError, match="malformed"):
        verify("a.b.\ud800", SECRET, NOW)


@pytest.mark.parametrize("payload", [b"[]", b"null", b"\xff", b"{", b""])
def test_a_signed_token_without_claims_is_refused(payload: bytes) -> None:
    token = jws.serialize_compact({"alg": "HS256"}, payload, OctKey.import_key(SECRET.encode()))
    with pytest.raises(InvalidTokenError):
        verify(token, SECRET, NOW)


def test_a_short_secret_is_refused_with_what_to_do() -> None:
    with pytest.raises(WeakSecretError, match=r"31 bytes and needs at least 32.*longer"):
        issue(CLERK, "x" * 31, NOW, HOUR)
    with pytest.raises(WeakSecretError):
        verify(issue(CLERK, SECRET, NOW, HOUR), "x" * 31, NOW)
    assert issue(CLERK, "x" * 32, NOW, HOUR)


def test_times_need_a_time_zone_and_lifetimes_a_length() -> None:
    with pytest.raises(ValueError, match="time zone"):
        issue(CLERK, SECRET, NOW.replace(tzinfo=None), HOUR)
    with pytest.raises(ValueError, match="time zone"):
        verify(issue(CLERK, SECRET, NOW, HOUR), SECRET, NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="lifetime"):
        issue(CLERK, SECRET, NOW, timedelta(milliseconds=999))
