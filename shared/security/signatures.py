"""Digests and signatures by name, so that what was signed yesterday is checked with yesterday's algorithms.

A name is `<digest>/<signature>`, such as `sha256/ed25519`. Ed25519 (RFC 8032) lets an auditor check with the public key
alone; HMAC (RFC 2104) needs the secret for checking too, and is named as what it is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

SECRET_BYTES = 32
KEY_ID_CHARACTERS = 16
ED25519 = "ed25519"


class SignatureKeyError(ValueError):
    """A secret that is too short, a file that holds no public key, or an algorithm that this release does not know."""


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _sm3(text: bytes) -> bytes:
    """GB/T 32905-2016."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(text)
    return digest.finalize()


DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {"sha256": _sha256, "sm3": _sm3}
SIGNATURES: tuple[str, ...] = (ED25519, "hmac-sha256", "hmac-sm3")


def digest_of(algorithm: str) -> Callable[[bytes], bytes]:
    """The digest that `<digest>/<signature>` names. Raises `SignatureKeyError` for one that is not known."""
    digest = algorithm.partition("/")[0]
    if digest not in DIGESTS or _signature_of(algorithm) not in SIGNATURES:
        known = f"{', '.join(DIGESTS)} / {', '.join(SIGNATURES)}"
        raise SignatureKeyError(f"unknown algorithm {algorithm[:60]!r}; there are {known}")
    return DIGESTS[digest]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Checks Ed25519 signatures; its id is the beginning of the SHA-256 of its 32 bytes."""

    key: Ed25519PublicKey

    @property
    def id(self) -> str:
        return hashlib.sha256(self.key.public_bytes_raw()).hexdigest()[:KEY_ID_CHARACTERS]

    @property
    def pem(self) -> str:
        """As a file that any tool reads."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether the holder of the private key has signed exactly this text."""
        try:
            self.key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def from_pem(cls, pem: bytes, name: str) -> PublicKey:
        """The key of a PEM file. Raises `SignatureKeyError`, naming the file."""
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SignatureKeyError(f"{name} holds no public key in PEM") from error
        if not isinstance(key, Ed25519PublicKey):
            raise SignatureKeyError(f"{name} holds no Ed25519 key")
        return cls(key)


class SigningKey:
    """Signs with an algorithm by a key of its own, derived from a secret by HKDF (RFC 5869) under a label of its own.

    Raises `SignatureKeyError` for a secret of less than 32 bytes or an unknown algorithm.
    """

    def __init__(self, secret: bytes, algorithm: str) -> None:
        if len(secret) < SECRET_BYTES:
            raise SignatureKeyError(f"a signing secret needs at least {SECRET_BYTES} bytes of random text")
        self.digest = digest_of(algorithm)
        self.algorithm = algorithm
        self._kind = _signature_of(algorithm)
        self._key = _derived(secret, f"chengce seal {self._kind}")
        self._private = Ed25519PrivateKey.from_private_bytes(_derived(secret, f"chengce seal {ED25519}"))
        # What an auditor gets: the same for every digest, and of no use for seals made with HMAC.
        self.public = PublicKey(self._private.public_key())
        # Tells which key signed, without telling the key.
        self.id = (
            self.public.id
            if self._kind == ED25519
            else _derived(secret, f"chengce seal {self._kind} key id").hex()[:KEY_ID_CHARACTERS]
        )

    def sign(self, text: bytes) -> bytes:
        """The signature: 64 bytes of Ed25519, or 32 of HMAC."""
        return self._private.sign(text) if self._kind == ED25519 else _hmac(self._kind, self._key, text)

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether this key made the signature."""
        if self._kind == ED25519:
            return self.public.verifies(signature, text)
        return hmac.compare_digest(_hmac(self._kind, self._key, text), signature)


class KeyRing:
    """The keys whose signatures are believed: those derived from a secret, when it is at hand, and public keys.

    With public keys alone nothing can be signed and HMAC cannot be checked: that is what an auditor has.
    """

    def __init__(self, secret: bytes | None = None, trusted: Sequence[PublicKey] = ()) -> None:
        own = [SigningKey(secret, f"sha256/{kind}") for kind in SIGNATURES] if secret is not None else []
        self._keys: dict[tuple[str, str], SigningKey | PublicKey] = {(ED25519, each.id): each for each in trusted}
        self._keys |= {(_signature_of(each.algorithm), each.id): each for each in own}

    def knows(self, algorithm: str, key_id: str) -> bool:
        """Whether a signature of this key can be checked at all."""
        return (_signature_of(algorithm), key_id) in self._keys

    def verifies(self, algorithm: str, key_id: str, signature: bytes, text: bytes) -> bool:
        """Whether a key of this ring has signed the text; False for a key it does not know."""
        key = self._keys.get((_signature_of(algorithm), key_id))
        return key is not None and key.verifies(signature, text)


def signing_secret(platform_secret: str, key_file: Path | None) -> bytes:
    """What signing keys are derived from: the key file's text when there is one, else the platform's secret.

    Raises `OSError` for a file that cannot be read.
    """
    return key_file.read_bytes().strip() if key_file else platform_secret.encode()


def public_keys(files: Sequence[Path]) -> list[PublicKey]:
    """The public keys of PEM files. Raises `SignatureKeyError` naming the file, and `OSError`."""
    return [PublicKey.from_pem(file.read_bytes(), str(file)) for file in files]


def _signature_of(algorithm: str) -> str:
    return algorithm.partition("/")[2]


def _derived(secret: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(secret)


def _hmac(kind: str, key: bytes, text: bytes) -> bytes:
    digest = kind.removeprefix("hmac-")
    if digest == "sha256":
        return hmac.digest(key, text, "sha256")
    code = HMAC(key, hashes.SM3())
    code.update(text)
    return code.finalize()
