"""Rules of the ledger 存证规则: tree, tiles, notes, leaves, proofs and audit as arithmetic, without clock or store."""
