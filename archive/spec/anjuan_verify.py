#!/usr/bin/env python3
"""Reference verifier and decryptor of Anjuan objects, format 1. 案卷封存对象的参考验证和解密程序。

    anjuan_verify.py verify OBJECT --anchor CA.pem [--anchor MORE.pem] [--pin CHECKPOINT --vkey KEY_OR_FILE]
    anjuan_verify.py decrypt OBJECT --keys KEYS.json --out FOLDER

One file for Python 3.11 or newer and the package `cryptography`; it starts no program and asks no network. What is
trusted (--anchor, --pin, --vkey) comes from outside the store. Exit code 0: all holds; 1: something does not.
"""

# ruff: noqa: E401, I001, UP035
import argparse, base64, hashlib, json, re, sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Iterator
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SHA = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
HASH = {f"60864801650304020{n}": name for n, name in enumerate(SHA, 1)}  # identifiers as hex digits of their DER
ECDSA = {f"2a8648ce3d04030{n}": name for n, name in enumerate(SHA, 2)}
RSA = {f"2a864886f70d01010{n:x}": name for n, name in enumerate(SHA, 11)} | {"2a864886f70d010101": ""}
PSS, DATA, TST = "2a864886f70d01010a", "2a864886f70d010701", "2a864886f70d0109100104"
CONTENT_TYPE, DIGEST, ESS2 = "2a864886f70d010903", "2a864886f70d010904", "2a864886f70d010910022f"
STAMPING, HEAD, CHUNK, TAG = "1.3.6.1.5.5.7.3.8", 56, 16384, 16
INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
FAILURES = (InvalidSignature, InvalidTag, OSError, LookupError, ValueError, TypeError, AttributeError, StopIteration)
Certs = list[x509.Certificate]

def need(holds: object, what: str) -> None:
    if not holds:
        raise ValueError(what)

# ---- DER and CMS: only as much as signatures and time stamps need ----------------------------------------------------
class Der:
    def __init__(self, data: bytes, at: int = 0) -> None:
        self.tag, size, start = data[at], data[at + 1], at + 2
        if size & 0x80:
            start, size = start + (size & 0x7F), int.from_bytes(data[start : start + (size & 0x7F)], "big")
        self.end, self.body, self.raw = start + size, data[start : start + size], data[at : start + size]
        need(self.end <= len(data) and data[at + 1] != 0x80, "DER 无效 malformed DER")
    def parts(self) -> list["Der"]:
        found: list[Der] = []
        while (at := found[-1].end if found else 0) < len(self.body):
            found.append(Der(self.body, at))
        return found
    def oid(self) -> str:
        need(self.tag == 6, "DER 无效 not an object identifier")
        return self.body.hex()

def check_signature(key: Any, algorithm: str, fallback: str, signature: bytes, data: bytes) -> None:
    sha = SHA[ECDSA.get(algorithm) or RSA.get(algorithm) or fallback]
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm in ECDSA:
        return key.verify(signature, data, ec.ECDSA(sha))
    fits = isinstance(key, rsa.RSAPublicKey) and algorithm in (*RSA, PSS)
    need(fits, f"签名算法与密钥不符 signature algorithm {algorithm} does not fit the key")
    pss = padding.PSS(padding.MGF1(sha), padding.PSS.AUTO)
    key.verify(signature, data, pss if algorithm == PSS else padding.PKCS1v15(), sha)

def check_cms(data: bytes, kind: str, pool: Certs, content: bytes = b"") -> tuple[Any, bytes]:
    """SignedData of one signer, whose signature is right: that signer's certificate, and the content."""
    fields = Der(data).parts()[1].parts()[0].parts()
    inner = fields[2].parts()
    content = content or inner[1].parts()[0].body
    held = (one.raw for field in fields[3:] if field.tag == 0xA0 for one in field.parts() if one.tag == 0x30)
    pool += [x509.load_der_x509_certificate(one) for one in held]
    need(len(fields[-1].parts()) == 1, "应当恰有一个签名者 there must be one signer")
    signer = fields[-1].parts()[0].parts()
    sha, attributes = HASH[signer[2].parts()[0].oid()], signer[3]
    need(signer[1].tag == 0x30 and attributes.tag == 0xA0, "签名结构不受支持 unsupported signer")
    values = {one.parts()[0].oid(): one.parts()[1].parts()[0] for one in attributes.parts()}
    need(inner[0].oid() == kind == values[CONTENT_TYPE].oid(), "内容类型不符 wrong type of content")
    need(values[DIGEST].body == hashlib.new(sha, content).digest(), "签名不是对该内容作出 it signs other content")
    name, serial = signer[1].parts()
    told = (name.raw, int.from_bytes(serial.body, "big"))
    own = [one for one in pool if (one.issuer.public_bytes(), one.serial_number) == told]
    need(own, "缺少签名者证书 the signer's certificate is missing")
    bound = values[ESS2].parts()[0].parts()[0].parts()
    kind = HASH[bound[0].parts()[0].oid()] if bound[0].tag == 0x30 else "sha256"
    stated = next(one.body for one in bound if one.tag == 4)
    need(own[0].fingerprint(SHA[kind]) == stated, "证书被替换 another certificate")
    signed = b"\x31" + attributes.raw[1:]  # as a SET, not as the tagged field that it is stored as
    check_signature(own[0].public_key(), signer[4].parts()[0].oid(), sha, signer[5].body, signed)
    return own[0], content

def chain(leaf: Any, at: datetime, anchors: Certs, pool: Certs, crls: list[Any]) -> str:
    """From `leaf` to an anchor from outside, each valid at `at` and not revoked by then; tells both ends."""
    path, unlisted = [leaf], 0
    while path[-1] not in anchors:
        issuer: Any = next((one for one in [*anchors, *pool] if is_issuer(path[-1], one)), None)
        need(issuer and len(path) < 8, f"证书链到不了信任锚 no chain to an anchor: {path[-1].subject.rfc4514_string()}")
        lists = [one for one in crls if one.issuer == issuer.subject and one.is_signature_valid(issuer.public_key())]
        unlisted += not lists
        for entry in (one.get_revoked_certificate_by_serial_number(path[-1].serial_number) for one in lists):
            need(entry is None or entry.revocation_date_utc > at, "证书当时已被吊销 revoked by then")
        path.append(issuer)
    need(all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in path), "证书当时无效 not valid then")
    note = f", {unlisted} 张无吊销信息 without revocation data" if unlisted else ""
    return f"{leaf.subject.rfc4514_string()} → {path[-1].subject.rfc4514_string()}{note}"

def is_issuer(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    with suppress(InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        certificate.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    return False

def load_all(files: list[Path]) -> tuple[Certs, list[x509.CertificateRevocationList]]:
    """Certificates and revocation lists in PEM or DER files; what is neither is passed over."""
    kinds: list[tuple[Any, list[Any]]] = [(x509.load_der_x509_certificate, []), (x509.load_der_x509_crl, [])]
    for data in (path.read_bytes() for path in files):
        blocks = re.findall(rb"-----BEGIN [A-Z0-9 ]+-----([^-]+)-----END", data)
        for der in [base64.b64decode(block) for block in blocks] or [data]:
            for load, kept in kinds:
                with suppress(ValueError):
                    kept.append(load(der))
    return kinds[0][1], kinds[1][1]

class Object:
    def __init__(self, folder: Path) -> None:
        self.folder, self.inventory = folder, read_inventory(folder)
        self.files = {digest: folder / str(paths[0]) for digest, paths in self.inventory["manifest"].items()}
        self.versions = sorted(self.inventory["versions"], key=lambda name: int(name[1:]))
        need(self.versions[-1] == self.inventory["head"], "最新版本不符 head is not the newest version")
    def state(self, version: str, inventory: dict[str, Any] | None = None) -> dict[str, str]:
        state = (inventory or self.inventory)["versions"][version]["state"]
        return {name: digest for digest, names in state.items() for name in names}
    def read(self, version: str, name: str) -> bytes:
        return self.files[self.state(version)[name]].read_bytes()
    def check_files(self) -> int:
        """Every file has its SHA-512, none is missing, none is extra, earlier inventories agree; gives bytes."""
        listed = {path: digest for digest, paths in self.inventory["manifest"].items() for path in paths}
        there = (path for path in self.folder.glob("v*/content/**/*") if path.is_symlink() or not path.is_dir())
        found = {path.relative_to(self.folder).as_posix(): path for path in there}
        need(found.keys() == listed.keys(), f"多或缺 missing or extra: {sorted(found.keys() ^ listed.keys())[:3]}")
        for name, path in found.items():
            with path.open("rb") as stream:
                same = hashlib.file_digest(stream, "sha512").hexdigest() == listed[name]
            need(same and not path.is_symlink(), f"内容已变 content has changed: {name}")
        for version in self.versions:
            old = read_inventory(self.folder / version)
            same = all(self.state(each, old) == self.state(each) for each in old["versions"])
            need(same and old["head"] == version, f"历史被改写 history was rewritten: {version}")
        return sum(path.stat().st_size for path in found.values())
    def check_bag(self, version: str) -> int:
        """The version's state is a complete bag (its own evidence comes after the tag manifest); gives stored files."""
        state = {n: d for n, d in self.state(version).items() if not n.startswith(f"evidence/{version}/")}
        for manifest, payload in (("manifest-sha512.txt", True), ("tagmanifest-sha512.txt", False)):
            stated = {line[130:]: line[:128] for line in self.read(version, manifest).decode("utf-8").splitlines()}
            own = {n: d for n, d in state.items() if n.startswith("data/") == payload and n != "tagmanifest-sha512.txt"}
            need(stated == own, f"{version}: {manifest} 与内容不符 does not list the content")
        return sum(name.startswith("data/") for name in state)

def read_inventory(folder: Path) -> dict[str, Any]:
    data, sidecar = (folder / "inventory.json").read_bytes(), (folder / "inventory.json.sha512").read_text()
    need(hashlib.sha512(data).hexdigest() == sidecar.split()[0], "清单与其摘要不符 inventory differs from its sidecar")
    return dict[str, Any](json.loads(data))

def check_stamp(answer: bytes, seal: bytes, pool: Certs) -> tuple[datetime, x509.Certificate]:
    """When and by whom the seal was stamped: status, imprint and signature of the RFC 3161 answer being right."""
    status, token = Der(answer).parts()
    need(status.parts()[0].body in (b"\0", b"\1"), "时间戳未被授予 the stamp was not granted")
    signer, content = check_cms(token.raw, TST, pool)
    fields = Der(content).parts()
    algorithm, imprint = fields[2].parts()
    digest = hashlib.new(HASH[algorithm.parts()[0].oid()], seal).digest()
    need(imprint.body == digest, "时间戳不是对该签名作出 the stamp is of something else")
    usage = next(one for one in signer.extensions if isinstance(one.value, x509.ExtendedKeyUsage))
    need(usage.critical and [one.dotted_string for one in usage.value] == [STAMPING], "不是时间戳证书 not an authority")
    moment = fields[4].body.decode("ascii").rstrip("Z").partition(".")[0]
    return datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC), signer

def check_seal(held: Object, version: str, anchors: Certs) -> datetime:
    """Signature over the version's tag manifest and time stamp over the signature, both up to an anchor."""
    folder, state = f"evidence/{version}/", held.state(version)
    pool, crls = load_all([held.files[d] for n, d in state.items() if n.startswith(folder + "validation/")])
    seal = held.read(version, folder + "seal.p7s")
    signer, _ = check_cms(seal, DATA, pool, held.read(version, "tagmanifest-sha512.txt"))
    at, stamper = check_stamp(held.read(version, folder + "seal.p7s.tsr"), seal, pool)
    who, stamp = (chain(one, at, anchors, pool, crls) for one in (signer, stamper))
    print(f"{version} 签名有效：该单位为此版本全部密文签名 the holder signed every byte: {who}")
    print(f"{version} 时间戳有效：签名当时已存在 the signature existed at {at:%FT%TZ}: {stamp}")
    return at

def check_note(data: bytes, keys: list[str]) -> tuple[str, int, bytes]:
    """A ledger checkpoint (C2SP signed note) that every pinned key of its log has signed: origin, size, root."""
    need(not data.startswith(b"anjuan-ledger-pins"), "这是见证汇总 a file of all pins: give one .checkpoint")
    text, _, tail = data.decode("utf-8").rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    need(keys := [key for key in keys if key.split("+")[0] == origin] or keys, "没有固定的公钥 no key is pinned")
    for name, short, encoded in (key.strip().split("+", 2) for key in keys):
        raw, lines = base64.b64decode(encoded), [line.split(" ") for line in tail.splitlines()]
        signed = [base64.b64decode(line[2]) for line in lines if line[1] == name]
        mine = next((one[4:] for one in signed if one[:4].hex() == short), b"")
        need(mine, f"{name} 没有签检查点 has not signed the checkpoint")
        if raw[0] == 1:
            ed25519.Ed25519PublicKey.from_public_bytes(raw[1:]).verify(mine, f"{text}\n".encode())
            continue
        names = [bytes([len(each.encode())]) + each.encode() for each in (name, origin)]
        told = b"subtree/v1\n\0" + names[0] + mine[:8] + names[1] + bytes(8) + int(size).to_bytes(8, "big")
        mldsa.MLDSA44PublicKey.from_public_bytes(raw[1:]).verify(mine[8:], told + base64.b64decode(root))
    return origin, int(size), base64.b64decode(root)

def verify(args: argparse.Namespace) -> None:
    anchors, held = load_all([Path(each) for each in args.anchor])[0], Object(Path(args.object))
    size, times = held.check_files(), list[datetime]()
    print(f"固化信息相符，{size} 字节；仅此不证明清单未一并改写 every file has its SHA-512, by itself no proof")
    for version in held.versions:
        print(f"{version} 是完整的包 is a complete bag of {held.check_bag(version)} 个存储文件 stored files")
        times.append(check_seal(held, version, anchors))
        need(times == sorted(times), f"时间倒流 time runs backwards at {version}")
    if not args.pin:
        return print("没有外部见证：内容完整，不能对抗本系统的所有者 intact; not provable against this machine's owner")
    keys = [line for key in args.vkey for line in (key if "+" in key else Path(key).read_text()).splitlines()]
    origin, size, root = check_note(Path(args.pin).read_bytes(), keys)
    for version in held.versions:
        own = check_note(held.read(version, f"evidence/{version}/checkpoint"), keys)
        need(own[0] == origin, f"{version}: 属于另一账本 its checkpoint is of another ledger than the pinned one")
        need(own[1] <= size, f"{version}: 见证早于封存，请换较新的 the pin is older than this seal: bring a newer one")
        need(own[1] < size or own[2] == root, f"{version}: 账本分叉 the ledger forks from the pinned checkpoint")
        print(f"{version} 封存时账本有 {own[1]} 条，外部见证 {size} 条 ledger size at sealing, and pinned; same keys")

# ---- decrypt ---------------------------------------------------------------------------------------------------------
def plaintext(path: Path, key: bytes, context: bytes, left: int | None) -> Iterator[bytes]:
    """Cobblestone-256 (C2SP chunked-encryption): authenticated plaintext, its padding cut off after `left` bytes."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        material = HKDFExpand(hashes.SHA512(), 76, INFO + head[:24] + context).derive(key)
        need(material[44:] == head[24:], f"密钥或上下文不符 another key or context: {path.name}")
        cipher, base, index, chunk = AESGCM(material[:32]), int.from_bytes(material[32:44], "big"), 0, b""
        while not index or len(chunk) == CHUNK + TAG:
            chunk = stream.read(CHUNK + TAG)
            clear, index = cipher.decrypt((base ^ index).to_bytes(12, "big"), chunk, None), index + 1
            yield clear if left is None else clear[:left]
            left = None if left is None else max(0, left - len(clear))
        need(not left, f"比记载的短 shorter than recorded: {path.name}")

def read_inner(export: dict[str, Any], opened: dict[str, Any]) -> dict[str, Any]:
    """The tier's newest inner manifest: named in the export, else found among the files by its format."""
    names = [export["inner_manifest"]] if export.get("inner_manifest") else list(opened)
    alike = (name for name in names if next(plaintext(*opened[name])).startswith(b'{"case":'))
    texts = (json.loads(b"".join(plaintext(*opened[name])).rstrip(b"\0 ")) for name in alike)
    found = (value for value in texts if value["format"] == "anjuan-inner-manifest/1")
    inner: dict[str, Any] = max(found, key=lambda value: int(value["version"]), default={"object": None})
    need(inner["object"] == export["object"], "没有该对象的内层清单 no inner manifest of this object")
    return inner

def decrypt(args: argparse.Namespace) -> None:
    held, out, export = Object(Path(args.object)), Path(args.out), json.loads(Path(args.keys).read_text("utf-8"))
    need(export["object"] == held.inventory["id"] and export["suite"] == "cobblestone-256", "密钥不符 keys of another")
    state, opened = held.state(held.versions[-1]), dict[str, Any]()
    for one in (one for one in export["files"] if f"data/{one['file']}" in state):
        bound = {n: export[n] for n in ("archive", "object", "suite")} | {n: one[n] for n in ("file", "first_version")}
        context = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        path, key = held.files[state[f"data/{one['file']}"]], bytes.fromhex(one["key"])
        opened[one["file"]] = (path, key, context, one.get("plain_size"))
    rows = read_inner(export, opened)["files"]
    out.mkdir(parents=True)
    for row in rows:
        if row["file"] not in opened:
            print(f"没有密钥（已销毁或未导出） no key, destroyed or not exported: {row['file']} {row['name']}")
            continue
        role, name = (re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", row[each]).strip(". ") for each in ("role", "name"))
        folder, name = out / (role or "other"), name[:70] or row["file"]
        folder.mkdir(exist_ok=True)
        target, sha256 = folder / (f"{row['file']}-{name}" if (folder / name).exists() else name), hashlib.sha256()
        with target.open("xb") as stream:
            for part in plaintext(*(*opened[row["file"]][:3], row["size"])):
                sha256.update(part)
                stream.write(part)
        need(sha256.hexdigest() == row["sha256"], f"明文摘要不符 plaintext digest differs: {row['name']}")
        print(f"{target}  {row['size']}  sha256 {row['sha256']}")

def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    deeds = parser.add_subparsers(dest="deed", required=True)
    check, restore = deeds.add_parser("verify"), deeds.add_parser("decrypt")
    check.add_argument("--anchor", action="append", required=True, help="certificates trusted from outside, PEM or DER")
    check.add_argument("--pin", help="a ledger checkpoint from outside")
    check.add_argument("--vkey", action="append", default=[], help="verifier key of the ledger, or a file of them")
    restore.add_argument("--keys", required=True, help="key export of one tier, JSON")
    restore.add_argument("--out", required=True, help="a folder that does not exist yet")
    for each in (check, restore):
        each.add_argument("object", help="folder of the object")
    args = parser.parse_args()
    try:
        verify(args) if args.deed == "verify" else decrypt(args)
    except FAILURES as why:
        print(f"不成立 FAILED: {str(why) or '签名或认证标签不符 a signature or an authentication tag is wrong'}")
        return 1
    print("全部成立 ALL OF THIS HOLDS" if args.deed == "verify" else "已解密 DECRYPTED")
    return 0

if __name__ == "__main__":
    sys.exit(main())
