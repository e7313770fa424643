"""The trial authority: its files, its marks, its answers."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.kernel.clock import FixedClock
from archive.seals.certificates import load_certificate, order_chain
from archive.seals.stamps import Answer, build_request, parse_answer, token_time
from archive.seals.terms import TRIAL_MARK, SignerUnavailableError
from archive.seals.trial import create_trial_authority, load_trial_authority
from archive.seals.trial_tsa import TRIAL_POLICY
from tests.archive.seals.builders import KEY, MADE, STAMPED, authority, authority_folder


def test_keys_are_encrypted_and_readable_by_the_owner_alone() -> None:
    folder = authority_folder("one")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in folder.glob("*.key.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
        # one wrong passphrase in 256 leaves a padding that looks right, and then it is the structure that is wrong
        with pytest.raises(ValueError, match=r"decrypt|deserialize"):
            serialization.load_pem_private_key(path.read_bytes(), b"wrong")


@pytest.mark.parametrize("name", ["root", "signer", "tsa"])
def test_every_certificate_says_trial_twice_and_lasts_35_years(name: str) -> None:
    certificate = x509.load_pem_x509_certificate((authority_folder("one") / f"{name}.crt.pem").read_bytes())
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        assert TRIAL_MARK in str(certificate.subject.get_attributes_for_oid(oid)[0].value)
    assert certificate.not_valid_after_utc.year == MADE.year + 35


def test_the_stamp_certificate_may_only_stamp() -> None:
    certificate = x509.load_pem_x509_certificate((authority_folder("one") / "tsa.crt.pem").read_bytes())
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extended.critical
    assert list(extended.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_two_authorities_of_one_archive_have_different_names() -> None:
    one, two = load_certificate(authority().anchor), load_certificate(authority("two").anchor)
    assert one.subject.native["organization_name"] == two.subject.native["organization_name"]
    assert one.subject != two.subject


def test_a_long_chinese_name_is_cut_at_a_character(tmp_path: Path) -> None:
    create_trial_authority(tmp_path / "a", "某" * 40, MADE, KEY)
    certificate = x509.load_pem_x509_certificate((tmp_path / "a" / "root.crt.pem").read_bytes())
    organization = str(certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)
    assert organization == f"{TRIAL_MARK} " + "某" * 17


def test_it_is_made_once_and_all_or_nothing(tmp_path: Path) -> None:
    create_trial_authority(tmp_path / "a", "x", MADE, KEY)
    before = (tmp_path / "a" / "root.crt.pem").read_bytes()
    with pytest.raises(FileExistsError):
        create_trial_authority(tmp_path / "a", "x", MADE, KEY)
    assert (tmp_path / "a" / "root.crt.pem").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    with pytest.raises(ValueError, match="32 bytes"):
        create_trial_authority(tmp_path / "b", "x", MADE, b"short")


def test_a_rest_of_a_broken_start_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".a.building").mkdir()
    (tmp_path / ".a.building" / "root.key.pem").write_text("half")
    create_trial_authority(tmp_path / "a", "x", MADE, KEY)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_wrong_key_or_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    for folder, key in ((authority_folder("one"), b"\1" * 32), (tmp_path / "none", KEY)):
        with pytest.raises(SignerUnavailableError):
            load_trial_authority(folder, key, FixedClock(STAMPED))


def test_tokens_carry_policy_accuracy_serial_and_their_own_time() -> None:
    clock = FixedClock(STAMPED)
    stamper = authority(clock=clock).stamper
    first = stamper.stamp(b"one")
    clock.advance(timedelta(hours=1))
    second = stamper.stamp(b"one")
    info, later = parse_answer(first), parse_answer(second)
    assert info["policy"].native == TRIAL_POLICY
    assert info["accuracy"]["seconds"].native == 1
    assert info["serial_number"].native != later["serial_number"].native
    assert token_time(first) == STAMPED
    assert token_time(second) == STAMPED + timedelta(hours=1)


REJECTED = {
    "bad_data_format": b"\x30\x03abc",
    "bad_alg": tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "md5"}, "hashed_message": b"0" * 16},
        }
    ).dump(),
    "unaccepted_policy": tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha512"}, "hashed_message": b"0" * 64},
            "req_policy": "1.2.3.4",
        }
    ).dump(),
}


@pytest.mark.parametrize("reason", REJECTED)
def test_what_cannot_be_stamped_is_rejected_with_the_reason(reason: str) -> None:
    answer = Answer.load(authority().service.answer(REJECTED[reason]))
    assert answer["status"]["status"].native == "rejection"
    assert answer["status"]["fail_info"].native == {reason}


def test_an_imprint_of_the_wrong_size_is_rejected() -> None:
    answer = Answer.load(authority().service.answer(build_request(b"0" * 32, "sha512", 5)))
    assert answer["status"]["fail_info"].native == {"bad_data_format"}


def test_chains_are_ordered_out_of_a_heap() -> None:
    leaf, root = authority().signer.certificate_chain()
    stranger = authority("two").anchor
    assert order_chain(leaf, [stranger, root, leaf]) == (leaf, root)
    assert order_chain(leaf, [stranger]) == (leaf,)
