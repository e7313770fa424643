"""The reference reader 参考读取程序 against objects made by the archive, whole and broken at every layer."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from archive.ocfl.validator import validate_object
from archive.seals.trial import renew_revocation_list
from archive.spec.editions import spec_files
from tests.spec.builders import PAPERS, RECORDING, Built, LedgerKeys, add_version, build_root, write_outside

LEDGER = LedgerKeys()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, dict[str, Path]]:
    folder = tmp_path_factory.mktemp("sealed")
    built = build_root(folder, spec_files())
    add_version(built, PAPERS, LEDGER.checkpoint(3))
    built.clock.advance(timedelta(days=30))
    add_version(built, RECORDING, LEDGER.checkpoint(8), recording=True)
    return built, write_outside(built, folder / "outside", LEDGER, LEDGER.checkpoint(9))


@pytest.fixture
def copied(sealed: tuple[Built, dict[str, Path]], tmp_path: Path) -> Path:
    target = tmp_path / "object"
    shutil.copytree(sealed[0].object, target)
    return target


def read(built: Built, *words: object) -> tuple[int, str]:
    """Runs the reader as it lies in the store root, alone: isolated mode sees neither the project nor its folder."""
    program = next((built.root / "extensions" / "anjuan-format").glob("*/anjuan_verify.py"))
    done = subprocess.run(
        [sys.executable, "-I", program, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_sealed_object_holds_and_what_each_layer_proves_is_said(sealed: tuple[Built, dict[str, Path]]) -> None:
    built, outside = sealed
    assert not [finding for finding in validate_object(built.object, deep=True) if finding.is_error]
    code, told = read(built, "verify", built.object, "--anchor", outside["anchor"])
    assert code == 0, told
    assert "v1 签名有效" in told and "v2 时间戳有效" in told and "TRIAL 试用" in told
    assert "not provable against this machine's owner" in told
    code, told = read(
        built, "verify", built.object, "--anchor", outside["anchor"],
        "--pin", outside["checkpoint"], "--vkey", outside["vkeys"],
    )  # fmt: skip
    assert code == 0, told
    assert "not provable" not in told and "账本有 8 条" in told


def test_every_file_is_restored_with_its_name(sealed: tuple[Built, dict[str, Path]], tmp_path: Path) -> None:
    built, outside = sealed
    out = tmp_path / "out"
    code, told = read(built, "decrypt", built.object, "--keys", outside["keys"], "--out", out)
    assert code == 0, told
    restored = {hashlib.sha256(path.read_bytes()).hexdigest() for path in out.rglob("*") if path.is_file()}
    assert restored == {hashlib.sha256(data).hexdigest() for data in (*PAPERS.values(), *RECORDING.values())}
    assert (out / "original" / "行政处罚决定书.pdf").exists()
    assert all(out in path.parents for path in tmp_path.rglob("询问笔录*"))


def test_a_missing_key_is_named_and_the_rest_is_restored(sealed: tuple[Built, dict[str, Path]], tmp_path: Path) -> None:
    built, _ = sealed
    export = built.export() | {"files": built.keys[1:], "inner_manifest": ""}
    (tmp_path / "keys.json").write_text(json.dumps(export))
    code, told = read(built, "decrypt", built.object, "--keys", tmp_path / "keys.json", "--out", tmp_path / "out")
    assert code == 0 and "没有密钥" in told and built.keys[0]["file"] in told


@pytest.mark.parametrize("change", ["key", "archive", "first_version", "object", "suite"])
def test_wrong_keys_or_context_open_nothing(sealed: tuple[Built, dict[str, Path]], tmp_path: Path, change: str) -> None:
    built, _ = sealed
    export = json.loads(json.dumps(built.export()))
    for one in export["files"]:
        if change == "key":
            one["key"] = "00" * 32
        elif change == "first_version":
            one["first_version"] += 1
    if change in export:
        export[change] += "x"
    (tmp_path / "keys.json").write_text(json.dumps(export))
    code, told = read(built, "decrypt", built.object, "--keys", tmp_path / "keys.json", "--out", tmp_path / "out")
    assert code == 1 and "FAILED" in told
    assert not list(tmp_path.glob("out/**/*.*"))


def rewrite_inventory(folder: Path, old: bytes, new: bytes) -> None:
    """What somebody with the disk can do: new bytes, and every unsigned digest made to fit again."""
    digests = {hashlib.sha512(old).hexdigest(): hashlib.sha512(new).hexdigest()}
    for _ in range(4):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (path.name.startswith(("manifest", "tagmanifest", "inventory.json"))):
                before = path.read_bytes()
                after = before
                for was, now in digests.items():
                    after = after.replace(was.encode(), now.encode())
                if after != before:
                    path.write_bytes(after)
                    digests[hashlib.sha512(before).hexdigest()] = hashlib.sha512(after).hexdigest()


def test_a_changed_byte_is_found(sealed: tuple[Built, dict[str, Path]], copied: Path) -> None:
    built, outside = sealed
    for path in sorted(copied.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        if path.name != "0=ocfl_object_1.1" and not path.name.endswith(".sha512"):
            code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
            assert code == 1 and "FAILED" in told, path
        path.write_bytes(data)


def test_a_consistent_rewrite_passes_the_digests_and_fails_at_the_signature(
    sealed: tuple[Built, dict[str, Path]], copied: Path
) -> None:
    built, outside = sealed
    target = next((copied / "v1" / "content" / "data").iterdir())
    old = target.read_bytes()
    new = old[:-1] + bytes([old[-1] ^ 1])
    target.write_bytes(new)
    rewrite_inventory(copied, old, new)
    code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1
    assert "固化信息相符" in told and "签名不是对该内容作出" in told


def test_another_anchor_extra_files_and_lost_versions_are_found(
    sealed: tuple[Built, dict[str, Path]], copied: Path, tmp_path: Path
) -> None:
    built, outside = sealed
    other = build_root(tmp_path / "other")
    (tmp_path / "other.pem").write_bytes(other.anchor_pem())
    code, told = read(built, "verify", built.object, "--anchor", tmp_path / "other.pem")
    assert code == 1 and "no chain to an anchor" in told
    (copied / "v1" / "content" / "extra").write_bytes(b"x")
    assert read(built, "verify", copied, "--anchor", outside["anchor"])[0] == 1
    (copied / "v1" / "content" / "extra").unlink()
    stored = next((copied / "v1" / "content" / "data").iterdir())
    stored.rename(tmp_path / "taken")
    code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1 and "missing or extra" in told
    (tmp_path / "taken").rename(stored)
    shutil.rmtree(copied / "v2")
    assert read(built, "verify", copied, "--anchor", outside["anchor"])[0] == 1


def test_a_swapped_stamp_is_found(sealed: tuple[Built, dict[str, Path]], copied: Path) -> None:
    built, outside = sealed
    first, second = (copied / f"v{n}/content/evidence/v{n}/seal.p7s.tsr" for n in (1, 2))
    old, new = second.read_bytes(), first.read_bytes()
    second.write_bytes(new)
    inventory = json.loads((copied / "inventory.json").read_text())
    digest = hashlib.sha512(old).hexdigest()
    path = inventory["manifest"].pop(digest)
    inventory["manifest"].setdefault(hashlib.sha512(new).hexdigest(), []).extend(path)
    state = inventory["versions"]["v2"]["state"]
    state.setdefault(hashlib.sha512(new).hexdigest(), []).extend(state.pop(digest))
    for place in (copied, copied / "v2"):
        write_inventory(place, inventory)
    code, text = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1 and "时间戳不是对该签名作出" in text


def test_a_damaged_file_is_not_restored(sealed: tuple[Built, dict[str, Path]], copied: Path, tmp_path: Path) -> None:
    built, outside = sealed
    target = next(path for path in copied.glob("v*/content/data/*") if path.name == built.keys[0]["file"])
    data = bytearray(target.read_bytes())
    data[-1] ^= 1
    target.write_bytes(data)
    code, told = read(built, "decrypt", copied, "--keys", outside["keys"], "--out", tmp_path / "out")
    assert code == 1 and "FAILED" in told


def test_a_seal_after_the_revocation_of_its_certificate_is_found(tmp_path: Path) -> None:
    built = build_root(tmp_path, spec_files())
    add_version(built, PAPERS, LEDGER.checkpoint(3))
    (tmp_path / "anchor.pem").write_bytes(built.anchor_pem())
    built.clock.advance(timedelta(days=1))
    renew_revocation_list(tmp_path / "authority", bytes(32), built.clock.now(), ("signer",))
    assert read(built, "verify", built.object, "--anchor", tmp_path / "anchor.pem")[0] == 0
    built.clock.advance(timedelta(days=1))
    add_version(built, RECORDING, LEDGER.checkpoint(8))
    code, told = read(built, "verify", built.object, "--anchor", tmp_path / "anchor.pem")
    assert code == 1 and "revoked by then" in told


def test_a_stamp_before_its_predecessor_is_found(tmp_path: Path) -> None:
    built = build_root(tmp_path, spec_files())
    add_version(built, PAPERS, LEDGER.checkpoint(3))
    (tmp_path / "anchor.pem").write_bytes(built.anchor_pem())
    built.clock.advance(timedelta(hours=-1))
    add_version(built, RECORDING, LEDGER.checkpoint(8))
    code, told = read(built, "verify", built.object, "--anchor", tmp_path / "anchor.pem")
    assert code == 1 and "runs backwards" in told


def write_inventory(place: Path, inventory: object) -> None:
    data = json.dumps(inventory).encode()
    (place / "inventory.json").write_bytes(data)
    (place / "inventory.json.sha512").write_text(f"{hashlib.sha512(data).hexdigest()} inventory.json\n")


def test_a_rewritten_history_and_a_wrong_sidecar_are_found(sealed: tuple[Built, dict[str, Path]], copied: Path) -> None:
    built, outside = sealed
    old = json.loads((copied / "v1" / "inventory.json").read_text())
    kept = (copied / "v1" / "inventory.json.sha512").read_text()
    state = old["versions"]["v1"]["state"]
    state.pop(next(iter(state)))
    write_inventory(copied / "v1", old)
    code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1 and "history was rewritten" in told
    (copied / "v1" / "inventory.json.sha512").write_text(kept)
    code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1 and "differs from its sidecar" in told


def test_a_stored_file_that_the_signed_manifest_does_not_list_is_found(
    sealed: tuple[Built, dict[str, Path]], copied: Path
) -> None:
    built, outside = sealed
    stranger = copied / "v2" / "content" / "data" / "ostranger"
    stranger.write_bytes(b"not signed by anybody")
    digest = hashlib.sha512(stranger.read_bytes()).hexdigest()
    inventory = json.loads((copied / "inventory.json").read_text())
    inventory["manifest"][digest] = ["v2/content/data/ostranger"]
    inventory["versions"]["v2"]["state"][digest] = ["data/ostranger"]
    for place in (copied, copied / "v2"):
        write_inventory(place, inventory)
    code, told = read(built, "verify", copied, "--anchor", outside["anchor"])
    assert code == 1 and "does not list the content" in told


def test_a_plaintext_that_is_not_the_recorded_one_is_found(tmp_path: Path) -> None:
    built = build_root(tmp_path, spec_files())
    add_version(built, PAPERS, LEDGER.checkpoint(3))
    built.files[0]["sha256"] = "0" * 64
    add_version(built, RECORDING, LEDGER.checkpoint(8))
    outside = write_outside(built, tmp_path / "outside", LEDGER, LEDGER.checkpoint(9))
    code, told = read(built, "decrypt", built.object, "--keys", outside["keys"], "--out", tmp_path / "out")
    assert code == 1 and "plaintext digest differs" in told


@pytest.mark.parametrize(
    ("pinned", "words"),
    [(LEDGER.checkpoint(7), "bring a newer one"), (LEDGER.checkpoint(8, bytes(32)), "forks"),
     (LEDGER.checkpoint(9, origin="other/log"), "FAILED"), (LedgerKeys(b"1" * 32).checkpoint(9), "has not signed"),
     (b"anjuan-ledger-pins v1\n", "one .checkpoint")],
    ids=["older", "forked", "another-log", "another-key", "pins"],
)  # fmt: skip
def test_a_checkpoint_that_does_not_fit_is_found(
    sealed: tuple[Built, dict[str, Path]], tmp_path: Path, pinned: bytes, words: str
) -> None:
    built, outside = sealed
    (tmp_path / "pin").write_bytes(pinned)
    code, told = read(
        built, "verify", built.object, "--anchor", outside["anchor"], "--pin", tmp_path / "pin",
        "--vkey", outside["vkeys"],
    )  # fmt: skip
    assert code == 1 and "FAILED" in told and words in told and "Error)" not in told


def test_the_reader_shares_no_code_with_the_archive() -> None:
    text = next(data for name, data in spec_files().items() if name.endswith("anjuan_verify.py")).decode()
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}
    assert not {"subprocess", "socket", "urllib"} & imported
    assert len(text.splitlines()) < 300
