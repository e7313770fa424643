"""Passwords 口令: Argon2id in PHC form; no default password, one-time passwords must be changed."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from archive.kernel.refusals import Refusal

LEAST_LENGTH = 10
_MEMORY_KIB = 64 * 1024
_PASSES = 3
_LANES = 1
_SYLLABLES = "bcdfghjkmnpqrstvwxyz"
_VOWELS = "aeiu"


def hash_password(password: str) -> str:
    """Argon2id hash 口令散列 in PHC form (64 MiB, 3 passes)."""
    kdf = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(password.encode("utf-8"))


def is_password(password: str, stored: str) -> bool:
    """Whether ``password`` is the one behind ``stored``."""
    try:
        Argon2id.verify_phc_encoded(password.encode("utf-8"), stored)
    except InvalidKey:
        return False
    return True


def check_new_password(password: str, login: str) -> None:
    """Refuses a password that is short or holds the login."""
    if len(password) < LEAST_LENGTH or login.lower() in password.lower():
        raise Refusal("access.password-weak", least=LEAST_LENGTH)


def one_time_password() -> str:
    """A random password that can be read aloud: 4 groups of 5 letters, about 60 bits."""
    groups = []
    for _ in range(4):
        signs = [secrets.choice(_SYLLABLES if place % 2 == 0 else _VOWELS) for place in range(5)]
        groups.append("".join(signs))
    return "-".join(groups)
