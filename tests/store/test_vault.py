"""Encryption at rest: what is sealed opens only with its key, in its place."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zoturi.store import vault
from zoturi.store.vault import Vault, VaultError

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = 1_800_000_000_000
WEEK_MS = 7 * 24 * 3_600_000


@given(some.binary(max_size=2000))
def test_what_is_sealed_opens_again_and_its_length_tells_little(plain):
    sealed = vault.seal(KEY, b"place", plain)
    assert vault.unseal(KEY, b"place", sealed) == plain
    assert (len(sealed) - 24 - 16) % 256 == 0
    assert len(sealed) - 24 - 16 - 256 <= len(plain)


def test_the_same_text_never_looks_the_same():
    assert vault.seal(KEY, b"place", b"moi") != vault.seal(KEY, b"place", b"moi")
    assert len(vault.seal(KEY, b"p", b"ei")) == len(vault.seal(KEY, b"p", b"a" * 200))


@pytest.mark.parametrize("wrong", [
    lambda sealed: (OTHER, b"place", sealed), lambda sealed: (KEY, b"elsewhere", sealed),
    lambda sealed: (KEY, b"place", sealed[:-1] + bytes([sealed[-1] ^ 1])), lambda sealed: (KEY, b"place", sealed[:-1]),
    lambda sealed: (KEY, b"place", bytes([sealed[0] ^ 1]) + sealed[1:]), lambda sealed: (KEY, b"place", b""),
    lambda sealed: (KEY, b"place", sealed[:24]),
])  # fmt: skip
def test_another_key_place_or_byte_opens_nothing(wrong):
    with pytest.raises(VaultError):
        vault.unseal(*wrong(vault.seal(KEY, b"place", b"salaisuus")))


def test_keys_are_files_for_their_owner_only(tmp_path):
    keys = Vault.open(tmp_path / "keys", create=True)
    keys.new_contact_key("a", NOW)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not path.name.endswith(".draft")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {path.suffix for path in (tmp_path / "keys").iterdir()} == {".key"}


def test_a_contacts_key_is_wrapped_for_its_contact_and_week(tmp_path):
    keys = Vault.open(tmp_path, create=True)
    week, wrapped, key = keys.new_contact_key("a", NOW)
    assert Vault.open(tmp_path, create=False).contact_key("a", week, wrapped) == key
    with pytest.raises(VaultError):
        Vault.open(tmp_path, create=False).contact_key("b", week, wrapped)
    other_week, _, _ = keys.new_contact_key("b", NOW + WEEK_MS)
    assert other_week != week
    with pytest.raises(VaultError):
        Vault.open(tmp_path, create=False).contact_key("a", other_week, wrapped)


def test_a_missing_week_key_opens_nothing_and_is_not_made_anew(tmp_path):
    keys = Vault.open(tmp_path, create=True)
    week, wrapped, _ = keys.new_contact_key("a", NOW)
    (tmp_path / f"week-{week}.key").unlink()
    with pytest.raises(VaultError, match="missing"):
        Vault.open(tmp_path, create=False).contact_key("a", week, wrapped)
    assert not (tmp_path / f"week-{week}.key").exists()


def test_week_keys_are_wrapped_by_the_master_key(tmp_path):
    keys = Vault.open(tmp_path, create=True)
    week, wrapped, _ = keys.new_contact_key("a", NOW)
    (tmp_path / "master.key").unlink()
    (tmp_path / "master.key").write_bytes(os.urandom(32))
    with pytest.raises(VaultError):
        Vault.open(tmp_path, create=False).contact_key("a", week, wrapped)


def test_damaged_or_missing_master_keys_are_refused(tmp_path):
    with pytest.raises(VaultError, match=r"master\.key is missing"):
        Vault.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "master.key").write_bytes(b"short")
    for create in (True, False):
        with pytest.raises(VaultError, match="damaged"):
            Vault.open(tmp_path, create=create)


def test_derived_keys_differ_by_purpose(tmp_path):
    keys = Vault.open(tmp_path, create=True)
    assert len({keys.derived(purpose) for purpose in ("a", "b", "fingerprint")}) == 3
    assert keys.fingerprint() == Vault.open(tmp_path, create=False).fingerprint()
