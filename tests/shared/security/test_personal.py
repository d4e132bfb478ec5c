"""Personal texts: sealed, opened, bound to their person, erased. The same for every key store."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.keystore import DDL, PostgresKeyStore
from shared.security.personal import (
    ALGORITHMS,
    BrokenEnvelopeError,
    ErasedError,
    KeyStore,
    PersonalVault,
    WrongSecretError,
    mask_name,
    mask_phone,
)

SECRET = "a sealing secret of enough random bytes"
PERSON, OTHER = "caller:样例工单-1", "caller:样例工单-2"


class KeysInMemory:
    """The key store of unit tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, key_id: str) -> bytes | None:
        return self.kept.get(key_id)

    def create(self, key_id: str, wrapped: bytes) -> bytes:
        return self.kept.setdefault(key_id, wrapped)

    def erase(self, key_id: str) -> None:
        self.kept.pop(key_id, None)


@pytest.fixture(params=["memory", "postgres"])
def keys(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield KeysInMemory()
        return
    fresh_database: Callable[[str], str] = request.getfixturevalue("fresh_database")
    url = fresh_database("personal")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(DDL)
        connection.execute(DDL)  # services of one database may all run it
    store = PostgresKeyStore(url)
    yield store
    store.close()


@pytest.fixture
def vault(keys: KeyStore) -> PersonalVault:
    return PersonalVault(keys, SECRET)


def test_a_sealed_text_is_opened_by_every_vault_with_the_secret(vault: PersonalVault, keys: KeyStore) -> None:
    envelope = vault.seal(PERSON, "13800001234")
    assert vault.open(envelope) == "13800001234"
    assert PersonalVault(keys, SECRET).open(envelope) == "13800001234"


def test_an_envelope_names_its_form_and_algorithm_and_neither_person_nor_text(vault: PersonalVault) -> None:
    envelope = vault.seal(PERSON, "13800001234")
    parts = envelope.split(".")
    assert parts[:2] == ["pd1", "A256GCM"]
    assert len(parts) == 5
    assert envelope.isascii()
    assert "13800001234" not in envelope


def test_the_same_text_is_sealed_differently_each_time_under_one_key(vault: PersonalVault) -> None:
    first, second = vault.seal(PERSON, "x"), vault.seal(PERSON, "x")
    assert first != second
    assert first.split(".")[2] == second.split(".")[2]


def test_an_erased_person_stays_unreadable_and_others_stay_readable(vault: PersonalVault, keys: KeyStore) -> None:
    gone, kept = vault.seal(PERSON, "x"), vault.seal(OTHER, "y")
    vault.erase(PERSON)
    vault.erase(PERSON)
    for each in (vault, PersonalVault(keys, SECRET)):
        with pytest.raises(ErasedError):
            each.open(gone)
        assert each.open(kept) == "y"


def test_an_erased_person_who_comes_back_gets_a_new_key_and_the_old_texts_stay_erased(vault: PersonalVault) -> None:
    old = vault.seal(PERSON, "old")
    vault.erase(PERSON)
    new = vault.seal(PERSON, "new")
    assert vault.open(new) == "new"
    with pytest.raises(ErasedError, match="new one"):
        vault.open(old)


def test_erasing_somebody_unknown_does_nothing(vault: PersonalVault) -> None:
    envelope = vault.seal(PERSON, "x")
    vault.erase(OTHER)
    assert vault.open(envelope) == "x"


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_no_part_of_an_envelope_can_be_exchanged_with_that_of_another_person(vault: PersonalVault, part: int) -> None:
    mine, other = vault.seal(PERSON, "mine").split("."), vault.seal(OTHER, "other").split(".")
    mine[part] = "SM4GCM" if part == 1 else other[part]
    with pytest.raises(BrokenEnvelopeError):
        vault.open(".".join(mine))


@pytest.mark.parametrize("part", [3, 4])
def test_a_changed_nonce_or_ciphertext_is_found(vault: PersonalVault, part: int) -> None:
    parts = vault.seal(PERSON, "mine").split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(BrokenEnvelopeError):
        vault.open(".".join(parts))


@pytest.mark.parametrize("stray", ["!", " ", "=", "\n"])
def test_stray_characters_in_an_envelope_are_found(vault: PersonalVault, stray: str) -> None:
    envelope = vault.seal(PERSON, "text")
    for changed in (envelope + stray, envelope[:-8] + stray + envelope[-8:]):
        with pytest.raises(BrokenEnvelopeError):
            vault.open(changed)


@pytest.mark.parametrize(
    "text",
    ["", "13800001234", "pd1.A256GCM.k.AAAA", "pd2.A256GCM.k.AAAAAAAAAAAAAAAA.AA", "pd1.ROT13.k.AAAAAAAAAAAAAAAA.AA",
     "pd1.A256GCM.k.AAAA.AA", "pd1.A256GCM.k.!!!!.AA", "pd1.A256GCM.k.AAAAAAAAAAAAAAAA.é"],
)  # fmt: skip
def test_what_is_no_envelope_is_refused(vault: PersonalVault, text: str) -> None:
    with pytest.raises(BrokenEnvelopeError):
        vault.open(text)


def test_a_wrong_secret_opens_nothing_seals_nothing_and_does_not_pretend_to_erase(
    vault: PersonalVault, keys: KeyStore
) -> None:
    envelope = vault.seal(PERSON, "x")
    stranger = PersonalVault(keys, "another sealing secret of enough bytes")
    with pytest.raises(WrongSecretError):
        stranger.open(envelope)
    with pytest.raises(WrongSecretError):
        stranger.seal(PERSON, "y")
    with pytest.raises(WrongSecretError):
        stranger.erase(PERSON)
    assert vault.open(envelope) == "x"


def test_two_who_seal_for_a_new_person_at_once_use_one_key(keys: KeyStore) -> None:
    both = Barrier(2)

    class Together:
        """Both see that there is no key before either makes one."""

        def get(self, key_id: str) -> bytes | None:
            found = keys.get(key_id)
            both.wait(10)
            return found

        def create(self, key_id: str, wrapped: bytes) -> bytes:
            return keys.create(key_id, wrapped)

        def erase(self, key_id: str) -> None:
            keys.erase(key_id)

    with ThreadPoolExecutor(2) as threads:
        envelopes = list(threads.map(lambda text: PersonalVault(Together(), SECRET).seal(PERSON, text), ["a", "b"]))
    assert [PersonalVault(keys, SECRET).open(envelope) for envelope in envelopes] == ["a", "b"]


def test_a_key_stored_under_another_name_or_damaged_is_not_used(vault: PersonalVault, keys: KeyStore) -> None:
    mine, other = (vault.seal(person, "x").split(".")[2].partition("~")[0] for person in (PERSON, OTHER))
    stolen = keys.get(other)
    assert stolen is not None
    for wrong in (stolen, b"\xff\x00", b""):
        keys.erase(mine)
        keys.create(mine, wrong)
        with pytest.raises(WrongSecretError):
            vault.seal(PERSON, "x")


def test_the_first_stored_key_wins(keys: KeyStore) -> None:
    assert keys.get("k") is None
    assert keys.create("k", b"first") == b"first"
    assert keys.create("k", b"second") == b"first"
    assert keys.get("k") == b"first"
    keys.erase("k")
    assert keys.get("k") is None


def test_a_change_of_algorithm_leaves_old_envelopes_readable(vault: PersonalVault, keys: KeyStore) -> None:
    old = vault.seal(PERSON, "旧")
    national = PersonalVault(keys, SECRET, algorithm="SM4GCM")
    new = national.seal(PERSON, "新")
    assert new.startswith("pd1.SM4GCM.")
    for each in (vault, national):
        assert (each.open(old), each.open(new)) == ("旧", "新")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(text=st.text())
def test_every_text_comes_back_as_it_was(algorithm: str, text: str) -> None:
    vault = PersonalVault(KeysInMemory(), SECRET, algorithm)
    assert vault.open(vault.seal(PERSON, text)) == text


def test_sm4_gives_the_ciphertext_of_rfc_8998() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    text = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffff"
    )
    text += bytes.fromhex("eeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
    sealed = ALGORITHMS["SM4GCM"].seal(key, nonce, text, associated)
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert ALGORITHMS["SM4GCM"].open(key, nonce, sealed, associated) == text


def test_a_short_secret_and_an_unknown_algorithm_are_refused() -> None:
    with pytest.raises(WrongSecretError, match="32 bytes"):
        PersonalVault(KeysInMemory(), "x" * 31)
    with pytest.raises(ValueError, match="A256GCM, SM4GCM"):
        PersonalVault(KeysInMemory(), SECRET, algorithm="ROT13")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800001234", "138****1234"),
        (" 13800001234 ", "138****1234"),
        ("+8613800001234", "+86*******1234"),
        ("86860000", "****0000"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_masked_phone_number_shows_its_end_only_where_enough_is_hidden(number: str, shown: str) -> None:
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("甲乙", "甲*"), ("甲乙丙", "甲**"), ("甲", "甲"), (" 甲乙 ", "甲*"), ("", "")]
)
def test_a_masked_name_shows_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown
