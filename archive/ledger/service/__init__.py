"""Deeds of the ledger 存证服务: record, sequence, sign, prove, verify, export."""

from archive.ledger.service.audit import verify_ledger
from archive.ledger.service.checkpoints import latest_checkpoint, sign_checkpoint
from archive.ledger.service.export import export_tiles
from archive.ledger.service.journal import DatabaseJournal, journal_maker
from archive.ledger.service.proofs import disclose, prove, prove_consistency, require_inclusion
from archive.ledger.service.reading import LedgerEntry, find_entries
from archive.ledger.service.sequencer import Sequencer, read_head, sequence

__all__ = [
    "DatabaseJournal",
    "LedgerEntry",
    "Sequencer",
    "disclose",
    "export_tiles",
    "find_entries",
    "journal_maker",
    "latest_checkpoint",
    "prove",
    "prove_consistency",
    "read_head",
    "require_inclusion",
    "sequence",
    "sign_checkpoint",
    "verify_ledger",
]
