"""Sealed PDFs: what passes, what must not, what the outside judges say."""

import asyncio
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter

from archive.kernel.clock import FixedClock
from archive.seals.cms import KeySigner
from archive.seals.pades import HousePdfSealer, _Signer
from archive.seals.pdf_checks import verify_pdf
from archive.seals.terms import Coverage, Indication, PdfVerdict, SignerUnavailableError
from archive.seals.trial import renew_revocation_list
from tests.archive.seals.builders import (
    KEY,
    MADE,
    STAMPED,
    authority,
    authority_folder,
    flip,
    page,
    sealed_page,
)
from tests.archive.seals.test_real_signers import issue
from tests.services.dss import judge
from tests.services.verapdf import verapdf


def check(pdf: bytes, **more: object) -> PdfVerdict:
    return verify_pdf(pdf, [authority().anchor], **more)  # type: ignore[arg-type]


def test_a_sealed_page_passes_and_says_what_stands_in_it() -> None:
    verdict = check(sealed_page())
    assert (verdict.ok, verdict.indication, verdict.reasons) == (True, Indication.TOTAL_PASSED, ())
    assert (verdict.long_term, verdict.trial) == (True, True)
    seal, stamp = verdict.signatures
    assert (seal.kind, seal.coverage, seal.time) == ("signature", Coverage.ENTIRE_REVISION, STAMPED)
    assert (stamp.kind, stamp.coverage, stamp.time) == ("time-stamp", Coverage.ENTIRE_FILE, STAMPED)
    assert seal.signer.startswith("TRIAL 试用 Seal")
    assert all(each.intact and each.trusted and not each.changed for each in verdict.signatures)


def test_the_page_itself_is_kept_byte_for_byte_and_the_size_is_the_same_each_time() -> None:
    sealed = sealed_page()
    made = authority()
    assert sealed.startswith(page())
    with pikepdf.open(io.BytesIO(page())) as before, pikepdf.open(io.BytesIO(sealed)) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
    again = HousePdfSealer(made.signer, made.stamper).seal(page(), "封存证明 seal certificate", {})
    assert len(again) == len(sealed)


def test_the_seal_takes_its_time_from_the_authority_not_from_the_machine() -> None:
    made = authority(clock=FixedClock(MADE + timedelta(days=20 * 365)))
    verdict = check(HousePdfSealer(made.signer, made.stamper).seal(page(), "later", {"location": "青禾市"}))
    assert verdict.ok
    assert verdict.signatures[0].time == MADE + timedelta(days=20 * 365)


@pytest.mark.parametrize("years", [0, 30])
def test_it_passes_thirty_years_later(years: int) -> None:
    assert check(sealed_page(), at=STAMPED + timedelta(days=365 * years)).ok


@pytest.mark.parametrize("days", [-3, 36 * 365])
def test_outside_the_life_of_the_anchor_it_proves_nothing(days: int) -> None:
    verdict = check(sealed_page(), at=STAMPED + timedelta(days=days))
    assert (verdict.ok, verdict.indication) == (False, Indication.INDETERMINATE)
    assert all(each.intact and not each.trusted for each in verdict.signatures)


@pytest.mark.parametrize("anchors", [(), ("two",)])
def test_without_the_right_anchor_it_is_intact_but_not_trusted_here(anchors: tuple[str, ...]) -> None:
    verdict = verify_pdf(sealed_page(), [authority(name).anchor for name in anchors])
    assert (verdict.ok, verdict.indication, verdict.reasons) == (
        False,
        Indication.INDETERMINATE,
        ("signer-not-trusted",),
    )
    assert all(each.intact and not each.trusted for each in verdict.signatures)


def _updated(pdf: bytes) -> bytes:
    """An incremental update that adds text to the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    content = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 9 Tf (not here before) Tj ET"))
    first = writer.find_page_for_modification(0)[0].get_object()
    first["/Contents"] = generic.ArrayObject([first.raw_get("/Contents"), content])
    writer.update_container(first)
    return _written(writer)


def _retitled(pdf: bytes) -> bytes:
    """An incremental update of the document's information only."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.set_info(writer.add_object(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("x")})))
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _rewritten(pdf: bytes) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(target)
    return target.getvalue()


def _swapped(pdf: bytes) -> bytes:
    """The signature of another sealed file put where this one's was."""
    mine, other = _contents(pdf)[0], _contents(sealed_page("two"))[0]
    size = min(len(mine.group(1)), len(other.group(1)))
    return pdf[: mine.start(1)] + other.group(1)[:size].ljust(len(mine.group(1)), b"0") + pdf[mine.end(1) :]


def _contents(pdf: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"/Contents ?<([0-9a-fA-F]{2000,})>", pdf))


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "trailing newline": lambda pdf: pdf + b"\n",
    "trailing bytes": lambda pdf: pdf + b"\n% appended\n",
    "trailing page": lambda pdf: pdf + page(),
    "text added": _updated,
    "title changed": _retitled,
    "rewritten": _rewritten,
    "cut before the last time stamp": lambda pdf: pdf[: pdf.rindex(b"%%EOF", 0, len(pdf) - 9) + 6],
    "flipped byte of the page": lambda pdf: flip(pdf, 700),
    "flipped byte of the signature": lambda pdf: flip(pdf, _contents(pdf)[0].start(1) + 3000),
    "flipped byte of the time stamp": lambda pdf: flip(pdf, _contents(pdf)[1].start(1) + 900),
    "signature of another file": _swapped,
    "not a PDF": lambda pdf: b"GIF89a" + pdf,
    "empty": lambda pdf: b"",
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_page_is_refused(case: str) -> None:
    changed = TAMPERED[case](sealed_page())
    assert changed != sealed_page()
    verdict = check(changed)
    # cut back to the first signature it is an honest B-T file: intact, but without long-term evidence; a whole unsigned
    # file appended makes it an unsigned one
    if case == "cut before the last time stamp":
        assert not verdict.long_term
    elif case == "trailing page":
        assert (verdict.ok, verdict.reasons) == (False, ("not-signed",))
    else:
        assert (verdict.ok, verdict.indication) == (False, Indication.TOTAL_FAILED), verdict


@settings(max_examples=25)
@given(st.data())
def test_no_flipped_bit_of_the_page_goes_unseen(data: st.DataObject) -> None:
    pdf = sealed_page()
    changed = bytearray(pdf)
    changed[data.draw(st.integers(0, len(page()) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not check(bytes(changed)).ok


def test_an_unsigned_page_is_not_called_broken() -> None:
    verdict = check(page())
    assert (verdict.ok, verdict.signed, verdict.reasons) == (False, False, ("not-signed",))
    assert verdict.indication is Indication.INDETERMINATE


def test_a_foreign_signature_without_time_stamp_is_listed() -> None:
    """What an agency's own software does: one signature, no evidence; here by a PKCS#7 detached signer."""
    metadata = PdfSignatureMetadata(
        field_name="Sig1", md_algorithm="sha512", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    signer = PdfSigner(metadata, signer=_Signer(authority("two").signer))
    signed = asyncio.run(signer.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page())))).getvalue()
    verdict = check(signed, at=STAMPED)
    (found,) = verdict.signatures
    assert (verdict.ok, verdict.indication, verdict.long_term) == (False, Indication.INDETERMINATE, False)
    assert (found.field, found.intact, found.trusted, found.coverage) == ("Sig1", True, False, Coverage.ENTIRE_FILE)
    trusted = verify_pdf(signed, [authority("two").anchor], STAMPED)
    assert trusted.ok
    assert not verify_pdf(_updated(signed), [authority("two").anchor], STAMPED).ok


def test_a_revoked_signer_seals_nothing_more_and_its_earlier_seals_stand() -> None:
    before = sealed_page("four")
    renew_revocation_list(authority_folder("four"), KEY, STAMPED + timedelta(days=1), revoked=("signer",))
    made = authority("four", FixedClock(STAMPED + timedelta(days=2)))
    with pytest.raises(SignerUnavailableError):
        HousePdfSealer(made.signer, made.stamper).seal(page(), "too late", {})
    assert verify_pdf(before, [made.anchor]).ok


@pytest.mark.parametrize(("life", "passes"), [(timedelta(days=700), True), (timedelta(hours=12), False)])
def test_a_seal_outlives_its_certificate_if_that_was_good_when_stamped(life: timedelta, passes: bool) -> None:
    """A bureau's certificate ends after two years; the time stamps prove that the seal was made before."""
    made, key = authority(), ec.generate_private_key(ec.SECP256R1())
    chain = (issue(key, life).public_bytes(Encoding.DER), made.anchor)
    sealer = HousePdfSealer(KeySigner(key, chain, made.signer.revocation_lists), made.stamper)
    if not passes:
        with pytest.raises(SignerUnavailableError):
            sealer.seal(page(), "x", {})
        return
    sealed = sealer.seal(page(), "x", {})
    for at in (None, STAMPED + timedelta(days=3650)):
        verdict = check(sealed, at=at)
        assert (verdict.ok, verdict.reasons) == (True, ())


def test_unknown_facts_and_unreadable_files_are_mistakes() -> None:
    made = authority()
    sealer = HousePdfSealer(made.signer, made.stamper)
    with pytest.raises(ValueError, match="unknown facts"):
        sealer.seal(page(), "x", {"colour": "red"})
    with pytest.raises(ValueError, match="not a readable PDF"):
        sealer.seal(b"no", "x", {})
    assert sealer.trial


@pytest.mark.service("verapdf")
def test_a_sealed_page_is_still_pdf_a_2u(tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_page())
    verdict = verapdf([path])[path]
    assert verdict, verdict.broken


@pytest.mark.service("dss")
def test_the_independent_judge_calls_it_b_lta(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.pdf" for name in ("sealed", "changed")}
    paths["sealed"].write_bytes(sealed_page())
    paths["changed"].write_bytes(flip(sealed_page(), 700))
    anchor, stranger = tmp_path / "anchor.der", tmp_path / "stranger.der"
    anchor.write_bytes(authority().anchor)
    stranger.write_bytes(authority("two").anchor)
    verdicts = judge(list(paths.values()), [anchor])
    (seal,) = verdicts[paths["sealed"]].of("signature")
    assert (seal.format, seal.indication, seal.errors) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED", ())
    assert all(each.indication != "TOTAL_PASSED" for each in verdicts[paths["changed"]].of("signature"))
    (seal,) = judge([paths["sealed"]], [stranger])[paths["sealed"]].of("signature")
    assert seal.indication == "INDETERMINATE"
