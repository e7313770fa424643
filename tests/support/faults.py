"""Ports that fail at a chosen call, before or after the call had its effect, as a process dies there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from archive.kernel.actor import Actor
from archive.kernel.work import Work, Works
from archive.ports import Holdings, Sealing
from archive.seals.protocols import Signer, TimeStamper
from archive.seals.terms import SignerUnavailableError, StampUnavailableError

T = TypeVar("T")


class Died(BaseException):
    """The process is gone: nothing that catches errors may catch this one."""


class Fault:
    """Where to die: at the ``at``-th call of ``port.method`` (from 1), before or after its effect."""

    def __init__(self, point: str, at: int = 1, *, applied: bool = False) -> None:
        self.point, self.at, self.applied = point, at, applied
        self.calls: list[str] = []

    def hit(self, name: str) -> bool:
        """Counts a call; whether it is the one."""
        self.calls.append(name)
        return name == self.point and self.calls.count(name) == self.at


class FaultyPort:
    """Any port with every call counted; the chosen one dies."""

    def __init__(self, inner: Any, name: str, fault: Fault) -> None:
        self._inner, self._name, self._fault = inner, name, fault

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            here = self._fault.hit(f"{self._name}.{method}")
            if here and not self._fault.applied:
                raise Died(self._fault.point)
            result = found(*arguments, **named)
            if here:
                raise Died(self._fault.point)
            return result

        return call


class FaultyWorks:
    """Units of work that die before or after the commit of the chosen one."""

    def __init__(self, inner: Works, fault: Fault) -> None:
        self._inner, self._fault = inner, fault
        self.sessions, self.clock = inner.sessions, inner.clock

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        here = self._fault.hit("works.commit")
        with self._inner.work(actor) as work:
            yield work
            if here and not self._fault.applied:
                raise Died("works.commit")
        if here:
            raise Died("works.commit")

    def perform(self, actor: Actor, deed: Callable[[Work], T]) -> T:
        """A deed that may be begun again is one unit of work here."""
        with self.work(actor) as work:
            return deed(work)


def faulty(holdings: Holdings, fault: Fault) -> Holdings:
    """The holdings with every port counted, and one call of one of them deadly."""

    def wrapped(inner: Any, name: str) -> Any:
        return cast(Any, FaultyPort(inner, name, fault))

    sealing = holdings.sealing
    return replace(
        holdings,
        works=cast(Works, FaultyWorks(holdings.works, fault)),
        store=wrapped(holdings.store, "store"),
        keys=wrapped(holdings.keys, "keys"),
        checkpoints=wrapped(holdings.checkpoints, "checkpoints"),
        sealing=Sealing(
            wrapped(sealing.signer, "signer"),
            wrapped(sealing.stamper, "stamper"),
            wrapped(sealing.pdf_sealer, "pdf_sealer"),
        ),
    )


class AbsentStamper:
    """An authority that is away."""

    def __init__(self, inner: TimeStamper) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def stamp(self, data: bytes) -> bytes:
        raise StampUnavailableError("away")

    def stamp_digest(self, digest: bytes, algorithm: str) -> bytes:
        raise StampUnavailableError("away")


def without_stamps(holdings: Holdings, *, pages_too: bool) -> Holdings:
    """The holdings while the authority is away: for the object's seal, and for the sealed pages too."""
    sealing = holdings.sealing
    stamper = cast(TimeStamper, AbsentStamper(sealing.stamper))
    pdf_sealer = type(sealing.pdf_sealer)(sealing.signer, stamper) if pages_too else sealing.pdf_sealer  # type: ignore[call-arg]
    return replace(holdings, sealing=Sealing(sealing.signer, stamper, pdf_sealer))


class AbsentSigner:
    """A signing key whose token was pulled."""

    def __init__(self, inner: Signer) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def sign_raw(self, data: bytes) -> bytes:
        raise SignerUnavailableError("away")

    def sign_cms(self, data: bytes, signing_time: Any = None) -> bytes:
        raise SignerUnavailableError("away")


def without_signer(holdings: Holdings) -> Holdings:
    """The holdings while the signing key is away."""
    sealing = holdings.sealing
    return replace(holdings, sealing=replace(sealing, signer=cast(Signer, AbsentSigner(sealing.signer))))
