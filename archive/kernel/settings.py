"""Settings 设置: one frozen tree, from defaults, ``anjuan.toml`` in the home folder, and ``ANJUAN_…`` variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "ANJUAN_"
FILE = "anjuan.toml"
Grade = Literal["ordinary", "classified", "trial"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bureau(_Part):
    """Who keeps the archive 立档单位."""

    name: str = Field("城市管理综合执法局", description="name of the bureau that keeps the archive, printed on covers")
    archive_id: str = Field("", description="opaque identifier of this installation, made by init, never changed")
    fonds_no: str = Field("J019", description="fonds number 全宗号 at the state archive")
    catalogue: str = Field("ZY", description="archival category code 类别: ZY = professional archives")


class DatabasePart(_Part):
    """Where the state of the application lies 数据库."""

    url: str = Field("", description="SQLAlchemy address; empty = db/anjuan.sqlite below the home folder")


class StorePart(_Part):
    """Where sealed objects lie 存储."""

    adapter: str = Field("archive.stores.local:LocalStore", description="adapter of the store")
    path: str = Field("", description="root of the local store; empty = store/ below the home folder")


class KeysPart(_Part):
    """Where keys lie 密钥."""

    places: tuple[str, ...] = Field((), description="folders that each hold all wrapped keys; two at least")
    roots: Literal["passphrase", "pkcs11"] = Field("passphrase", description="what guards the roots of the key tiers")
    general_key_file: str = Field("", description="key file that opens tier general at start; empty = keys/general.key")
    pkcs11_module: str = Field("", description="PKCS#11 library, when roots = pkcs11")
    pkcs11_token: str = Field("", description="label of the PKCS#11 token")
    pkcs11_pin_file: str = Field("", description="file that holds the PIN of the token")


class SealPart(_Part):
    """Who signs and who stamps 签名与时间戳."""

    signer: Literal["trial", "pkcs12", "pkcs11"] = Field("trial", description="signer of seals; trial = TRIAL 试用")
    pkcs12_file: str = Field("", description="PKCS#12 file of the bureau's seal certificate")
    pkcs12_passphrase_file: str = Field("", description="file that holds its passphrase")
    pkcs11_label: str = Field("", description="label of key and certificate in the token, when signer = pkcs11")
    tsa_url: str = Field("", description="address of an RFC 3161 authority; empty = built-in authority, TRIAL 试用")
    pkcs11_pin_file: str = Field("", description="file that holds the PIN of the seal token; not that of the roots")
    tsa_timeout_seconds: float = Field(10.0, gt=0, le=120, description="seconds to wait for each step of the authority")
    tsa_ca_file: str = Field("", description="certificates to which tokens of the authority lead")
    scratch: str = Field("", description="folder on an encrypted file system for converters without memory scratch")


class MalwarePart(_Part):
    """Malware scan 查毒."""

    clamd: str = Field("", description="unix:/path or tcp:host:port of clamd; empty = 未查毒 on every record")


class WitnessPart(_Part):
    """Where checkpoints are pinned outside this machine 见证."""

    folder: str = Field("", description="folder on another medium or machine that receives checkpoints")


class WebPart(_Part):
    """The web server 网页服务."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    session_minutes: int = Field(30, ge=5, le=720, description="idle minutes after which a session ends")
    secure_cookies: bool = Field(False, description="send cookies over https only; set it behind TLS")


class IngestPart(_Part):
    """Limits of what is taken in 接收限额."""

    max_files: int = Field(20_000, description="files in one package")
    max_package_bytes: int = Field(512 * 2**30, description="bytes of one package, unpacked")
    max_ratio: int = Field(200, description="unpacked to packed bytes of an archive; more is a bomb")
    max_document_bytes: int = Field(512 * 2**20, description="bytes of one document that is converted")
    rules: tuple[str, ...] = Field(
        ("zhuhui",),
        description="rule packs below national law: names of shipped ones, or absolute paths of files",
    )
    completeness: Literal["findings", "strict"] = Field(
        "findings",
        description="strict sends back a case that states its process and lacks what a rule demands; findings files it",
    )
    max_upload_bytes: int = Field(20 * 2**30, ge=1, description="bytes of one file that is uploaded into a draft")
    spare_bytes: int = Field(2 * 2**30, ge=0, description="bytes of the disk that stay free whatever is uploaded")
    drop_folder: str = Field("", description="folder from which the worker takes in packages; empty = none")
    drop_unit: str = Field("", description="unit code of what is taken from the drop folder; * = every unit")
    drop_quiet_seconds: int = Field(
        60, ge=1, description="seconds a package without marker lies still before it counts"
    )


class ReadingPart(_Part):
    """Machine reading of pages 机器识读."""

    on: bool = Field(True, description="read pages without reliable text in the background, as a search aid")
    threads: int = Field(1, ge=1, le=16, description="processor threads of the one reader of this machine")


class RetentionPart(_Part):
    """Retention 保管期限."""

    years: int = Field(30, ge=30, description="years a case file is kept unless a cited rule says longer (article 24)")


class Settings(_Part):
    """All settings 设置; ``grade`` is chosen at ``init`` and never changed."""

    grade: Grade = Field("ordinary", description="installation grade, shown on every page")
    bureau: Bureau = Bureau()
    database: DatabasePart = DatabasePart()
    store: StorePart = StorePart()
    keys: KeysPart = KeysPart()
    seal: SealPart = SealPart()
    malware: MalwarePart = MalwarePart()
    witness: WitnessPart = WitnessPart()
    web: WebPart = WebPart()
    ingest: IngestPart = IngestPart()
    reading: ReadingPart = ReadingPart()
    retention: RetentionPart = RetentionPart()


@dataclass(frozen=True, slots=True)
class Home:
    """The home folder of an installation 安装目录, with its settings and where each came from."""

    path: Path
    settings: Settings
    sources: Mapping[str, str]

    def place(self, *parts: str) -> Path:
        """A path below the home folder."""
        return self.path.joinpath(*parts)

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.settings.database.url or f"sqlite:///{self.place('db', 'anjuan.sqlite')}"

    @property
    def store_root(self) -> Path:
        """The root of the local store."""
        return Path(self.settings.store.path) if self.settings.store.path else self.place("store")

    def effective(self) -> Iterator[tuple[str, str, str, str]]:
        """Every setting as (name, value, source, description)."""
        for name, field_value, description in walk(self.settings):
            yield name, str(field_value), self.sources.get(name, "default"), description


def walk(part: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Every leaf of the tree as (dotted name, value, description)."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, field.description or ""


def read_home(path: Path, environ: Mapping[str, str] | None = None) -> Home:
    """The installation in ``path``; a wrong name or value raises pydantic's ValidationError, nothing is ignored.

    A variable that is meant for a setting and names none raises ValueError: ``ANJUAN_KEYS_PLACES`` lacks an underscore.
    """
    environ = os.environ if environ is None else environ
    file = path / FILE
    raw: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    sources = {name: str(file) for name, _ in _leaves(raw)}
    variables = {name: PREFIX + name.replace(".", "__").upper() for name, _, _ in walk(Settings())}
    if unknown := sorted(name for name in environ if _is_meant(name) and name not in variables.values()):
        raise ValueError(f"no such setting: {', '.join(unknown)}")
    for name, variable in variables.items():
        if variable in environ:
            _put(raw, name, environ[variable])
            sources[name] = variable
    return Home(path.absolute(), Settings.model_validate(raw), sources)


def _is_meant(variable: str) -> bool:
    """Whether a variable looks like a setting: a part's name, or the two underscores that stand for a dot."""
    rest = variable.removeprefix(PREFIX)
    parts = tuple(f"{name.upper()}_" for name in Settings.model_fields)
    return rest != variable and ("__" in rest or rest.startswith(parts))


def _leaves(raw: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in raw.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _put(raw: dict[str, Any], dotted: str, text: str) -> None:
    *parents, leaf = dotted.split(".")
    for parent in parents:
        raw = raw.setdefault(parent, {})
    raw[leaf] = tuple(text.split(os.pathsep)) if dotted == "keys.places" else text
