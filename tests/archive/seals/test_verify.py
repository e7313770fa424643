"""Seals and stamps against pinned anchors: what passes, and everything that must not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.clock import FixedClock
from archive.seals.checks import verify_cms, verify_timestamp
from archive.seals.cms import KeySigner, build_signed_data
from archive.seals.terms import Indication
from archive.seals.trial import renew_revocation_list
from archive.seals.trial_certificates import TrialNames, issue_root, issue_signer
from tests.archive.seals.builders import (
    KEY,
    MADE,
    MANIFEST,
    SIGNED,
    STAMPED,
    Sealed,
    authority,
    authority_folder,
    flip,
    sealed,
)


def test_a_fresh_seal_passes_with_its_lists_and_says_trial() -> None:
    made, seal = authority(), sealed()
    verdict = verify_cms(seal.signature, seal.data, [made.anchor], STAMPED, made.signer.revocation_lists())
    assert (verdict.ok, verdict.indication, verdict.reasons) == (True, Indication.TOTAL_PASSED, ())
    assert verdict.time == SIGNED
    assert verdict.trial
    assert verdict.signer.startswith("TRIAL 试用 Seal")


def test_a_stamp_passes_and_tells_its_time() -> None:
    made, seal = authority(), sealed()
    verdict = verify_timestamp(seal.answer, seal.signature, [made.anchor], made.stamper.revocation_lists())
    assert (verdict.ok, verdict.reasons, verdict.time, verdict.trial) == (True, (), STAMPED, True)


def test_without_lists_the_verdict_says_that_revocation_was_not_checked() -> None:
    seal = sealed()
    assert verify_cms(seal.signature, seal.data, [authority().anchor], STAMPED).reasons == ("revocation-not-checked",)


def test_one_anchor_of_several_is_enough_and_none_is_not() -> None:
    seal = sealed()
    both = [authority("two").anchor, authority().anchor]
    assert verify_cms(seal.signature, seal.data, both, STAMPED).ok
    verdict = verify_cms(seal.signature, seal.data, [], STAMPED)
    assert (verdict.ok, verdict.indication, verdict.reasons) == (False, Indication.INDETERMINATE, ("no-anchor-given",))


TAMPERED: dict[str, Callable[[Sealed], tuple[bytes, bytes, Indication, str]]] = {
    "changed data": lambda s: (s.signature, s.data + b"\n", Indication.TOTAL_FAILED, "other-data"),
    "flipped byte in data": lambda s: (s.signature, flip(s.data, 99), Indication.TOTAL_FAILED, "other-data"),
    "flipped last byte": lambda s: (flip(s.signature, -1), s.data, Indication.TOTAL_FAILED, "signature-broken"),
    "trailing byte": lambda s: (s.signature + b"\0", s.data, Indication.TOTAL_FAILED, "unreadable"),
    "cut": lambda s: (s.signature[:-9], s.data, Indication.TOTAL_FAILED, "unreadable"),
    "empty": lambda s: (b"", s.data, Indication.TOTAL_FAILED, "unreadable"),
    "a stamp for a seal": lambda s: (s.answer, s.data, Indication.TOTAL_FAILED, "unreadable"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_seal_is_refused(case: str) -> None:
    signature, data, indication, reason = TAMPERED[case](sealed())
    verdict = verify_cms(signature, data, [authority().anchor], STAMPED)
    assert (verdict.ok, verdict.indication) == (False, indication)
    assert reason in verdict.reasons


def test_another_authority_of_the_same_name_is_not_believed() -> None:
    seal, anchors = sealed(), [authority("two").anchor]
    for verdict in (
        verify_cms(seal.signature, seal.data, anchors, STAMPED),
        verify_timestamp(seal.answer, seal.signature, anchors),
    ):
        assert (verdict.ok, verdict.indication) == (False, Indication.INDETERMINATE)
        assert "no-anchor" in verdict.reasons


@pytest.mark.parametrize("days", [-1, 36 * 365])
def test_an_anchor_out_of_its_validity_proves_nothing(days: int) -> None:
    seal, made = sealed(), authority()
    lists = made.signer.revocation_lists()
    verdict = verify_cms(seal.signature, seal.data, [made.anchor], MADE + timedelta(days=days), lists)
    assert (verdict.ok, verdict.indication) == (False, Indication.INDETERMINATE)
    assert verdict.reasons[0] == "not-valid-then"


def test_a_stamp_over_other_data_is_refused() -> None:
    seal = sealed()
    other = authority().stamper.stamp(b"another seal")
    verdict = verify_timestamp(other, seal.signature, [authority().anchor])
    assert (verdict.ok, verdict.indication) == (False, Indication.TOTAL_FAILED)
    assert "other-data" in verdict.reasons


def _forged(key: str, *, chain: str) -> bytes:
    """A seal signed by one certificate's key and claiming another's certificate."""
    made, other = authority(key), authority(chain)
    return build_signed_data(
        chain=other.signer.certificate_chain(),
        mechanism=made.signer.mechanism,
        sign_raw=made.signer.sign_raw,
        content_type="data",
        content=sealed().data,
        detached=True,
    )


def test_a_seal_that_claims_a_stranger_certificate_is_refused() -> None:
    verdict = verify_cms(_forged("two", chain="one"), sealed().data, [authority().anchor], STAMPED)
    assert (verdict.ok, verdict.indication) == (False, Indication.TOTAL_FAILED)
    assert "signature-broken" in verdict.reasons


def test_a_swapped_certificate_in_the_bag_is_refused() -> None:
    """The certificate of the seal is replaced; the attribute inside the signature still names the first one."""
    info = cms.ContentInfo.load(sealed().signature)
    stranger = cms.ContentInfo.load(sealed("two").signature)
    info["content"]["certificates"] = stranger["content"]["certificates"]
    info["content"]["signer_infos"][0]["sid"] = stranger["content"]["signer_infos"][0]["sid"]
    anchors = [authority().anchor, authority("two").anchor]
    verdict = verify_cms(info.dump(force=True), sealed().data, anchors, STAMPED)
    assert (verdict.ok, verdict.indication) == (False, Indication.TOTAL_FAILED)


def test_a_token_signed_by_a_certificate_that_may_not_stamp_is_refused() -> None:
    made, seal = authority(), sealed()
    content = tsp.TimeStampResp.load(seal.answer)["time_stamp_token"]["content"]
    token = build_signed_data(
        chain=made.signer.certificate_chain(),
        mechanism=made.signer.mechanism,
        sign_raw=made.signer.sign_raw,
        content_type="tst_info",
        content=content["encap_content_info"]["content"].contents,
        detached=False,
    )
    answer = tsp.TimeStampResp(
        {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
    ).dump()
    verdict = verify_timestamp(answer, seal.signature, [made.anchor])
    assert not verdict.ok
    assert "wrong-purpose" in verdict.reasons


def test_a_seal_signed_by_the_time_stamp_certificate_is_refused() -> None:
    made = authority()
    seal = KeySigner(_private("tsa"), made.stamper.certificate_chain()).sign_cms(MANIFEST, SIGNED)
    verdict = verify_cms(seal, MANIFEST, [made.anchor], STAMPED)
    assert (verdict.ok, verdict.reasons) == (False, ("wrong-purpose", "revocation-not-checked"))


def _private(name: str) -> ec.EllipticCurvePrivateKey:
    path = authority_folder("one") / f"{name}.key.pem"
    key = serialization.load_pem_private_key(path.read_bytes(), KEY.hex().encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _root() -> x509.Certificate:
    return x509.load_der_x509_certificate(authority().anchor)


def test_a_later_certificate_for_the_same_key_cannot_take_the_place_of_the_bound_one() -> None:
    """Same key, same issuer, other certificate: the signature value fits, the bound certificate does not."""
    key, seal = _private("signer"), cms.ContentInfo.load(sealed().signature)
    other = issue_signer(_private("root"), _root(), key, TrialNames.of("x"), MADE)
    stranger = cms.ContentInfo.load(
        KeySigner(key, (other.public_bytes(serialization.Encoding.DER), authority().anchor)).sign_cms(MANIFEST)
    )
    seal["content"]["certificates"] = stranger["content"]["certificates"]
    seal["content"]["signer_infos"][0]["sid"] = stranger["content"]["signer_infos"][0]["sid"]
    verdict = verify_cms(seal.dump(force=True), MANIFEST, [authority().anchor], STAMPED)
    assert (verdict.ok, verdict.indication, verdict.reasons) == (
        False,
        Indication.TOTAL_FAILED,
        ("certificate-not-bound",),
    )


def test_an_authority_below_a_root_that_allows_none_is_no_chain() -> None:
    """The trial root's path length is zero: an authority issued by it may not issue."""
    middle, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = TrialNames.of("x")
    made = issue_root(middle, names, MADE)
    builder = x509.CertificateBuilder().subject_name(made.subject).issuer_name(_root().subject)
    builder = builder.public_key(middle.public_key()).serial_number(7)
    builder = builder.not_valid_before(MADE).not_valid_after(made.not_valid_after_utc)
    for extension in made.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    below = builder.sign(_private("root"), hashes.SHA512())
    leaf = issue_signer(middle, below, own, names, MADE)
    chain = [each.public_bytes(serialization.Encoding.DER) for each in (leaf, below)]
    seal = KeySigner(own, (*chain, authority().anchor)).sign_cms(MANIFEST)
    assert verify_cms(seal, MANIFEST, [authority().anchor], STAMPED).reasons == ("no-anchor",)
    assert verify_cms(seal, MANIFEST, [chain[1]], STAMPED).ok


def test_a_certificate_issued_by_a_signer_is_no_chain() -> None:
    """The signer of the archive is no authority: what it issues leads nowhere, though the anchor is pinned."""
    made = authority()
    parent = x509.load_der_x509_certificate(made.signer.certificate_chain()[0])
    own = ec.generate_private_key(ec.SECP256R1())
    child = issue_signer(_private("signer"), parent, own, TrialNames.of("x"), MADE).public_bytes(
        serialization.Encoding.DER
    )
    seal = KeySigner(own, (child, *made.signer.certificate_chain())).sign_cms(MANIFEST, SIGNED)
    verdict = verify_cms(seal, MANIFEST, [made.anchor], STAMPED)
    assert (verdict.ok, verdict.reasons) == (False, ("no-anchor",))


def test_a_revoked_signer_fails_from_the_day_of_revocation_on() -> None:
    folder, made, seal = authority_folder("three"), authority("three"), sealed("three")
    from_day = STAMPED + timedelta(days=10)
    renew_revocation_list(folder, bytes(range(32)), from_day, revoked=("signer",))
    renew_revocation_list(folder, bytes(range(32)), from_day + timedelta(days=1))
    lists = made.signer.revocation_lists()
    before = verify_cms(seal.signature, seal.data, [made.anchor], STAMPED, lists)
    after = verify_cms(seal.signature, seal.data, [made.anchor], from_day + timedelta(days=2), lists)
    assert before.ok
    assert (after.ok, after.reasons) == (False, ("revoked",))


def test_lists_of_another_authority_do_not_count_as_a_check() -> None:
    seal, lists = sealed(), authority("two").signer.revocation_lists()
    verdict = verify_cms(seal.signature, seal.data, [authority().anchor], STAMPED, lists)
    assert verdict.reasons == ("revocation-not-checked",)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_flipped_bit_goes_unseen_by_seal_and_stamp_together(data: st.DataObject) -> None:
    seal = sealed()
    part = data.draw(st.sampled_from(["data", "signature"]))
    whole = seal.data if part == "data" else seal.signature
    position, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(whole)
    changed[position] ^= 1 << bit
    manifest = bytes(changed) if part == "data" else seal.data
    signature = bytes(changed) if part == "signature" else seal.signature
    anchors = [authority().anchor]
    assert not (
        verify_cms(signature, manifest, anchors, STAMPED).ok and verify_timestamp(seal.answer, signature, anchors).ok
    )


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(sealed().answer) - 1), st.integers(0, 7))
def test_a_flipped_bit_in_the_answer_never_changes_what_it_proves(position: int, bit: int) -> None:
    """Bytes outside the signature (status, the list of algorithms) may differ; the proven time and imprint may not."""
    seal = sealed()
    changed = bytearray(seal.answer)
    changed[position] ^= 1 << bit
    verdict = verify_timestamp(bytes(changed), seal.signature, [authority().anchor])
    assert not verdict.ok or (verdict.time, verdict.trial) == (STAMPED, True)


def test_a_clock_before_the_authority_gives_no_stamp() -> None:
    early = authority(clock=FixedClock(MADE - timedelta(days=1)))
    with pytest.raises(Exception, match="time_not_available"):
        early.stamper.stamp(b"x")
