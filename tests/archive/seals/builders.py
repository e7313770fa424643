"""Builders of sealing tests: an authority made once a process, a seal with its stamp."""

import atexit
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import typst
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from archive.kernel.clock import FixedClock
from archive.seals.pades import HousePdfSealer
from archive.seals.trial import TrialAuthority, create_trial_authority, load_trial_authority

MADE = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SIGNED = MADE + timedelta(days=1)
STAMPED = MADE + timedelta(days=1, minutes=2)
KEY = bytes(range(32))
MANIFEST = b"".join(f"{n:0128x}  data/o{n}\r\n".encode() for n in range(7))


@cache
def _home() -> Path:
    home = Path(mkdtemp(prefix="anjuan-seals-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@cache
def authority_folder(name: str) -> Path:
    """Folder of a trial authority, made at the first call; another name is another authority of the same archive."""
    folder = _home() / name
    create_trial_authority(folder, "某县交通运输综合行政执法大队档案室", MADE, KEY)
    return folder


def authority(name: str = "one", clock: FixedClock | None = None) -> TrialAuthority:
    """That authority, loaded, its clock at STAMPED unless another is given."""
    return load_trial_authority(authority_folder(name), KEY, clock or FixedClock(STAMPED))


@dataclass(frozen=True)
class Sealed:
    """A manifest with its seal and stamp."""

    data: bytes
    signature: bytes
    answer: bytes


def sealed(name: str = "one") -> Sealed:
    """A manifest sealed by that authority, once."""
    return _sealed(name)


@cache
def _sealed(name: str) -> Sealed:
    made = authority(name)
    signature = made.signer.sign_cms(MANIFEST, SIGNED)
    return Sealed(MANIFEST, signature, made.stamper.stamp(signature))


@cache
def page() -> bytes:
    """A small generated PDF/A-2u."""
    source = _home() / "page.typ"
    source.write_text('#set document(title: "Seal")\n= Sealed\n#table(columns: 2, [o1], [00ff])\n')
    made = typst.compile(str(source), format="pdf", pdf_standards=["a-2u"], timestamp=0)
    assert isinstance(made, bytes)
    return made


@cache
def sealed_page(name: str = "one") -> bytes:
    """That page, sealed by an authority at STAMPED."""
    made = authority(name)
    return HousePdfSealer(made.signer, made.stamper).seal(page(), "封存证明 seal certificate", {})


def flip(data: bytes, position: int) -> bytes:
    """`data` with the lowest bit of one byte turned over."""
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def pem(der: bytes) -> bytes:
    """A certificate in PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
