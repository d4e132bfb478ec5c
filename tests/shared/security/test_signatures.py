"""Digests and signatures under their names, against the standards' own values."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.security.signatures import (
    DIGESTS,
    SIGNATURES,
    KeyRing,
    PublicKey,
    SignatureKeyError,
    SigningKey,
    digest_of,
    public_keys,
    signing_secret,
)

SECRET = b"s" * 32
# "abc": FIPS 180-4 (SHA-256) and GB/T 32905-2016, example 1 (SM3).
OF_ABC = {
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
}


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_digest_is_the_one_its_name_says(digest: str) -> None:
    assert digest_of(f"{digest}/ed25519")(b"abc").hex() == OF_ABC[digest]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_holds_for_its_text_and_key_alone(signature: str) -> None:
    key, other = SigningKey(SECRET, f"sha256/{signature}"), SigningKey(b"o" * 32, f"sha256/{signature}")
    signed = key.sign(b"text")
    assert key.verifies(signed, b"text")
    assert not key.verifies(signed, b"texT")
    assert not other.verifies(signed, b"text")
    assert key.id != other.id
    assert SigningKey(SECRET, f"sm3/{signature}").id == key.id, "the key is the secret's, whatever the digest"


def test_each_kind_of_signature_has_a_key_of_its_own() -> None:
    assert len({SigningKey(SECRET, f"sha256/{kind}").id for kind in SIGNATURES}) == len(SIGNATURES)


def test_a_public_key_checks_what_the_secret_has_signed_and_no_hmac() -> None:
    ed25519, mac = SigningKey(SECRET, "sha256/ed25519"), SigningKey(SECRET, "sha256/hmac-sha256")
    ring = KeyRing(trusted=[PublicKey.from_pem(ed25519.public.pem.encode(), "key.pem")])
    assert ring.verifies("sha256/ed25519", ed25519.id, ed25519.sign(b"text"), b"text")
    assert not ring.verifies("sha256/ed25519", ed25519.id, ed25519.sign(b"text"), b"other")
    assert not ring.knows("sha256/hmac-sha256", mac.id)
    assert not ring.verifies("sha256/hmac-sha256", mac.id, mac.sign(b"text"), b"text")


@pytest.mark.parametrize("algorithm", ["", "sha256", "md5/ed25519", "sha256/rsa", "ed25519/sha256"])
def test_an_unknown_algorithm_is_refused_by_name(algorithm: str) -> None:
    with pytest.raises(SignatureKeyError, match="unknown algorithm"):
        SigningKey(SECRET, algorithm)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SignatureKeyError, match="32 bytes"):
        SigningKey(b"s" * 31, "sha256/ed25519")


def test_a_key_of_another_kind_is_refused_and_the_file_named(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(SignatureKeyError, match=r"foreign\.pem holds no Ed25519 key"):
        public_keys([foreign])


def test_a_key_file_stands_in_for_the_platforms_secret(tmp_path: Path) -> None:
    file = tmp_path / "seal.key"
    file.write_text("k" * 40 + "\n")
    assert signing_secret("p" * 32, file) == b"k" * 40
    assert signing_secret("p" * 32, None) == b"p" * 32
