"""Signed notes, checkpoints and proof files: a published example, round trips, and everything that must not pass."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.ledger.keys import KEY_BYTES, LedgerKeys, generate_key_bytes
from archive.ledger.rules.merkle import hash_leaf, prove_inclusion
from archive.ledger.rules.notes import (
    Note,
    NoteError,
    cosigned_message,
    holds,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    parse_verifier_keys,
    signed_seconds,
    verify_checkpoint,
)
from archive.ledger.rules.proof_file import ProofFile, parse_proof, verify_proof
from archive.ledger.rules.tiles import TiledTree
from archive.ledger.terms import Checkpoint

ORIGIN = "anjuan.example/test/activity"
KEYS = LedgerKeys.from_bytes(ORIGIN, bytes(range(KEY_BYTES)))
VKEYS = KEYS.verifier_keys()
CHECKPOINT = Checkpoint(ORIGIN, 20852163, hash_leaf(b"root"))
SIGNED = KEYS.sign(CHECKPOINT, 1_679_315_147)

# the example in the documentation of golang.org/x/mod/sumdb/note
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_published_note_holds() -> None:
    key = parse_verifier_key(GO_KEY)
    note = parse_note(GO_NOTE.encode())
    assert key.text() == GO_KEY and note.dump() == GO_NOTE.encode()
    assert holds(note, note.signatures[0], key)
    assert not holds(Note(note.text.replace("answer", "Answer"), note.signatures), note.signatures[0], key)


def test_a_checkpoint_is_signed_by_both_keys() -> None:
    assert verify_checkpoint(SIGNED, VKEYS, ORIGIN) == CHECKPOINT
    note = parse_note(SIGNED)
    assert [len(line.signature) for line in note.signatures] == [64, 8 + 2420]
    assert signed_seconds(note) == 1_679_315_147
    assert tuple(parse_verifier_keys("# keys\n\n" + "\n".join(key.text() for key in VKEYS))) == VKEYS
    assert cosigned_message("a", 1, Checkpoint("bc", 2, b"\7" * 32)) == (
        b"subtree/v1\n\0" + b"\1a" + b"\0" * 7 + b"\1" + b"\2bc" + b"\0" * 8 + b"\0" * 7 + b"\2" + b"\7" * 32
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_passes(at: int, flip: int) -> None:
    changed = SIGNED[:at] + bytes([SIGNED[at] ^ flip]) + SIGNED[at + 1 :]
    with pytest.raises(NoteError):
        verify_checkpoint(changed, VKEYS, ORIGIN)


def test_every_pinned_key_must_have_signed() -> None:
    other = LedgerKeys.from_bytes(ORIGIN, generate_key_bytes())
    for keys, words in (((), "no verifier key"), (other.verifier_keys(), "has not signed")):
        with pytest.raises(NoteError, match=words):
            verify_checkpoint(SIGNED, keys)
    note = parse_note(SIGNED)
    for line in note.signatures:
        with pytest.raises(NoteError, match="has not signed"):
            verify_checkpoint(Note(note.text, (line,)).dump(), VKEYS)
    with pytest.raises(NoteError, match="not of"):
        verify_checkpoint(SIGNED, VKEYS, "another/log")
    # an unknown key beside the known ones does not harm
    added = Note(note.text, (*note.signatures, *parse_note(other.sign(CHECKPOINT, 1)).signatures)).dump()
    assert verify_checkpoint(added, VKEYS) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n",
        "o\n01\nAAAA\n",
        "o\n-1\nAAAA\n",
        "\n1\nAAAA\n",
        "o\n1\nAAAA\n",
        "o\n1\nAA=A\n",
        "o\n1\n" + "A" * 43 + "=\nx\n",
    ],
)
def test_texts_that_are_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"text\n", b"text\n\n", b"text\n\n\xff\n", b"te\0xt\n\n\xe2\x80\x94 a AAAAAAA=\n", b"t\n\n- a AAAAAAA=\n",
        b"t\n\n\xe2\x80\x94 a+b AAAAAAA=\n", b"t\n\n\xe2\x80\x94 a AAAA\n", b"t\n\n\xe2\x80\x94 a AAAAAAA=",
        b"t\n\n\xe2\x80\x94 a AAAAAAB=\n", b"x" * 70_000, b"t\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 17,
    ],
)  # fmt: skip
def test_bytes_that_are_no_note(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data)


@pytest.mark.parametrize("text", ["", "a", GO_KEY.replace("c74f", "c74e"), "a b+00000000+AQ==", "n+0+" + "A" * 44])
def test_texts_that_are_no_key(text: str) -> None:
    with pytest.raises(NoteError):
        parse_verifier_key(text)


def test_keys_sign_for_their_own_log_only() -> None:
    with pytest.raises(ValueError, match="does not sign"):
        KEYS.sign(Checkpoint("another/log", 1, b"\0" * 32), 1)
    for origin in ("", "a b", "a+b", "x" * 256):
        with pytest.raises(ValueError, match="not an origin"):
            LedgerKeys.from_bytes(origin, bytes(KEY_BYTES))
    with pytest.raises(ValueError, match="64 bytes"):
        LedgerKeys.from_bytes(ORIGIN, b"short")
    with pytest.raises(NoteError, match="1 to 255"):
        cosigned_message("", 1, CHECKPOINT)


def proof_of(index: int, size: int) -> tuple[bytes, list[bytes]]:
    """A proof file in a small log of its own, and the leaves of that log."""
    leaves = [f'{{"at":{at}}}'.encode() for at in range(size)]
    tree = TiledTree(lambda level, _: b"" if level else b"".join(map(hash_leaf, leaves)))
    signed = KEYS.sign(Checkpoint(ORIGIN, size, tree.root(size)), 5)
    return ProofFile(index, tuple(prove_inclusion(index, size, tree.complete)), signed, leaves[index]).dump(), leaves


def test_a_proof_file_is_verified_offline() -> None:
    data, leaves = proof_of(5, 13)
    proven = verify_proof(data, VKEYS, ORIGIN)
    assert (proven.index, proven.data, proven.checkpoint.size, proven.signers) == (5, leaves[5], 13, (ORIGIN, ORIGIN))
    assert data.startswith(b"c2sp.org/tlog-proof@v1\nextra ") and b"\nindex 5\n" in data
    assert parse_proof(data).dump() == data
    assert verify_proof(data, VKEYS, leaf=leaves[5]).index == 5
    for wrong in (leaves[4], b""):
        with pytest.raises(NoteError, match="not in the ledger"):
            verify_proof(data, VKEYS, leaf=wrong)


def test_a_changed_proof_proves_nothing() -> None:
    data, _ = proof_of(5, 13)
    head = data.index(b"\n\n")
    for at in range(head + 2):
        with pytest.raises(NoteError):
            verify_proof(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], VKEYS, ORIGIN)
    for broken in (
        b"", b"x\n\n", b"c2sp.org/tlog-proof@v1\n\n", data.replace(b"index 5", b"index 05"),
        data.replace(b"index 5", b"index x"), data.replace(b"index 5\n", b"index 5\n" + base64.b64encode(b"x") + b"\n"),
    ):  # fmt: skip
        with pytest.raises(NoteError):
            verify_proof(broken, VKEYS, ORIGIN)
