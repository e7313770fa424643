"""Health 体检: the state of every part as red, amber or green, with what to do. No content, no names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from sqlalchemy import func, select

from archive.kernel.outbox import OutboxRow
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.renditions.ocr import missing_engine
from archive.renditions.walls import capability
from archive.service.comparing import compare_store

LEAST_FREE = 10 * 2**30


@dataclass(frozen=True, slots=True)
class Part:
    """One part and its light 部件状态."""

    light: str
    part_zh: str
    part_en: str
    zh: str
    en: str


def examine(home: Home, keys: KeyStore, holdings: Holdings) -> list[Part]:
    """Every part of the installation, worst first."""
    parts = [_keys(keys), _tiers(keys), _seal(holdings), _witness(home), _malware(home), _children(), _disk(home)]
    parts += [_follow_ups(holdings), _reader()]
    return sorted(parts, key=lambda part: ("red", "amber", "green").index(part.light))


def _keys(keys: KeyStore) -> Part:
    health = keys.doctor()
    places = len(health.places)
    zh, en = f"{places} 处；少于两处或有损坏即为红", f"{places}; fewer than two good ones is red"
    return Part("red" if health.is_red else "green", "密钥存放", "key places", zh, en)


def _tiers(keys: KeyStore) -> Part:
    locked = [str(tier) for tier in Tier if not keys.is_unlocked(tier)]
    zh, en = f"未解锁：{'、'.join(locked) or '无'}", f"locked: {', '.join(locked) or 'none'}"
    return Part("amber" if locked else "green", "密钥层", "tiers", zh, en)


def _seal(holdings: Holdings) -> Part:
    name = holdings.sealing.signer.name
    if holdings.sealing.trial:
        said = name if name.startswith("TRIAL") else f"TRIAL 试用 {name}"
        return Part("amber", "签章", "seals", said, said)
    return Part("green", "签章", "seals", name, name)


def _witness(home: Home) -> Part:
    folder = home.settings.witness.folder
    if not folder:
        zh, en = "未设见证：对本机所有者不可证明", "none: not provable against this machine's owner"
        return Part("amber", "见证", "witness", zh, en)
    return Part("green", "见证", "witness", folder, folder)


def _malware(home: Home) -> Part:
    clamd = home.settings.malware.clamd
    if not clamd:
        zh, en = "未配置 clamd，记录标明“未查毒”", "no clamd: every record says not scanned"
        return Part("amber", "查毒", "malware scan", zh, en)
    return Part("green", "查毒", "malware scan", clamd, clamd)


def _children() -> Part:
    found = capability()
    light = "green" if found.sandbox == "bubblewrap" else "amber"
    said = f"{found.sandbox} {found.reason}".strip()
    return Part(light, "受限子进程", "limited children", said, said)


def compare(holdings: Holdings) -> Part:
    """Register and store compared 对账: takes longer with the holdings, so not part of ``examine``."""
    found = compare_store(holdings)
    zh = f"缺失对象的案卷 {len(found.missing)}，无主对象 {len(found.unknown)}"
    en = f"cases without an object: {len(found.missing)}, objects without a case: {len(found.unknown)}"
    named = " ".join((*found.missing[:5], *found.unknown[:5]))
    light = "green" if found.ok else "red"
    return Part(light, "登记与存储对账", "register and store", f"{zh} {named}".strip(), f"{en} {named}".strip())


def _follow_ups(holdings: Holdings) -> Part:
    """Messages of the outbox that ended in a refusal: something that should have followed a deed did not."""
    with holdings.works.sessions() as session:
        counted = select(func.count()).select_from(OutboxRow)
        stuck = session.scalar(counted.where(OutboxRow.state == "stuck")) or 0
        waiting = session.scalar(counted.where(OutboxRow.state == "waiting")) or 0
    zh, en = f"待办 {waiting}，受阻 {stuck}", f"waiting {waiting}, stuck {stuck}"
    return Part("red" if stuck else "green", "后续事项", "follow-ups", zh, en)


def _reader() -> Part:
    lacking = missing_engine()
    if lacking:
        return Part("amber", "机器识读", "machine reading", f"未安装：{lacking}", lacking)
    return Part("green", "机器识读", "machine reading", "可用", "ready")


def _disk(home: Home) -> Part:
    free = shutil.disk_usage(home.path).free
    light = "green" if free > LEAST_FREE else "red"
    return Part(light, "磁盘", "disk", f"剩余 {free // 2**30} GiB", f"{free // 2**30} GiB free")
