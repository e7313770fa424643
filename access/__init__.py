"""Access 利用: who may see what, and how a copy leaves the house."""
