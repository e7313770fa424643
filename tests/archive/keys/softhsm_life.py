"""The life of a key store on tokens 令牌密钥库全程; a program of its own, as the library reads its settings once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from archive.kernel.clock import FixedClock
from archive.kernel.refusals import Refusal
from archive.keys import shares
from archive.keys.pkcs11_roots import Pkcs11Roots
from archive.keys.roots import unlock
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.keys.vault import Vault
from archive.keys.wraps import KeyDamaged
from tests.archive.keys.support import NOW, OBJECT

KEY = bytes(range(32))


def code(deed: Callable[[], object]) -> str:
    try:
        deed()
    except Refusal as refusal:
        return refusal.code
    return "no refusal"


def main(module: Path, home: Path) -> None:
    clock = FixedClock(NOW)
    roots = Pkcs11Roots(module, "t", clock)
    until = NOW + timedelta(hours=1)
    assert code(lambda: roots.create(Tier.PERSONAL, "wrong")) == "archive.tier-secret-wrong"
    assert code(lambda: unlock(roots, Tier.PERSONAL, "pin-t-personal", until)) == "archive.tier-root-missing"
    assert code(lambda: roots.create(Tier.TRADE, "x")) == "archive.tier-root-missing"
    roots.create(Tier.GENERAL, "pin-t-general")
    words = roots.create(Tier.PERSONAL, "pin-t-personal")
    assert code(lambda: roots.create(Tier.PERSONAL, "pin-t-personal")) == "archive.tier-root-exists"
    assert code(lambda: roots.wrap(Tier.PERSONAL, KEY)) == "archive.tier-locked"
    pin = home / "pin"
    pin.write_text("pin-t-general\n")
    roots.open_general(pin)
    unlock(roots, Tier.PERSONAL, "pin-t-personal", until)
    wrapped = roots.wrap(Tier.PERSONAL, KEY)
    assert aes_key_unwrap(shares.combine(Tier.PERSONAL, words[:3]), wrapped) == KEY, "RFC 3394"
    assert roots.unwrap(Tier.PERSONAL, wrapped) == KEY
    try:
        roots.unwrap(Tier.GENERAL, wrapped)
    except KeyDamaged:
        pass
    else:
        raise AssertionError("a key opened under another root")
    tree(home, roots)
    clock.advance(timedelta(hours=2))
    assert not roots.is_unlocked(Tier.PERSONAL) and roots.is_unlocked(Tier.GENERAL)
    assert code(lambda: roots.unwrap(Tier.PERSONAL, wrapped)) == "archive.tier-locked"
    assert roots.drill(Tier.PERSONAL, "pin-t-personal", words[2:])
    assert not roots.drill(Tier.PERSONAL, "pin-t-personal", words[:2])
    spare = Pkcs11Roots(module, "spare", clock)
    spare.recover(Tier.PERSONAL, words[1:4], "pin-spare-personal")
    unlock(spare, Tier.PERSONAL, "pin-spare-personal", clock.now() + timedelta(hours=1))
    assert spare.unwrap(Tier.PERSONAL, wrapped) == KEY
    print("the whole life passed")


def tree(home: Path, roots: Pkcs11Roots) -> None:
    places = [home / "one", home / "two"]
    Vault.create(places, roots).close()
    store = KeyStore(Vault(places, roots), "arch")
    key = store.new_file_key("oa", OBJECT)
    store.assign(OBJECT, {"oa": Tier.PERSONAL}, 2056)
    store.close_intake(OBJECT)
    assert store.open_key("oa") == key
    store.destroy_files(["oa"])
    assert code(lambda: store.open_key("oa")) == "archive.key-destroyed"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
