"""The number by which a counter visit is rated: ten characters nobody guesses (49 bits), and a check character."""

from __future__ import annotations

import hashlib
import hmac
import secrets

# Without what is mistaken for another (0 O, 1 I L). Its size is prime: a wrong character, or two that changed places,
# never give a valid number.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10


def new_number(secret: str, idempotency_key: str | None, subject: str) -> str:
    """A number; the same one for whoever sends the same idempotency key again."""
    if idempotency_key is None:
        return _with_check("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
    text = f"visit\0{subject}\0{idempotency_key}"
    value = int.from_bytes(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())
    return _with_check("".join(ALPHABET[value // len(ALPHABET) ** n % len(ALPHABET)] for n in range(LENGTH)))


def read_number(typed: str) -> str | None:
    """The number as it was meant, whatever case, blanks and dashes it was typed with; None when it is none."""
    number = typed.upper().replace(" ", "").replace("-", "")
    if len(number) != LENGTH + 1 or any(each not in ALPHABET for each in number):
        return None
    return number if _with_check(number[:LENGTH]) == number else None


def _with_check(body: str) -> str:
    total = sum((n + 2) * ALPHABET.index(each) for n, each in enumerate(body))
    return body + ALPHABET[total % len(ALPHABET)]
