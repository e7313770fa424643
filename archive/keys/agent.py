"""Unlock agent 解锁代理: how ``anjuan keys unlock`` and other processes reach the process that holds open roots.

A Unix-domain socket (mode 0600) with one JSON line asked and one answered. It takes a tier's credential until an
instant and keeps it in memory; it wraps and unwraps for others and never gives a root out. Only the same account, or
root, is answered.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.kernel.refusals import Refusal
from archive.keys.files import PRIVATE_FOLDER
from archive.keys.roots import UnlockableRoots
from archive.keys.terms import Tier
from archive.keys.wraps import KeyDamaged

_LONGEST = 64 * 1024


class _Handler(socketserver.StreamRequestHandler):
    """Answers one line."""

    def handle(self) -> None:
        credentials = self.request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        uid = struct.unpack("3i", credentials)[1]
        if uid not in (os.geteuid(), 0):
            return
        assert isinstance(self.server, _Server)
        try:
            asked = json.loads(self.rfile.readline(_LONGEST))
            answer = _answer(self.server.roots, asked)
        except Refusal as refusal:
            answer = {"refusal": refusal.code, "facts": {name: str(fact) for name, fact in refusal.facts.items()}}
        except KeyDamaged as damage:
            answer = {"damaged": str(damage)}
        except (ValueError, KeyError, TypeError):
            answer = {"error": "not understood"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    roots: UnlockableRoots


class UnlockAgent:
    """The serving process's end 服务进程端. ``close`` removes the socket; roots go with the process."""

    def __init__(self, path: Path, roots: UnlockableRoots) -> None:
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if path.is_socket() and _is_answered(path):
            raise Refusal("archive.agent-running", place=str(path))
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = _Server(str(path), _Handler)
        finally:
            os.umask(before)
        self._server.roots = roots
        self._path = path
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="unlock-agent", daemon=True).start()

    def close(self) -> None:
        """Stops answering and removes the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


class AgentRoots:
    """Root provider of another process 代理根密钥: everything is asked of the serving process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the serving process has the tier open."""
        return bool(self._ask({"op": "is_unlocked", "tier": tier})["value"])

    def wrap(self, tier: Tier, key: bytes) -> bytes:
        """``key`` under the tier's root."""
        return bytes.fromhex(self._ask({"op": "wrap", "tier": tier, "data": key.hex()})["value"])

    def unwrap(self, tier: Tier, wrapped: bytes) -> bytes:
        """The key back."""
        return bytes.fromhex(self._ask({"op": "unwrap", "tier": tier, "data": wrapped.hex()})["value"])

    def admit(self, tier: Tier, credential: bytes, until: datetime) -> None:
        """Opens the tier in the serving process until an instant."""
        self._ask({"op": "admit", "tier": tier, "data": credential.hex(), "until": until.isoformat()})

    def lock(self, tier: Tier) -> None:
        """Closes the tier in the serving process."""
        self._ask({"op": "lock", "tier": tier})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(30)
                line.connect(str(self._path))
                line.sendall(json.dumps(question).encode() + b"\n")
                with line.makefile("rb") as reading:
                    answer: dict[str, Any] = json.loads(reading.readline(_LONGEST) or b"{}")
        except (FileNotFoundError, ConnectionError):
            raise Refusal("archive.agent-absent", place=str(self._path)) from None
        if "refusal" in answer:
            raise Refusal(answer["refusal"], **answer["facts"])
        if "damaged" in answer:
            raise KeyDamaged(answer["damaged"])
        if "value" not in answer:
            raise OSError(f"the unlock agent did not answer: {answer.get('error', 'refused this account')}")
        return answer


def _answer(roots: UnlockableRoots, asked: dict[str, Any]) -> dict[str, Any]:
    tier, operation = Tier(asked["tier"]), asked["op"]
    value: object = True
    if operation == "is_unlocked":
        value = roots.is_unlocked(tier)
    elif operation == "wrap":
        value = roots.wrap(tier, bytes.fromhex(asked["data"])).hex()
    elif operation == "unwrap":
        value = roots.unwrap(tier, bytes.fromhex(asked["data"])).hex()
    elif operation == "admit":
        roots.admit(tier, bytes.fromhex(asked["data"]), datetime.fromisoformat(asked["until"]))
    elif operation == "lock":
        roots.lock(tier)
    else:
        raise ValueError(operation)
    return {"value": value}


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0
