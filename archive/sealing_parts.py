"""Sealing parts 签章装配: signer, stamper and PDF sealer that settings name; trial ones unless real ones are set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.founding import TRIAL_AUTHORITY
from archive.kernel.adapters import load_adapter
from archive.kernel.clock import Clock
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Sealing
from archive.seals.protocols import PdfSealer, Signer, TimeStamper
from archive.seals.trial import TrialAuthority, load_trial_authority


@dataclass(frozen=True, slots=True)
class LaterPdfSealer:
    """The house's PDF sealer 文件签章, made when a page is sealed: pyHanko costs a second, and most commands and
    pages seal nothing.
    """

    signer: Signer
    stamper: TimeStamper

    @property
    def trial(self) -> bool:
        """True when the signer or the time stamp is a trial one."""
        return self.signer.trial or self.stamper.trial

    def seal(self, pdf: bytes, reason: str, facts: Mapping[str, str]) -> bytes:
        """The sealed PDF, as ``archive.seals.pades`` makes it."""
        sealer: PdfSealer = load_adapter("archive.seals.pades:HousePdfSealer")(self.signer, self.stamper)
        return sealer.seal(pdf, reason, facts)


def open_sealing(home: Home, keys: KeyStore, clock: Clock) -> Sealing:
    """Who signs and stamps for this installation; a real signer and a trial authority may stand side by side, and then
    every page still says TRIAL 试用.
    """
    seal = home.settings.seal
    authority = trial_authority(home, keys, clock) if seal.signer == "trial" or not seal.tsa_url else None
    signer: Signer
    stamper: TimeStamper
    if seal.signer == "trial" and authority is not None:
        signer = authority.signer
    else:
        signer = load_adapter(f"archive.seals.{seal.signer}:open_signer")(home)
    if seal.tsa_url:
        stamper = load_adapter("archive.seals.http_tsa:open_stamper")(home)
    elif authority is not None:
        stamper = authority.stamper
    else:
        raise AssertionError("no time-stamp authority")
    return Sealing(signer, stamper, LaterPdfSealer(signer, stamper))


def trial_authority(home: Home, keys: KeyStore, clock: Clock) -> TrialAuthority:
    """The built-in trial authority of this installation."""
    return load_trial_authority(home.place(*TRIAL_AUTHORITY), keys.derive("trial-authority", Tier.GENERAL), clock)


def anchors_of(sealing: Sealing) -> tuple[bytes, ...]:
    """The root certificates (DER) that a checker should pin outside this machine."""
    chains = (sealing.signer.certificate_chain(), sealing.stamper.certificate_chain())
    return tuple(dict.fromkeys(chain[-1] for chain in chains))
