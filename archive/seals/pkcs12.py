"""The bureau's seal certificate in a PKCS#12 file 文件证书签章 (RFC 7292)."""

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from archive.kernel.settings import Home
from archive.seals.certificates import order_chain
from archive.seals.chain_files import lists_reader, read_secret
from archive.seals.cms import KeySigner
from archive.seals.terms import SignerUnavailableError


def open_signer(home: Home) -> KeySigner:
    """The signer that settings name (`seal.pkcs12_file`, `seal.pkcs12_passphrase_file`)."""
    part = home.settings.seal
    try:
        passphrase = read_secret(part.pkcs12_passphrase_file) if part.pkcs12_passphrase_file else ""
        data = Path(part.pkcs12_file).read_bytes()
    except OSError as error:
        raise SignerUnavailableError(f"seal certificate: {error}") from error
    key, chain = read_pkcs12(data, passphrase)
    return KeySigner(key, chain, lists_reader(home, chain))


def load_pkcs12_signer(
    data: bytes, passphrase: str, revocation_lists: Callable[[], tuple[bytes, ...]] = tuple
) -> KeySigner:
    """A signer from the bytes of a PKCS#12 file; SignerUnavailableError for a wrong passphrase or key kind."""
    key, chain = read_pkcs12(data, passphrase)
    return KeySigner(key, chain, revocation_lists)


def read_pkcs12(
    data: bytes, passphrase: str
) -> tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, tuple[bytes, ...]]:
    """Key and chain (DER, own first) of a PKCS#12 file."""
    try:
        key, own, others = pkcs12.load_key_and_certificates(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignerUnavailableError(f"seal certificate: {error}") from error
    if own is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SignerUnavailableError("seal certificate: the file needs a certificate and its EC or RSA key")
    leaf = own.public_bytes(Encoding.DER)
    return key, order_chain(leaf, [other.public_bytes(Encoding.DER) for other in others])
