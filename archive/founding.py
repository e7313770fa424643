"""Founding 建库: makes an installation on this machine, once: settings, keys in every place, authority, store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.installation import (
    key_places,
    new_archive_id,
    open_keys,
    open_store,
    passphrase_roots,
)
from archive.kernel.clock import Clock
from archive.kernel.refusals import Refusal
from archive.kernel.settings import FILE, Home, read_home
from archive.keys.terms import Tier
from archive.keys.vault import Vault
from archive.rules.numbering import normalise_part
from archive.seals.trial import create_trial_authority
from archive.spec.editions import spec_files

TRIAL_AUTHORITY = ("keys", "trial-authority")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What founding gave 建库结果: the home, and five recovery shares for each tier, which are stored nowhere."""

    home: Home
    shares: Mapping[Tier, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of founding 建库要求. ``passphrases`` opens the tiers above ``general``, one for each."""

    path: Path
    grade: str
    passphrases: Mapping[Tier, str]
    bureau: str = ""
    second_place: str = ""
    witness: str = ""
    memory_kib: int | None = None
    fonds: str = ""
    category: str = ""


def found_archive(plan: Plan, clock: Clock) -> Foundation:
    """Makes settings, keys, trial authority and store in an empty folder. The caller makes the tables.

    Refuses a folder that holds an installation, and the grade ``classified`` without an external cryptographic
    provider: commercial cryptography may not protect state secrets.
    """
    if (plan.path / FILE).exists():
        raise Refusal("archive.home-taken", home=plan.path)
    if plan.grade == "classified":
        raise Refusal("archive.grade-needs-provider")
    missing = [tier for tier in Tier if tier is not Tier.GENERAL and tier not in plan.passphrases]
    if missing:
        raise Refusal("archive.passphrase-missing", tiers="、".join(missing))
    settings = _settings(plan)
    plan.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    (plan.path / FILE).write_text(settings, "utf-8")
    home = read_home(plan.path)
    roots = passphrase_roots(home, clock, memory_kib=plan.memory_kib)
    shares = {tier: tuple(roots.create(tier, plan.passphrases.get(tier, ""))) for tier in Tier}
    roots.open_general()
    Vault.create(key_places(home), roots).close()
    keys = open_keys(home, roots)
    authority = keys.derive("trial-authority", Tier.GENERAL)
    create_trial_authority(home.place(*TRIAL_AUTHORITY), home.settings.bureau.name, clock.now(), authority)
    open_store(home).init(spec_files())
    return Foundation(home, shares)


def _settings(plan: Plan) -> str:
    first = plan.path / "keys" / "a"
    second = Path(plan.second_place) if plan.second_place else plan.path / "keys" / "b"
    lines = [
        f"grade = {json.dumps(plan.grade)}",
        "",
        "[bureau]",
        f"archive_id = {json.dumps(new_archive_id())}",
    ]
    # both enter every archival number, which is never reused: checked here, where nothing has been made yet
    for name, value in (("fonds_no", plan.fonds), ("catalogue", plan.category)):
        if value:
            lines.append(f"{name} = {json.dumps(normalise_part(value), ensure_ascii=False)}")
    if plan.bureau:
        lines.append(f"name = {json.dumps(plan.bureau, ensure_ascii=False)}")
    lines += ["", "[keys]", f"places = {json.dumps([str(first.absolute()), str(second.absolute())])}"]
    if plan.witness:
        lines += ["", "[witness]", f"folder = {json.dumps(str(Path(plan.witness).absolute()), ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"
