"""Validation material 验证材料: certificates and revocation lists that lie beside a seal, for checkers of a later time.

With `anchor.pem` pinned outside the store, `seal.p7s` over `tagmanifest-sha512.txt` is checked by:

    openssl cms -verify -binary -inform DER -in seal.p7s -content tagmanifest-sha512.txt -CAfile anchor.pem \
        -purpose any -out /dev/null
    openssl ts -verify -in seal.p7s.tsr -data seal.p7s -CAfile anchor.pem -untrusted validation/tsa-chain.pem
"""

from __future__ import annotations

from asn1crypto import pem

from archive.seals.protocols import Certified, Signer, TimeStamper


def validation_material(signer: Signer, stamper: TimeStamper) -> dict[str, bytes]:
    """Files of `evidence/vN/validation/` by name: both chains as PEM, every revocation list as PEM."""
    return {**_of(signer, "signer"), **_of(stamper, "tsa")}


def _of(part: Certified, name: str) -> dict[str, bytes]:
    chain = b"".join(pem.armor("CERTIFICATE", der) for der in part.certificate_chain())
    lists = b"".join(pem.armor("X509 CRL", der) for der in part.revocation_lists())
    found = {f"{name}-chain.pem": chain}
    return found | {f"{name}-crl.pem": lists} if lists else found
