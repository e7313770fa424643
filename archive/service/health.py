"""Health 体检: the state of every part as red, amber or green, with what to do. No content, no names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.renditions.walls import capability

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
        return Part("amber", "签章", "seals", f"TRIAL 试用：{name}", f"TRIAL 试用: {name}")
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


def _disk(home: Home) -> Part:
    free = shutil.disk_usage(home.path).free
    light = "green" if free > LEAST_FREE else "red"
    return Part(light, "磁盘", "disk", f"剩余 {free // 2**30} GiB", f"{free // 2**30} GiB free")
