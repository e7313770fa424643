"""The bureau's seal key in a token 令牌签章 (PKCS#11): the key never leaves it; certificates are read from it.

Settings: the library of the `keys` part, the token `<keys.pkcs11_token>-seal` with the PIN in `seal.pkcs11_pin_file`,
in it key and certificate under the label `seal.pkcs11_label`. Further certificates in the token are the chain. The PIN
of the roots is never tried here: who may sign for the bureau need not be able to open a key tier.
"""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature

from archive.kernel.settings import Home
from archive.seals.certificates import load_certificate, order_chain
from archive.seals.chain_files import lists_reader, read_secret
from archive.seals.cms import ChainSigner
from archive.seals.terms import SignerUnavailableError

_GONE = (pkcs11.PKCS11Error, OSError, RuntimeError)


class TokenSigner(ChainSigner):
    """Signs in a token 令牌签章者: one session, opened again once when the token was pulled or restarted."""

    def __init__(
        self,
        module: Path,
        token: str,
        pin: str,
        label: str,
        revocation_lists: Callable[[], tuple[bytes, ...]] = tuple,
    ) -> None:
        self._module, self._token, self._pin, self._label = module, token, pin, label
        self._session: Any = None
        self._mutex = threading.Lock()
        try:
            with self._mutex:
                chain = self._read_chain()
        except (*_GONE, ValueError) as error:
            raise SignerUnavailableError(f"token {token}: {error!r}") from error
        super().__init__(chain, revocation_lists)
        self._order_bytes = _order_bytes(chain[0])

    def sign_raw(self, data: bytes) -> bytes:
        """Signature value, SHA-512; ECDSA in its DER form. SignerUnavailableError when the token is away."""
        with self._mutex:
            try:
                return self._sign(data)
            except _GONE:
                self._close()
            try:
                return self._sign(data)
            except _GONE as error:
                self._close()
                raise SignerUnavailableError(f"token {self._token}: {error!r}") from error

    def _sign(self, data: bytes) -> bytes:
        key = self._open().get_key(object_class=ObjectClass.PRIVATE_KEY, label=self._label)
        if self.mechanism.endswith("_rsa"):
            return bytes(key.sign(data, mechanism=Mechanism.SHA512_RSA_PKCS))
        # Tokens differ in what they do with a digest longer than the curve: cut it as FIPS 186-5, 6.4.1 says.
        digest = hashlib.sha512(data).digest()[: self._order_bytes]
        return bytes(encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA)))

    def _open(self) -> Any:
        if self._session is None:
            found = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            self._session = found.open(user_pin=self._pin)
        return self._session

    def _close(self) -> None:
        try:
            if self._session is not None:
                self._session.close()
        except _GONE:
            pass
        finally:
            self._session = None

    def _read_chain(self) -> tuple[bytes, ...]:
        found = list(self._open().get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        own = [bytes(c[Attribute.VALUE]) for c in found if c[Attribute.LABEL] == self._label]
        if len(own) != 1:
            raise ValueError(f"{len(own)} certificates labelled {self._label}")
        return order_chain(own[0], [bytes(c[Attribute.VALUE]) for c in found])


def open_signer(home: Home) -> TokenSigner:
    """The signer that settings name; SignerUnavailableError when the token is not there."""
    keys, seal = home.settings.keys, home.settings.seal
    try:
        pin = read_secret(seal.pkcs11_pin_file)
    except OSError as error:
        raise SignerUnavailableError(f"PIN of the seal token: {error}") from error
    token = f"{keys.pkcs11_token}-seal"
    signer = TokenSigner(Path(keys.pkcs11_module), token, pin, seal.pkcs11_label)
    signer.use_lists(lists_reader(home, signer.certificate_chain()))
    return signer


def _order_bytes(certificate: bytes) -> int:
    key = load_certificate(certificate).public_key
    return (int(key.bit_size) + 7) // 8 if key.algorithm == "ec" else 0
