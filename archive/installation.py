"""Installation 安装: founds an archive on this machine and opens it again: keys, ledgers, seals, store, database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from archive.kernel.adapters import load_adapter
from archive.kernel.clock import Clock
from archive.kernel.database import Sessions, make_engine, make_sessions
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.settings import Home
from archive.keys.agent import AgentRoots
from archive.keys.passphrase_roots import MEMORY_KIB, PassphraseRoots
from archive.keys.roots import RootProvider
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.keys.vault import Vault
from archive.ledger.keys import LedgerKeys
from archive.ledger.rules.notes import VerifierKey
from archive.ledger.rules.outside import of_ledger
from archive.ledger.service.audit import verify_ledger
from archive.ledger.service.checkpoints import sign_checkpoint
from archive.ledger.service.reading import LedgerEntry, find_entries
from archive.ledger.service.sequencer import Sequencer
from archive.ledger.terms import LedgerFinding, LedgerName, Pin
from archive.ledger.witness import FolderWitness
from archive.stores.local import LocalStore

NO_UNIT = ("", "*")  # what concerns no unit, or every one
AGENT_SOCKET = ("run", "unlock.sock")


@dataclass(frozen=True, slots=True)
class KeyBodies:
    """Keys of ledger bodies 账本内容密钥: one for each unit, year and tier, so that each can be shredded alone."""

    keys: KeyStore

    def key_for(self, unit: str, year: int, tier: str) -> tuple[str, bytes]:
        """The key for new bodies; refuses while the tier is locked: who records below a tier leaves its words out."""
        key_id = f"{tier}/{year}/{unit.encode().hex() if unit not in NO_UNIT else '-'}"
        return key_id, self.open(key_id)

    def open(self, key_id: str) -> bytes:
        """The key of that id; refuses when its tier is locked or the key was destroyed."""
        tier, _, rest = key_id.partition("/")
        return self.keys.derive(f"ledger/{rest}", Tier(tier))


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Both ledgers of an installation 存证账本: sequencing, checkpoints, witness."""

    sessions: Sessions
    clock: Clock
    signing: Mapping[str, LedgerKeys]
    witness: FolderWitness | None
    bodies: KeyBodies

    def newest(self) -> bytes:
        """The newest checkpoint of the activity ledger; everything inserted so far is sequenced first."""
        return self.checkpoint(LedgerName.ACTIVITY)

    def checkpoint(self, ledger: str) -> bytes:
        """Sequences what waits and signs the head of ``ledger``."""
        Sequencer(self.sessions).run((ledger,))
        with self.sessions() as session, session.begin():
            return sign_checkpoint(session, ledger, self.signing[ledger], self.clock.now())

    def sequence(self) -> dict[str, int]:
        """Gives every waiting entry its leaf."""
        return Sequencer(self.sessions).run()

    def tell_witness(self) -> tuple[bytes, ...]:
        """Gives the witness the newest checkpoint of both ledgers; refuses when no witness is set up."""
        if self.witness is None:
            raise Refusal("archive.witness-absent")
        notes = tuple(self.checkpoint(ledger) for ledger in LedgerName)
        for note in notes:
            self.witness.tell(note)
        return notes

    def entries(self, kind: str, subject: str) -> list[LedgerEntry]:
        """What the activity ledger recorded of that kind about that subject, newest first."""
        with self.sessions() as session:
            return find_entries(session, LedgerName.ACTIVITY, self.bodies, kind=kind, subject=subject, limit=1000)

    def audit(self, pins: Sequence[Pin], keys: Sequence[VerifierKey]) -> list[LedgerFinding]:
        """Audits both ledgers against what was pinned outside. Between its parts others may write."""
        with self.sessions() as session:
            return [
                finding
                for ledger in LedgerName
                for finding in verify_ledger(
                    session, ledger, *of_ledger(ledger, pins, keys), now=self.clock.now(), between=session.commit
                )
            ]

    def verifier_keys(self) -> str:
        """The public keys of both ledgers, one a line, to be kept outside this machine."""
        return "".join(f"{key.text()}\n" for keys in self.signing.values() for key in keys.verifier_keys())


def key_places(home: Home) -> tuple[Path, ...]:
    """The folders that each hold all wrapped keys."""
    return tuple(Path(place) for place in home.settings.keys.places) or (home.place("keys", "a"),)


def passphrase_roots(home: Home, clock: Clock, *, memory_kib: int | None = None) -> PassphraseRoots:
    """The root provider on passphrases, nothing opened yet."""
    key_file = home.settings.keys.general_key_file or home.place("keys", "general.key")
    return PassphraseRoots(key_places(home), Path(key_file), clock, memory_kib=memory_kib or MEMORY_KIB)


def open_roots(home: Home, clock: Clock) -> RootProvider:
    """Roots for this process: those of the serving process when it answers, else ``general`` by its key file."""
    if home.settings.keys.roots == "pkcs11":
        make = load_adapter("archive.keys.pkcs11_roots:open_pkcs11_roots")
        part = home.settings.keys
        found: RootProvider = make(Path(part.pkcs11_module), part.pkcs11_token, Path(part.pkcs11_pin_file), clock)
        return found
    socket = home.place(*AGENT_SOCKET)
    if socket.is_socket():
        agent = AgentRoots(socket)
        try:
            agent.is_unlocked(Tier.GENERAL)
        except Refusal:
            pass
        else:
            return agent
    roots = passphrase_roots(home, clock)
    roots.open_general()
    return roots


def open_keys(home: Home, roots: RootProvider) -> KeyStore:
    """The key store of the installation."""
    return KeyStore(Vault(key_places(home), roots), home.settings.bureau.archive_id)


def open_ledgers(home: Home, keys: KeyStore, sessions: Sessions, clock: Clock) -> Ledgers:
    """Both ledgers with their signing keys."""
    archive_id = home.settings.bureau.archive_id
    signing = {
        str(ledger): LedgerKeys.from_bytes(
            f"anjuan/{archive_id}/{ledger}",
            keys.derive(f"ledger-sign/{ledger}/ed25519", Tier.GENERAL)
            + keys.derive(f"ledger-sign/{ledger}/ml-dsa-44", Tier.GENERAL),
        )
        for ledger in LedgerName
    }
    folder = home.settings.witness.folder
    return Ledgers(sessions, clock, signing, FolderWitness(Path(folder)) if folder else None, KeyBodies(keys))


def open_store(home: Home) -> LocalStore:
    """The store that settings name."""
    make = load_adapter(home.settings.store.adapter)
    store: LocalStore = make(home.store_root)
    return store


def open_sessions(home: Home) -> Sessions:
    """The database of the installation."""
    if not home.settings.database.url:
        home.place("db").mkdir(parents=True, exist_ok=True, mode=0o700)
    return make_sessions(make_engine(home.database_url))


def new_archive_id() -> str:
    """An opaque identifier of an installation."""
    return secrets.token_hex(8)


def unlock_for(roots: PassphraseRoots, secrets_by_tier: Mapping[Tier, str], clock: Clock, hours: int) -> None:
    """Opens tiers in this process for a stated time."""
    until = clock.now() + timedelta(hours=hours)
    for tier, secret in secrets_by_tier.items():
        roots.admit(tier, roots.credential(tier, secret), until)


def unlocked_roots(home: Home, clock: Clock, folder: Path, hours: int = 12) -> PassphraseRoots:
    """Roots of this process with every tier opened whose passphrase lies in ``folder`` (``<tier>.txt``)."""
    roots = passphrase_roots(home, clock)
    roots.open_general()
    found = {tier: folder / f"{tier}.txt" for tier in Tier if tier is not Tier.GENERAL}
    given: dict[Tier, str] = {tier: path.read_text("utf-8").strip() for tier, path in found.items() if path.exists()}
    unlock_for(roots, given, clock, hours)
    return roots


def upgrade_database(ports: Ports) -> None:
    """Makes or upgrades the tables of the installation."""
    load_adapter("archive.migrations.running:upgrade_to_head")(ports.get(Sessions).kw["bind"])
