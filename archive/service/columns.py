"""Encrypted columns 加密列: how descriptions are written to and read from the tables of the holdings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from archive.facts import Facts
from archive.kernel.canonical import canonical
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ports import Holdings, TextCipher, object_id
from archive.terms import Tier

F = TypeVar("F", bound=Facts)


@dataclass(frozen=True, slots=True)
class Columns:
    """The encrypted columns of one case 案卷加密列. Before the seal all lie under the intake key, after it each lies
    under the key class of its own marking.
    """

    holdings: Holdings
    case_id: CaseId
    sealed: bool
    _opened: dict[Tier, TextCipher] = field(default_factory=dict, repr=False, compare=False)

    def cipher(self, tier: Tier) -> TextCipher:
        """The cipher of ``tier``, opened once for the deed; refuses when it is locked."""
        if tier not in self._opened:
            self._opened[tier] = self._open(tier)
        return self._opened[tier]

    def _open(self, tier: Tier) -> TextCipher:
        keys = self.holdings.keys
        return keys.text_cipher(self._object, tier) if self.sealed else keys.intake_cipher(self._object)

    @property
    def _object(self) -> str:
        return object_id(self.case_id)

    def write(self, row_id: str, tier: Tier, facts: Facts) -> bytes:
        """``facts`` as a column of the row ``row_id``; the row's id is bound to it, so rows cannot be swapped."""
        return self.write_text(row_id, tier, canonical(facts.plain()).decode())

    def write_text(self, row_id: str, tier: Tier, text: str) -> bytes:
        """The same for plain text."""
        return self.cipher(tier).encrypt(row_id, text)

    def read(self, kind: type[F], row_id: str, tier: Tier, stored: bytes) -> F:
        """The facts in a column; refuses when the tier is locked."""
        return kind.model_validate_json(self.read_text(row_id, tier, stored))

    def read_text(self, row_id: str, tier: Tier, stored: bytes) -> str:
        """The text in a column."""
        return self.cipher(tier).decrypt(row_id, stored)

    def peek(self, kind: type[F], row_id: str, tier: Tier, stored: bytes) -> F | None:
        """The facts, or None while the tier is locked: a list shows "待解锁" and goes on."""
        try:
            return self.read(kind, row_id, tier, stored)
        except Refusal as refusal:
            if refusal.code == "archive.tier-locked":
                return None
            raise
