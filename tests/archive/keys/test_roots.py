"""Roots 根密钥: passphrases, shares, the drill, recovery; the unlock agent between processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.kernel.clock import FixedClock
from archive.kernel.refusals import Catalogue, Refusal
from archive.keys import passphrase_roots
from archive.keys.agent import AgentRoots, UnlockAgent
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.roots import unlock
from archive.keys.terms import Tier
from archive.keys.vault import Vault
from archive.keys.wraps import KeyDamaged
from tests.archive.keys.support import NOW, OBJECT, Bench, make, mode, secret

KEY = bytes(range(32))
LATER = NOW + timedelta(hours=8)


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    return [tmp_path / "one", tmp_path / "two"]


@pytest.fixture
def roots(tmp_path: Path, places: list[Path]) -> PassphraseRoots:
    return PassphraseRoots(places, tmp_path / "general.key", FixedClock(NOW), memory_kib=8)


def code(deed: object, *values: object) -> str:
    assert callable(deed)
    with pytest.raises(Refusal) as caught:
        deed(*values)
    return caught.value.code


def test_the_cost_is_the_stated_one_and_only_falls(places: list[Path]) -> None:
    assert (passphrase_roots.MEMORY_KIB, passphrase_roots.PASSES) == (256 * 1024, 3)
    with pytest.raises(ValueError):
        PassphraseRoots(places, places[0] / "k", FixedClock(NOW), memory_kib=512 * 1024)


def test_the_full_cost_works(places: list[Path], tmp_path: Path) -> None:
    roots = PassphraseRoots(places, tmp_path / "general.key", FixedClock(NOW))
    roots.create(Tier.SECRET, secret(Tier.SECRET))
    unlock(roots, Tier.SECRET, secret(Tier.SECRET), LATER)
    kdf = json.loads((places[1] / "roots" / "secret.json").read_text("utf-8"))["kdf"]
    assert (kdf["memory_kib"], kdf["passes"], kdf["name"]) == (262_144, 3, "argon2id")


def test_wrap_and_unwrap_each_tier_apart(roots: PassphraseRoots, places: list[Path]) -> None:
    roots.create(Tier.GENERAL)
    roots.create(Tier.TRADE, secret(Tier.TRADE))
    assert code(roots.wrap, Tier.GENERAL, KEY) == code(roots.wrap, Tier.TRADE, KEY) == "archive.tier-locked"
    roots.open_general()
    unlock(roots, Tier.TRADE, secret(Tier.TRADE), LATER)
    wrapped = roots.wrap(Tier.TRADE, KEY)
    assert roots.unwrap(Tier.TRADE, wrapped) == KEY and KEY not in wrapped
    with pytest.raises(KeyDamaged):
        roots.unwrap(Tier.GENERAL, wrapped)
    assert roots.tiers() == (Tier.GENERAL, Tier.TRADE)
    for place in places:
        assert mode(place / "roots") == 0o700 and mode(place / "roots" / "trade.json") == 0o600
    roots.lock(Tier.TRADE)
    assert code(roots.unwrap, Tier.TRADE, wrapped) == "archive.tier-locked"


def test_refused_secrets(roots: PassphraseRoots) -> None:
    assert code(roots.create, Tier.PERSONAL, "short") == "archive.passphrase-weak"
    assert code(roots.credential, Tier.PERSONAL, "any") == "archive.tier-root-missing"
    roots.create(Tier.PERSONAL, secret(Tier.PERSONAL))
    assert code(roots.create, Tier.PERSONAL, secret(Tier.PERSONAL)) == "archive.tier-root-exists"
    assert code(roots.credential, Tier.PERSONAL, "wrong passphrase") == "archive.tier-secret-wrong"
    assert code(roots.admit, Tier.PERSONAL, KEY, LATER) == "archive.tier-secret-wrong"
    with pytest.raises(ValueError):
        roots.admit(Tier.PERSONAL, roots.credential(Tier.PERSONAL, secret(Tier.PERSONAL)), datetime(2030, 1, 1))  # noqa: DTZ001
    assert not roots.is_unlocked(Tier.PERSONAL)


def test_shares_drill_and_recovery(roots: PassphraseRoots, places: list[Path], tmp_path: Path) -> None:
    words = roots.create(Tier.SECRET, secret(Tier.SECRET))
    other = roots.create(Tier.TRADE, secret(Tier.TRADE))
    unlock(roots, Tier.SECRET, secret(Tier.SECRET), LATER)
    wrapped = roots.wrap(Tier.SECRET, KEY)
    assert len(words) == 5 and len({*words}) == 5
    before = [(place / "roots" / "secret.json").read_bytes() for place in places]
    for chosen in (words[:3], words[2:], [words[4], words[0], words[2]], words, [words[0] + "  ", *words[:3]]):
        assert roots.drill(Tier.SECRET, chosen)
    for wrong in (words[:2], [words[0]] * 3, [*words[:2], other[2]], other[:3], ["nonsense"] * 3, []):
        assert not roots.drill(Tier.SECRET, wrong)
    assert before == [(place / "roots" / "secret.json").read_bytes() for place in places]
    assert code(roots.recover, Tier.SECRET, other[:3], "a new passphrase") == "archive.shares-unusable"
    roots.recover(Tier.SECRET, words[1:4], "a new passphrase")
    assert code(roots.credential, Tier.SECRET, secret(Tier.SECRET)) == "archive.tier-secret-wrong"
    for place in places:
        (place / "roots" / "secret.json").unlink()
    roots.recover(Tier.SECRET, words[2:], "the third passphrase")
    fresh = PassphraseRoots(places, tmp_path / "general.key", FixedClock(NOW), memory_kib=8)
    unlock(fresh, Tier.SECRET, "the third passphrase", LATER)
    assert fresh.unwrap(Tier.SECRET, wrapped) == KEY


def test_a_lost_key_file_of_general_is_recovered(roots: PassphraseRoots, tmp_path: Path) -> None:
    words = roots.create(Tier.GENERAL)
    assert mode(tmp_path / "general.key") == 0o600
    roots.open_general()
    wrapped = roots.wrap(Tier.GENERAL, KEY)
    (tmp_path / "general.key").unlink()
    roots.lock(Tier.GENERAL)
    with pytest.raises(FileNotFoundError):
        roots.open_general()
    roots.recover(Tier.GENERAL, words[:3], "")
    roots.open_general()
    assert roots.unwrap(Tier.GENERAL, wrapped) == KEY


def test_a_changed_passphrase_leaves_no_old_wrap(roots: PassphraseRoots, places: list[Path]) -> None:
    roots.create(Tier.TRADE, secret(Tier.TRADE))
    old = json.loads((places[0] / "roots" / "trade.json").read_text("utf-8"))["wrapped"]
    roots.change_secret(Tier.TRADE, secret(Tier.TRADE), "another passphrase")
    assert roots.credential(Tier.TRADE, "another passphrase")
    assert code(roots.credential, Tier.TRADE, secret(Tier.TRADE)) == "archive.tier-secret-wrong"
    assert not any(old in path.read_text("utf-8") for place in places for path in place.rglob("*.json"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Bench, AgentRoots]]:
    bench = make(tmp_path, Tier.PERSONAL)
    bench.roots.lock(Tier.PERSONAL)
    agent = UnlockAgent(tmp_path / "run" / "keys.sock", bench.roots)
    yield bench, AgentRoots(tmp_path / "run" / "keys.sock")
    agent.close()
    assert not (tmp_path / "run" / "keys.sock").exists()


def test_the_agent_unlocks_and_wraps_for_others(served: tuple[Bench, AgentRoots]) -> None:
    bench, client = served
    assert mode(bench.home / "run" / "keys.sock") == 0o600
    assert client.is_unlocked(Tier.GENERAL) and not client.is_unlocked(Tier.PERSONAL)
    assert code(client.wrap, Tier.PERSONAL, KEY) == "archive.tier-locked"
    assert code(client.admit, Tier.PERSONAL, KEY, LATER) == "archive.tier-secret-wrong"
    client.admit(Tier.PERSONAL, bench.roots.credential(Tier.PERSONAL, secret(Tier.PERSONAL)), LATER)
    assert bench.store.is_unlocked(Tier.PERSONAL)
    assert client.unwrap(Tier.PERSONAL, bench.roots.wrap(Tier.PERSONAL, KEY)) == KEY
    with pytest.raises(KeyDamaged):
        client.unwrap(Tier.GENERAL, client.wrap(Tier.PERSONAL, KEY))
    bench.clock.advance(timedelta(hours=9))
    assert not client.is_unlocked(Tier.PERSONAL)
    client.admit(Tier.PERSONAL, bench.roots.credential(Tier.PERSONAL, secret(Tier.PERSONAL)), LATER + timedelta(days=1))
    client.lock(Tier.PERSONAL)
    assert not bench.store.is_unlocked(Tier.PERSONAL)


def test_the_agent_gives_no_root_and_survives_nonsense(served: tuple[Bench, AgentRoots]) -> None:
    bench, client = served
    root = bench.roots.credential(Tier.PERSONAL, secret(Tier.PERSONAL))
    client.admit(Tier.PERSONAL, root, LATER)
    asked = [f'{{"op":"{name}","tier":"personal"}}\n'.encode() for name in ("root", "credential", "roots")]
    for line in (b"", b"[]\n", b"{}\n", *asked):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(bench.home / "run" / "keys.sock"))
            raw.sendall(line)
            raw.shutdown(socket.SHUT_WR)
            assert json.loads(raw.makefile("rb").readline()) == {"error": "not understood"}
    assert client.is_unlocked(Tier.PERSONAL)


def test_only_one_agent_and_an_absent_one_is_named(served: tuple[Bench, AgentRoots], tmp_path: Path) -> None:
    bench, _ = served
    assert code(UnlockAgent, bench.home / "run" / "keys.sock", bench.roots) == "archive.agent-running"
    assert code(AgentRoots(tmp_path / "none.sock").is_unlocked, Tier.GENERAL) == "archive.agent-absent"


def test_another_process_works_through_the_agent(served: tuple[Bench, AgentRoots]) -> None:
    bench, client = served
    key = bench.store.new_file_key("oa", OBJECT)
    program = (
        "import sys; from pathlib import Path; from archive.keys.agent import AgentRoots;"
        "from archive.keys.store import KeyStore; from archive.keys.vault import Vault;"
        "home = Path(sys.argv[1]); roots = AgentRoots(home / 'run' / 'keys.sock');"
        "store = KeyStore(Vault([home / 'one', home / 'two'], roots), 'arch');"
        "print(store.open_key('oa').hex(), store.new_file_key('ob', sys.argv[2]).hex())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(bench.home), OBJECT], check=True, capture_output=True, text=True
    ).stdout.split()
    assert told == [key.hex(), bench.store.open_key("ob").hex()]
    vault = Vault(bench.places, client)
    assert vault.settle().epoch == 1
    vault.close()


def test_every_refusal_of_this_room_has_its_text() -> None:
    catalogue = Catalogue.load(["archive"])
    folder = Path(passphrase_roots.__file__).parent
    named = {
        part.split('"')[0] for path in folder.glob("*.py") for part in path.read_text("utf-8").split('"archive.')[1:]
    }
    assert named and {f"archive.{name}" for name in named} <= set(catalogue.texts)
