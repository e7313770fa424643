"""Founding an installation 建库命令: ``anjuan init``; asks or reads everything, leaves no default password."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from asn1crypto import pem

from access.doors.user_cli import write_secret
from access.identity.passwords import one_time_password
from access.service.people import add_duty, add_person
from access.terms import ALL_UNITS, Duty
from archive.doors.console import Console, pass_console
from archive.founding import Foundation, Plan, found_archive
from archive.installation import Ledgers
from archive.kernel.actor import machine_actor
from archive.kernel.clock import Clock, SystemClock
from archive.kernel.ids import UnitCode
from archive.kernel.ports import Ports
from archive.kernel.settings import FILE
from archive.kernel.work import Works
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.sealing_parts import anchors_of

ADMINISTRATORS = {
    "sysadmin": ("系统管理员", Duty.SYSADMIN),
    "security": ("安全保密管理员", Duty.SECURITY_ADMIN),
    "auditor": ("审计员", Duty.AUDITOR),
}


_FONDS_ZH = "给出 --fonds 全宗号（由同级档案馆编定）：它进入每个档号，以后不能更改"
_FONDS_EN = "give --fonds, the number that the state archive assigned: it enters every archival number for good"


@dataclass(frozen=True, slots=True)
class Founded:
    """Where founding left what only people may hold 建库交付物."""

    secrets_dir: Path
    ports: Ports


def found(
    plan: Plan,
    clock: Clock,
    open_ports: Callable[[Path], Ports],
    make_tables: Callable[[Ports], None],
    secrets_dir: Path,
) -> Founded:
    """Makes the installation and its three administrators 三员; shares, one-time passwords and anchors go to files.

    The folder ``secrets_dir`` is for people to carry away: five recovery shares a tier, one-time passwords, the root
    certificates and ledger keys to pin outside.
    """
    foundation = found_archive(plan, clock)
    secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_shares(foundation, secrets_dir)
    ports = open_ports(plan.path)
    make_tables(ports)
    with ports.get(Works).work(machine_actor("founding", "anjuan init")) as work:
        work.journal.record("archive.founded", foundation.home.settings.bureau.archive_id, {"grade": plan.grade})
        for login, (name, duty) in ADMINISTRATORS.items():
            password = one_time_password()
            person = add_person(work, login, name, UnitCode("*"), password)
            add_duty(work, person, duty, ALL_UNITS)
            write_secret(secrets_dir / f"{login}.one-time-password", password)
    write_anchors(ports, secrets_dir)
    return Founded(secrets_dir, ports)


def write_anchors(ports: Ports, folder: Path) -> None:
    """Root certificates and ledger keys, to be pinned on another machine; the first checkpoint for the witness."""
    certificates = anchors_of(ports.get(Holdings).sealing)
    ledgers = ports.get(Ledgers)
    (folder / "anchor.pem").write_bytes(b"".join(pem.armor("CERTIFICATE", der) for der in certificates))
    (folder / "ledger.vkeys").write_text(ledgers.verifier_keys(), "utf-8")
    if ledgers.witness is not None:
        ledgers.witness.folder.mkdir(parents=True, exist_ok=True)
        ledgers.tell_witness()


def read_passphrases(folder: Path, *, generate: bool) -> Mapping[Tier, str]:
    """``<tier>.txt`` for every tier above general; with ``generate`` missing ones are made and written there."""
    found: dict[Tier, str] = {}
    for tier in Tier:
        if tier is Tier.GENERAL:
            continue
        path = folder / f"{tier}.txt"
        if not path.exists() and generate:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_secret(path, secrets.token_urlsafe(24))
        if path.exists():
            found[tier] = path.read_text("utf-8").strip()
    return found


def _write_shares(foundation: Foundation, folder: Path) -> None:
    for tier, shares in foundation.shares.items():
        for number, words in enumerate(shares, start=1):
            write_secret(folder / f"share-{tier}-{number}.txt", words)


def make_init(open_ports: Callable[[Path], Ports], make_tables: Callable[[Ports], None]) -> click.Command:
    """The command ``init``, given how an installation is opened."""

    @click.command("init", help="建库：选定安装级别，建立密钥、账本、三员 · found an installation")
    @click.option("--grade", required=True, type=click.Choice(["ordinary", "classified", "trial"]))
    @click.option("--bureau", default="", help="机关名称 · name of the bureau")
    @click.option("--fonds", default="", help="全宗号，进入每个档号，以后不改 · fonds number, in every archival number")
    @click.option("--category", default="", help="类别号，默认 ZY · archival category code")
    @click.option("--passphrase-dir", required=True, type=click.Path(path_type=Path), help="<tier>.txt")
    @click.option("--generate", is_flag=True, help="生成缺少的口令 · make missing passphrases")
    @click.option("--secrets-dir", required=True, type=click.Path(path_type=Path), help="份额、一次性口令、外部锚")
    @click.option("--second-place", default="", help="第二处密钥存放 · second place of keys")
    @click.option("--witness", default="", help="见证文件夹 · witness folder on another medium")
    @pass_console
    def init(
        console: Console,
        grade: str,
        bureau: str,
        fonds: str,
        category: str,
        passphrase_dir: Path,
        generate: bool,
        secrets_dir: Path,
        second_place: str,
        witness: str,
    ) -> None:
        """Chosen once: the grade is never changed."""
        passphrases = read_passphrases(passphrase_dir, generate=generate)
        if grade != "trial" and not fonds and not (console.home / FILE).exists():
            raise click.UsageError(console.say(_FONDS_ZH, _FONDS_EN))
        plan = Plan(console.home, grade, passphrases, bureau, second_place, witness, fonds=fonds, category=category)
        founded = found(plan, SystemClock(), open_ports, make_tables, secrets_dir)
        said = console.say(
            f"已建库（{grade}）。份额、一次性口令、外部锚在 {founded.secrets_dir}：请分别交给保管人，勿留在本机。\n"
            f"下一步：三员 {'、'.join(ADMINISTRATORS)} 各用一次性口令执行 user password，再由其开账户、任岗位。",
            f"founded ({grade}). Shares, one-time passwords and anchors are in {founded.secrets_dir}: carry it away.\n"
            f"Next: {', '.join(ADMINISTRATORS)} each run user password, then make accounts and give duties.",
        )
        console.answer({"home": str(console.home), "secrets": str(founded.secrets_dir)}, lambda: click.echo(said))

    return init
