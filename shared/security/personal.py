"""Personal data at rest: sealed with a key per person, so that erasing the key erases the person everywhere.

Events are kept for ever, and so are backups; what is erased is the key (PIPL, article 47). An envelope is

    pd1.<algorithm>.<key id>.<nonce>.<ciphertext>        nonce and ciphertext in base64url without padding

and everything before the nonce is its associated data. The key id is `<person tag>~<key check>`: the tag, a keyed hash,
names the person without telling who it is; the check tells a person's present key from one that was erased before.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = "pd1"
SECRET_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_INDEX = "index"  # the row of the key store whose key makes the person tags


class ErasedError(LookupError):
    """The key of this envelope is gone, and with it the text, for good."""


class BrokenEnvelopeError(ValueError):
    """No envelope, one that was changed, or one of an algorithm that this release does not know."""


class WrongSecretError(ValueError):
    """The configured secret is too short, or not the one that the stored keys are wrapped with."""


class KeyStore(Protocol):
    """Where wrapped keys are kept. What is erased must be gone, from its backups too after their retention."""

    def get(self, key_id: str) -> bytes | None:
        """The wrapped key, None when there is none."""

    def create(self, key_id: str, wrapped: bytes) -> bytes:
        """Store it unless there is one already; returns the one that is stored, whoever was first."""

    def erase(self, key_id: str) -> None:
        """Remove it; nothing happens when there is none."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Authenticated encryption with a nonce of 12 bytes: `seal` and `open` take key, nonce, text, associated data.

    `open` raises `cryptography.exceptions.InvalidTag` when anything was changed.
    """

    key_bytes: int
    seal: Callable[[bytes, bytes, bytes, bytes], bytes]
    open: Callable[[bytes, bytes, bytes, bytes], bytes]


def _sm4_seal(key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def _sm4_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    if len(sealed) < _TAG_BYTES:
        raise InvalidTag
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-_TAG_BYTES:])).decryptor()
    decryptor.authenticate_additional_data(associated)
    return decryptor.update(sealed[:-_TAG_BYTES]) + decryptor.finalize()


ALGORITHMS: Mapping[str, Algorithm] = {
    "A256GCM": Algorithm(
        32,
        lambda key, nonce, text, associated: AESGCM(key).encrypt(nonce, text, associated),
        lambda key, nonce, sealed, associated: AESGCM(key).decrypt(nonce, sealed, associated),
    ),
    # GB/T 32907-2016 in the mode of RFC 8998.
    "SM4GCM": Algorithm(16, _sm4_seal, _sm4_open),
}


class PersonalVault:
    """Seals and opens personal texts. A person is named by any stable text, such as `caller:<ticket id>`.

    `algorithm` is that of new envelopes and keys; those of every other in `ALGORITHMS` are still opened. Nothing is kept
    in memory of persons' keys, so that an erasure holds at once in all processes. Raises `WrongSecretError` for a
    secret of less than 32 bytes.
    """

    def __init__(self, keys: KeyStore, secret: str, algorithm: str = "A256GCM") -> None:
        if len(secret.encode()) < SECRET_BYTES:
            raise WrongSecretError(f"the secret of personal data needs at least {SECRET_BYTES} bytes of random text")
        if algorithm not in ALGORITHMS:
            raise ValueError(f"unknown algorithm {algorithm!r}; there are {', '.join(ALGORITHMS)}")
        self._keys, self._master, self._algorithm = keys, secret.encode(), algorithm
        self._index: bytes | None = None

    def seal(self, person: str, text: str) -> str:
        """The text in an envelope that only opens while the person's key exists; makes the key when there is none."""
        tag = self._tag(person)
        key = self._present_or_new(tag)
        return _enclose(VERSION, self._algorithm, f"{tag}~{_check(key)}", key, text.encode())

    def open(self, envelope: str) -> str:
        """The text. Raises `ErasedError` when the person was erased, `BrokenEnvelopeError`, `WrongSecretError`."""
        key_id = _Envelope.parse(envelope, VERSION).key_id
        tag, _, check = key_id.partition("~")
        wrapped = self._keys.get(tag)
        if wrapped is None:
            raise ErasedError(f"the key {key_id} was erased")
        key = self._unwrapped(tag, wrapped)
        if not hmac.compare_digest(_check(key), check):
            raise ErasedError(f"the key {key_id} was erased; the person has a new one")
        return _disclose(envelope, VERSION, key).decode()

    def erase(self, person: str) -> None:
        """Every envelope of the person becomes unreadable, wherever copies of it are; no harm in doing it twice."""
        self._keys.erase(self._tag(person))

    def _tag(self, person: str) -> str:
        # The key of the tags is in the store, wrapped: so a wrong secret fails here, instead of erasing nobody in silence.
        if self._index is None:
            self._index = self._present_or_new(_INDEX)
        return hmac.digest(self._index, person.encode(), "sha256").hex()[:32]

    def _present_or_new(self, key_id: str) -> bytes:
        wrapped = self._keys.get(key_id)
        if wrapped is None:
            new = _enclose("wk1", self._algorithm, key_id, self._master, secrets.token_bytes(32))
            wrapped = self._keys.create(key_id, new.encode())
        return self._unwrapped(key_id, wrapped)

    def _unwrapped(self, key_id: str, wrapped: bytes) -> bytes:
        text = wrapped.decode("ascii", errors="replace")
        try:
            envelope = _Envelope.parse(text, "wk1")
            if envelope.key_id != key_id:
                raise BrokenEnvelopeError(f"the key stored as {key_id} is that of {envelope.key_id}")
            return _disclose(text, "wk1", self._master)
        except BrokenEnvelopeError as error:
            raise WrongSecretError(f"the key {key_id} cannot be unwrapped with the configured secret") from error


@dataclass(frozen=True, slots=True)
class _Envelope:
    version: str
    algorithm: str
    key_id: str
    nonce: bytes
    sealed: bytes

    @property
    def associated(self) -> bytes:
        return f"{self.version}.{self.algorithm}.{self.key_id}".encode()

    @classmethod
    def parse(cls, text: str, version: str) -> _Envelope:
        parts = text.split(".")
        if len(parts) != 5 or parts[0] != version:
            raise BrokenEnvelopeError(f"not an envelope of the form {version}")
        if parts[1] not in ALGORITHMS:
            raise BrokenEnvelopeError(f"sealed with an algorithm that this release does not know: {parts[1][:20]!r}")
        nonce, sealed = _decoded(parts[3]), _decoded(parts[4])
        if len(nonce) != _NONCE_BYTES:
            raise BrokenEnvelopeError("the nonce has the wrong length")
        return cls(version, parts[1], parts[2], nonce, sealed)


def _enclose(version: str, algorithm: str, key_id: str, secret: bytes, text: bytes) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    associated = f"{version}.{algorithm}.{key_id}"
    sealed = ALGORITHMS[algorithm].seal(_derived(secret, version, algorithm), nonce, text, associated.encode())
    return f"{associated}.{_encoded(nonce)}.{_encoded(sealed)}"


def _disclose(text: str, version: str, secret: bytes) -> bytes:
    envelope = _Envelope.parse(text, version)
    key = _derived(secret, version, envelope.algorithm)
    try:
        return ALGORITHMS[envelope.algorithm].open(key, envelope.nonce, envelope.sealed, envelope.associated)
    except InvalidTag as error:
        raise BrokenEnvelopeError("the envelope was changed, or its key is another") from error


def _derived(secret: bytes, purpose: str, algorithm: str) -> bytes:
    """A key for one purpose and algorithm alone (HKDF, RFC 5869)."""
    return _hkdf(secret, f"chengce {purpose} {algorithm}", ALGORITHMS[algorithm].key_bytes)


def _check(key: bytes) -> str:
    return _hkdf(key, "chengce key check", 8).hex()


def _hkdf(secret: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode()).derive(secret)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BrokenEnvelopeError("not base64url") from error
    if _encoded(value) != text:  # stray characters, padding, spare bits: one value has one spelling
        raise BrokenEnvelopeError("not base64url as it is written here")
    return value


def mask_phone(number: str) -> str:
    """The number as a page may show it: `138****1234`. Numbers of fewer than eight characters are hidden whole."""
    number = number.strip()
    if len(number) < 8:
        return "*" * len(number)
    shown = 3 if len(number) >= 11 else 0
    return f"{number[:shown]}{'*' * (len(number) - shown - 4)}{number[-4:]}"


def mask_name(name: str) -> str:
    """The name as a page may show it: the first character, and a star for each of the others."""
    name = name.strip()
    return name[:1] + "*" * (len(name) - 1)
