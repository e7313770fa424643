"""Chains and revocation lists from files 证书文件: what a real authority hands to the bureau.

Revocation lists lie in `seal/lists/` of the home folder (`*.crl`, DER or PEM). They are read anew for each seal, so
that a list fetched an hour ago by the operator's timer is the one that gets embedded.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from asn1crypto import crl

from archive.kernel.settings import Home
from archive.seals.certificates import load_certificate, order_chain, split_pem

LISTS = ("seal", "lists")


def arrange(certificates: Iterable[bytes]) -> tuple[bytes, ...]:
    """One chain out of a file's certificates: the one that issued none of the others first; ValueError when empty."""
    heap = {der: load_certificate(der) for der in certificates}
    if not heap:
        raise ValueError("no certificate in the file")
    issuers = {c.issuer.dump() for c in heap.values() if c.self_signed == "no"}
    ends = [der for der, c in heap.items() if c.subject.dump() not in issuers]
    return order_chain((ends or list(heap))[0], heap)


def lists_reader(home: Home, chain: Iterable[bytes]) -> Callable[[], tuple[bytes, ...]]:
    """A reader of the revocation lists that speak about this chain; strangers' lists are left where they are."""
    folder = home.place(*LISTS)
    issuers = {load_certificate(der).issuer.dump() for der in chain}
    return lambda: tuple(der for der in _read(folder) if crl.CertificateList.load(der).issuer.dump() in issuers)


def read_secret(path: str) -> str:
    """A passphrase or PIN from its file, without the newline that editors add."""
    return Path(path).read_text("utf-8").rstrip("\r\n")


def _read(folder: Path) -> tuple[bytes, ...]:
    paths = sorted(folder.glob("*.crl"))
    return tuple(der for path in paths for der in split_pem(path.read_bytes()))
