"""Command line of the holdings 馆藏命令: case, verify, keys, ledger, doctor, config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.doors import calendar_cli
from archive.doors.anchors import read_anchors
from archive.doors.console import Console, pass_console
from archive.doors.property_cli import four_properties
from archive.doors.references import find_case
from archive.installation import AGENT_SOCKET, Ledgers, passphrase_roots
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.clock import Clock
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.settings import Home
from archive.kernel.work import Works
from archive.keys.agent import AgentRoots
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.service.auditing import audit_ledgers, prove_entry, sign_checkpoints
from archive.service.exporting import export_case, export_keys
from archive.service.health import compare, examine
from archive.service.reading import CaseLine, CaseView, SealLine, get_case, list_cases, verifiable_cases
from archive.service.unlocking import back_up_keys, drill_shares, unlock_tier
from archive.service.verifying import verify_case
from archive.service.volumes import write_volume
from archive.terms import LayerResult

STATES = {
    "accepted": ("已接收", "accepted"),
    "awaiting-unlock": ("待解锁", "awaiting unlock"),
    "awaiting-stamp": ("待盖时间戳", "awaiting stamp"),
    "sealed": ("已封存", "sealed"),
    "destroyed": ("已销毁", "destroyed"),
}
LIGHTS = {"red": ("故障", "red"), "amber": ("须留意", "amber"), "green": ("正常", "green")}
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TIERS = click.Choice([str(tier) for tier in Tier])


@click.group("case", help="案卷：列表、查看、导出 · case files")
def case_group() -> None:
    """Case files."""


@case_group.command("list", help="列出本人可见的案卷 · list the case files you may know of")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@pass_console
def case_list(console: Console, limit: int) -> None:
    """Cases, newest first."""
    holdings = console.ports.get(Holdings)
    with holdings.works.work(console.actor()) as work:
        lines = list_cases(work, holdings, limit=limit)
    rows = [_case_row(console, line) for line in lines]
    columns = _CASE_ZH if console.say("zh", "") else _CASE_EN
    console.answer(
        {"cases": [_case_json(line) for line in lines]},
        lambda: console.table(console.say("案卷", "Case files"), columns, rows),
    )


_CASE_ZH = ("档号", "题名", "状态", "件", "结案", "标识")
_CASE_EN = ("reference", "title", "state", "items", "closed", "id")


@case_group.command("show", help="查看一个案卷 · show one case file")
@click.argument("ref")
@pass_console
def case_show(console: Console, ref: str) -> None:
    """One case as this person may see it."""
    holdings = console.ports.get(Holdings)
    actor = console.actor()
    case_id = find_case(console, ref)
    with holdings.works.work(actor) as work:
        view = get_case(work, holdings, case_id)
    items = _item_rows(console, view)
    names = ("code", "title", "type", "pages", "rendition", "item")
    columns = _ITEMS_ZH if console.say("zh", "") else names
    told = [dict(zip(names, item, strict=True)) for item in items]
    seals = [_seal_json(seal) for seal in view.seals]
    console.answer(
        {"case": _case_json(view.line), "items": told, "seals": seals},
        lambda: _print_case(console, view, columns, items),
    )


@case_group.command("export", help="导出封存对象与所选密钥层的密钥 · export the sealed object and key exports")
@click.argument("ref")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--tier", "tiers", multiple=True, type=TIERS, help="密钥层，可多次 · key tiers to export")
@pass_console
def case_export(console: Console, ref: str, folder: Path, tiers: Sequence[str]) -> None:
    """The object as it lies, with key exports of the chosen tiers."""
    holdings = console.ports.get(Holdings)
    actor = console.actor()
    case_id = find_case(console, ref)
    written = export_case(holdings, actor, case_id, folder)
    keys = [str(export_keys(holdings, actor, case_id, Tier(tier), folder)) for tier in tiers]
    console.answer(
        {"object": str(written), "keys": keys},
        lambda: console.terminal.print(console.say(f"已导出到 {written}", f"exported to {written}"), markup=False),
    )


@case_group.command("volume", help="整卷合订为一个 PDF/A，供内部查阅 · one volume as one PDF/A, to be read inside")
@click.argument("ref")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--volume", "number", default=1, show_default=True, type=click.IntRange(1), help="卷次 · which volume")
@pass_console
def case_volume(console: Console, ref: str, out: Path, number: int) -> None:
    """Every item of the volume that this person may read, behind cover and contents list."""
    written = write_volume(console.ports.get(Holdings), console.actor(), find_case(console, ref), number, out)
    said = console.say(
        f"已写入 {written}；内部查阅件，不得作为复制件出具", f"written to {written}; not a certified copy"
    )
    console.answer({"volume": str(written)}, lambda: console.terminal.print(said, markup=False))


@click.command("verify", help="验封：逐层核查 · verify every layer of sealed cases")
@click.argument("ref", required=False)
@click.option("--all", "everything", is_flag=True, help="全部案卷 · every case")
@click.option("--deep", is_flag=True, help="解密并核对内容 · decrypt and compare content")
@click.option("--anchor", "anchors", multiple=True, type=FILE, help="根证书 PEM · pinned roots")
@click.option("--pins", "pins", multiple=True, type=FILE, help="见证检查点 · pinned checkpoints")
@click.option("--vkeys", "vkeys", type=FILE, help="账本公钥 · ledger keys")
@pass_console
def verify(
    console: Console,
    ref: str | None,
    everything: bool,
    deep: bool,
    anchors: Sequence[Path],
    pins: Sequence[Path],
    vkeys: Path | None,
) -> None:
    """Each layer, what it proves, against whom; exit code 3 when anything is broken."""
    if (ref is None) is not everything:
        raise click.UsageError(console.say("给出一个案卷，或用 --all", "name one case, or --all"))
    holdings = console.ports.get(Holdings)
    actor = console.actor() if console.login else machine_actor("verify", "command line")
    pinned = read_anchors(console.ports, anchors, pins, vkeys)
    found = {}
    for case_id in _cases_to_verify(console, actor, ref):
        found[str(case_id)] = verify_case(holdings, actor, case_id, pinned, deep=deep)
        if not console.as_json:
            _print_layers(console, str(case_id), found[str(case_id)])
    broken = [name for name, layers in found.items() if not all(layer.ok for layer in layers)]
    if console.as_json:
        told = {name: [_layer_json(one) for one in layers] for name, layers in found.items()}
        console.answer({"cases": told}, lambda: None)
    if broken:
        raise Refusal("archive.seal-broken", cases="、".join(broken))


@click.group("keys", help="密钥：解锁、导出、演练 · keys")
def keys_group() -> None:
    """Keys."""


@keys_group.command("unlock", help="为服务进程解锁密钥层（保密员）· unlock a tier in the serving process")
@click.option("--tier", "tier", required=True, type=TIERS)
@click.option("--passphrase-file", default="", type=click.Path(), help="口令文件 · file with the passphrase")
@click.option("--hours", default=9, show_default=True, type=click.IntRange(1, 24))
@pass_console
def keys_unlock(console: Console, tier: str, passphrase_file: str, hours: int) -> None:
    """Opens a tier for a stated time in the process that serves."""
    home, clock = console.ports.get(Home), console.ports.get(Clock)  # type: ignore[type-abstract]
    officer = console.actor()
    secret = console.secret(passphrase_file, console.say("口令", "Passphrase"))
    roots, serving = passphrase_roots(home, clock), AgentRoots(home.place(*AGENT_SOCKET))
    works = console.ports.get(Works)
    until = unlock_tier(works, officer, serving, Tier(tier), lambda: roots.credential(Tier(tier), secret), hours)
    console.answer(
        {"tier": tier, "until": until.isoformat()},
        lambda: console.terminal.print(console.say(f"{tier} 已解锁 {hours} 小时", f"{tier} unlocked for {hours} h")),
    )


@keys_group.command("export", help="导出一个案卷某密钥层的密钥（参考解密器用）· key export for the reference decryptor")
@click.argument("ref")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--tier", "tier", required=True, type=TIERS)
@pass_console
def keys_export(console: Console, ref: str, folder: Path, tier: str) -> None:
    """One tier's keys of one case."""
    path = export_keys(console.ports.get(Holdings), console.actor(), find_case(console, ref), Tier(tier), folder)
    console.answer({"keys": str(path)}, lambda: console.terminal.print(str(path), markup=False))


@keys_group.command("drill", help="恢复份额演练：三份重组并核对，不改变任何东西 · recovery drill")
@click.option("--tier", "tier", required=True, type=TIERS)
@click.option("--share-file", "shares", multiple=True, required=True, type=FILE)
@pass_console
def keys_drill(console: Console, tier: str, shares: Sequence[Path]) -> None:
    """Recombines three shares and compares with the root's commitment."""
    home, clock = console.ports.get(Home), console.ports.get(Clock)  # type: ignore[type-abstract]
    officer = console.actor()
    words = [path.read_text("utf-8").strip() for path in shares]
    drill_shares(console.ports.get(Works), officer, passphrase_roots(home, clock), Tier(tier), words)
    console.answer(
        {"tier": tier, "ok": True}, lambda: console.terminal.print(console.say("演练通过", "the drill passed"))
    )


@keys_group.command("backup", help="备份密钥库到新文件夹（只含已加密的密钥）· back the wrapped keys up")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@pass_console
def keys_backup(console: Console, folder: Path) -> None:
    """The store remembers the folder, so that a destruction reaches it."""
    epoch = back_up_keys(console.ports.get(Works), console.actor(), console.ports.get(KeyStore), folder)
    said = console.say(f"已备份到 {folder}（第 {epoch} 期）", f"backed up to {folder} (epoch {epoch})")
    console.answer({"folder": str(folder), "epoch": epoch}, lambda: console.terminal.print(said))


@click.group("ledger", help="存证账本：检查点、证明、核查 · ledger")
def ledger_group() -> None:
    """The tamper-evident history."""


@ledger_group.command("checkpoint", help="签署检查点；--witness 时交付见证 · sign a checkpoint")
@click.option("--witness", is_flag=True, help="交付见证文件夹 · give it to the witness")
@click.option("--out", "out", type=click.Path(path_type=Path), help="写入文件 · write the notes there")
@pass_console
def ledger_checkpoint(console: Console, witness: bool, out: Path | None) -> None:
    """Signs the heads of both ledgers."""
    ledgers = console.ports.get(Ledgers)
    notes = sign_checkpoints(console.ports.get(Works), console.actor(), ledgers, witness=witness)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, note in zip(ledgers.signing, notes, strict=True):
            (out / f"{name}.checkpoint").write_bytes(note)
        (out / "ledger.vkeys").write_text(ledgers.verifier_keys(), "utf-8")
    text = [note.decode("utf-8").split("\n\n", 1)[0] for note in notes]
    console.answer({"checkpoints": text}, lambda: console.terminal.print("\n\n".join(text), markup=False))


@ledger_group.command("prove", help="一个事件的离线证明（tlog-proof）· proof of one entry")
@click.argument("entry")
@click.argument("out", type=click.Path(path_type=Path))
@pass_console
def ledger_prove(console: Console, entry: str, out: Path) -> None:
    """A proof file that a person can verify offline."""
    out.write_bytes(prove_entry(console.ports.get(Works), console.actor(), console.ports.get(Ledgers), entry))
    console.answer({"proof": str(out)}, lambda: console.terminal.print(str(out), markup=False))


@ledger_group.command("verify", help="核查账本，外部锚由参数给出 · audit both ledgers")
@click.option("--pins", "pins", multiple=True, type=FILE)
@click.option("--vkeys", "vkeys", type=FILE)
@pass_console
def ledger_verify(console: Console, pins: Sequence[Path], vkeys: Path | None) -> None:
    """Everything that is wrong with the ledgers; exit code 3 when anything is."""
    auditor = console.actor()
    pinned = read_anchors(console.ports, (), pins, vkeys)
    works, ledgers = console.ports.get(Works), console.ports.get(Ledgers)
    found = audit_ledgers(works, auditor, ledgers, pinned.pins, pinned.ledger_keys)
    rows = [(str(f.code), f.ledger, f.entry_id, console.say(f.zh, f.en)) for f in found]
    columns = tuple(console.say("代码 账本 条目 说明", "code ledger entry detail").split())
    console.answer(
        {"findings": [dict(zip(("code", "ledger", "entry", "detail"), row, strict=True)) for row in rows]},
        lambda: console.table(console.say("账本核查", "Ledger audit"), columns, rows),
    )
    if any(not finding.is_note for finding in found):
        raise Refusal("archive.ledger-broken", count=sum(not finding.is_note for finding in found))


@click.command("doctor", help="体检：各部件状态 · the state of every part")
@pass_console
def doctor(console: Console) -> None:
    """Red, amber, green for every part, with what to do."""
    holdings = console.ports.get(Holdings)
    report = [compare(holdings), *examine(console.ports.get(Home), console.ports.get(KeyStore), holdings)]
    rows = [(console.say(*LIGHTS[r.light]), console.say(r.part_zh, r.part_en), console.say(r.zh, r.en)) for r in report]
    columns = (console.say("状态", "state"), console.say("部件", "part"), console.say("说明", "details"))
    console.answer(
        {"parts": [{"light": r.light, "part": r.part_en, "detail": r.en} for r in report]},
        lambda: console.table(console.say("体检", "Doctor"), columns, rows),
    )


@click.group("config", help="设置 · settings")
def config_group() -> None:
    """Settings."""


@config_group.command("show", help="每项设置的有效值及来源 · effective values and where they come from")
@pass_console
def config_show(console: Console) -> None:
    """Every setting with value and source."""
    rows = list(console.ports.get(Home).effective())
    columns = tuple(console.say("名称 值 来源 含义", "name value source meaning").split())
    console.answer(
        {name: {"value": value, "source": source} for name, value, source, _ in rows},
        lambda: console.table(console.say("设置", "Settings"), columns, rows),
    )


def _cases_to_verify(console: Console, actor: Actor, ref: str | None) -> Sequence[CaseId]:
    if ref is not None:
        return [find_case(console, ref)]
    with console.ports.get(Holdings).works.work(actor) as work:
        return verifiable_cases(work)


def _print_layers(console: Console, name: str, layers: Sequence[LayerResult]) -> None:
    console.terminal.print(f"\n{name}", markup=False)
    for layer in layers:
        sign = console.say("通过", "ok") if layer.ok else console.say("不符", "BROKEN")
        trial = " TRIAL 试用" if layer.trial else ""
        words = console.say(layer.proves_zh, layer.proves_en)
        console.terminal.print(f"  {sign:6} {layer.name:12}{trial} {words} — {layer.detail}", markup=False)
        for finding in layer.findings[:20]:
            console.terminal.print(
                f"         {finding.severity}: {finding.code} {finding.where} "
                f"{console.say(finding.detail, finding.detail_en or finding.detail)}",
                markup=False,
            )


def _layer_json(layer: LayerResult) -> dict[str, object]:
    findings = [{"code": f.code, "where": f.where, "detail": f.detail, "severity": f.severity} for f in layer.findings]
    return {"layer": layer.name, "ok": layer.ok, "trial": layer.trial, "detail": layer.detail, "findings": findings}


def _case_json(line: CaseLine) -> dict[str, object]:
    return {
        "id": line.case_id,
        "reference": line.reference_code,
        "title": line.facts.title if line.facts else None,
        "state": str(line.state),
        "items": line.items,
        "closed_on": line.closed_on.isoformat(),
    }


def _case_row(console: Console, line: CaseLine) -> tuple[str, ...]:
    state = console.say(*STATES[str(line.state)])
    return (line.reference_code, _title(console, line), state, str(line.items), str(line.closed_on), line.case_id)


_ITEMS_ZH = ("件号", "题名", "文种", "页数", "版本形式", "标识")


def _item_rows(console: Console, view: CaseView) -> list[tuple[str, ...]]:
    return [
        (
            f"{volume.reference_code}-{item.sequence:03d}",
            item.facts.title if item.facts else _hidden(console, item.withheld),
            item.doc_type,
            str(item.page_count or ""),
            item.rendition,
            item.item_id,
        )
        for volume in view.volumes
        for item in volume.items
    ]


def _print_case(console: Console, view: CaseView, columns: tuple[str, ...], items: Sequence[tuple[str, ...]]) -> None:
    line = view.line
    console.terminal.print(f"{line.reference_code}  {_title(console, line)}  {line.case_id}", markup=False)
    console.terminal.print(console.say(*STATES[str(line.state)]), markup=False)
    for seal in view.seals:
        trial = " TRIAL 试用" if seal.trial else ""
        stamped = console.say("时间戳", "stamped")
        console.terminal.print(f"v{seal.version} {stamped} {console.minute(seal.stamped_at)} {seal.signer}{trial}")
    console.table("", columns, items)


def _seal_json(seal: SealLine) -> dict[str, object]:
    return {
        "version": seal.version,
        "stamped_at": seal.stamped_at.isoformat(),
        "signer": seal.signer,
        "trial": seal.trial,
        "entry": seal.entry_id,
    }


def _title(console: Console, line: CaseLine) -> str:
    return line.facts.title if line.facts else console.say("（不予显示）", "(withheld)")


def _hidden(console: Console, grounds: tuple[str, ...]) -> str:
    if not grounds:
        return console.say("（待解锁）", "(locked)")
    return console.say(f"（不予显示：{'、'.join(grounds)}）", f"(withheld: {', '.join(grounds)})")


commands: tuple[click.Command, ...] = (
    case_group,
    verify,
    keys_group,
    ledger_group,
    doctor,
    config_group,
    four_properties,
    *calendar_cli.commands,
)
