"""The walls hold, and each way of ending badly is told from the others."""

import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.refusals import Refusal
from archive.renditions import forkserver, walls
from archive.renditions.limits import MIB, Limits
from archive.renditions.sandbox import ChildResult, Outcome, SandboxFault, _parse, run_child
from archive.renditions.sources import BytesSource, sealed_memfd

NOTHING = BytesSource(b"")


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        yield server.getsockname()[1]


@pytest.mark.service("bubblewrap")
def test_inside_the_sandbox_a_child_reaches_nothing(port: int) -> None:
    assert walls.capability().sandbox == "bubblewrap"
    assert run_child("trial.walls", NOTHING, port=port).require().value == []


def test_without_bubblewrap_it_says_so_and_still_writes_nothing(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    walls.capability.cache_clear()
    try:
        found = walls.capability()
        reached = run_child("trial.walls", NOTHING, port=port).require().value
        eaten = run_child("trial.eat", NOTHING, Limits(memory=256 * MIB))
        stuck = run_child("trial.sleep", NOTHING, Limits(wall_s=1))
    finally:
        walls.capability.cache_clear()
    assert found.sandbox == "rlimits" and "not installed" in found.reason
    assert not [place for place in reached if place.startswith(("write", "environment"))]
    assert (eaten.outcome, stuck.outcome) == (Outcome.MEMORY, Outcome.TIME)


@pytest.mark.parametrize(
    ("task", "limits", "outcome", "code"),
    [
        ("trial.sleep", Limits(wall_s=1.0), Outcome.TIME, "archive.file-too-heavy"),
        ("trial.loop", Limits(wall_s=20, cpu_s=1), Outcome.TIME, "archive.file-too-heavy"),
        ("trial.eat", Limits(memory=200 * MIB), Outcome.MEMORY, "archive.file-too-heavy"),
        ("trial.crash", Limits(), Outcome.CRASHED, "archive.file-unreadable"),
        ("trial.fault", Limits(), Outcome.FAULT, "archive.file-unreadable"),
        ("trial.panic", Limits(), Outcome.FAULT, "archive.file-unreadable"),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_each_bad_end_has_its_outcome_and_its_refusal(
    task: str, limits: Limits, outcome: Outcome, code: str, alone: bool
) -> None:
    start = time.monotonic()
    result = run_child(task, NOTHING, limits, alone=alone)
    assert result.outcome is outcome
    assert time.monotonic() - start < 15
    with pytest.raises(Refusal) as refused:
        result.require()
    assert refused.value.code == code
    assert refused.value.facts["reason_zh"] and refused.value.facts["reason_en"]


def test_an_abort_for_want_of_memory_is_told_from_one_of_a_reader_that_broke() -> None:
    ends = [run_child("trial.abort", NOTHING, Limits(memory=300 * MIB), share=share) for share in (0.7, 0.1)]
    assert [end.outcome for end in ends] == [Outcome.MEMORY, Outcome.CRASHED]
    assert [end.detail for end in ends] == ["SIGABRT"] * 2
    assert all(0.5 <= end.seconds < 30 for end in ends)


def test_a_child_near_its_memory_limit_still_answers() -> None:
    header = b'{"outcome":"ok","value":7,"blobs":[]}'
    framed = b"AJ1" + struct.pack(">I", len(header)) + header
    assert _parse(bytearray(b"AJ0" + framed)).require().value == 7
    assert _parse(bytearray(b"AJ0AJ0" + framed)).outcome is Outcome.PROTOCOL


def test_a_fault_never_quotes_the_file() -> None:
    result = run_child("trial.fault", NOTHING)
    assert "words" not in result.detail and result.detail.startswith("KeyError trial.py:")


def test_too_much_output_is_cut_off() -> None:
    limits = Limits(output=MIB)
    assert run_child("trial.flood", NOTHING, limits, bytes=2 * MIB).outcome is Outcome.OUTPUT
    assert len(run_child("trial.flood", NOTHING, limits, bytes=MIB // 2).require().blobs[0]) == MIB // 2


@pytest.mark.parametrize(
    "words",
    [b"", b"AJ", b"XXX\0\0\0\0", b"AJ1\xff\xff\xff\xff", b"AJ1\0\0\0\x02[]", b'AJ1\0\0\0\x10{"outcome":"ok"}'],
)
def test_an_answer_out_of_form_is_refused(words: bytes) -> None:
    result = run_child("trial.lie", NOTHING, words=words.hex())
    assert result.outcome is Outcome.PROTOCOL


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_as_an_answer_are_judged_without_a_fault(words: bytes) -> None:
    assert _parse(bytearray(words)).outcome is Outcome.PROTOCOL
    framed = b"AJ1" + struct.pack(">I", len(words)) + words
    assert _parse(bytearray(framed)).outcome is Outcome.PROTOCOL


def test_a_lie_in_good_form_does_come_through() -> None:
    header = b'{"outcome":"ok","value":7,"blobs":[]}'
    words = b"AJ1" + struct.pack(">I", len(header)) + header
    assert run_child("trial.lie", NOTHING, words=words.hex()).require().value == 7


def test_a_child_may_not_claim_an_end_that_only_the_parent_can_see() -> None:
    header = b'{"outcome":"time","blobs":[]}'
    assert _parse(bytearray(b"AJ1" + struct.pack(">I", len(header)) + header)).outcome is Outcome.PROTOCOL
    unknown = b'{"outcome":"unfit","code":"made-up","page":1,"detail":"","blobs":[]}'
    assert _parse(bytearray(b"AJ1" + struct.pack(">I", len(unknown)) + unknown)).outcome is Outcome.PROTOCOL


def test_prints_of_a_library_do_not_reach_the_answer() -> None:
    assert run_child("trial.chatter", NOTHING).require().value == "fine"


def test_half_a_surrogate_does_not_spoil_an_answer() -> None:
    assert run_child("trial.half", NOTHING).require().value == "half ?"


def test_unfit_carries_reason_and_page() -> None:
    result = run_child("trial.unfit", NOTHING, code="truncated")
    assert result == ChildResult(Outcome.UNFIT, reason="truncated", page=3, detail="detail")
    with pytest.raises(Refusal) as refused:
        result.require()
    assert refused.value.facts["page"] == 3 and "第3页" in str(refused.value.facts["reason_zh"])


def test_a_document_arrives_whole() -> None:
    data = bytes(range(256)) * 9_000
    result = run_child("trial.echo", BytesSource(data)).require()
    assert result.blobs == (data,) and result.value == {"size": len(data)}


def test_a_recording_is_read_by_places_and_nothing_else_is_asked_of_the_source() -> None:
    data = bytes(range(256)) * 9_000
    asked: list[tuple[int, int]] = []

    class Watched(BytesSource):
        def chunks(self) -> Iterator[bytes]:
            raise AssertionError("a recording is never copied whole")

        def read_at(self, offset: int, length: int) -> bytes:
            asked.append((offset, length))
            return super().read_at(offset, length)

    places = [(0, 10), (1_000_000, 1_200_000), (len(data) - 5, 100)]
    result = run_child("trial.pick", Watched(data), served=True, places=places).require()
    assert list(result.blobs) == [data[at : at + length] for at, length in places]
    assert max(length for _, length in asked) <= MIB


def test_many_children_at_once_do_not_mix() -> None:
    results: dict[int, bytes] = {}

    def one(number: int) -> None:
        results[number] = run_child("trial.echo", BytesSource(bytes([number]) * 1000)).require().blobs[0]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: bytes([number]) * 1000 for number in range(4)}


def test_a_program_that_does_not_exist_is_our_fault_not_the_file_s() -> None:
    with pytest.raises(SandboxFault):
        run_child("nothing.here", NOTHING)


def test_a_document_over_the_cap_is_refused_before_a_child_starts() -> None:
    with pytest.raises(Refusal, match=r"archive\.file-too-heavy"), sealed_memfd(BytesSource(b"12345"), cap=4):
        pass


def test_more_time_for_larger_files_within_bounds() -> None:
    assert Limits().for_size(0) == Limits()
    assert Limits().for_size(108 * MIB).wall_s == 130
    assert Limits().for_size(10**15).wall_s == 900
    assert Limits().for_size(10**15).memory == Limits().memory


@pytest.fixture
def server() -> Iterator[int]:
    """The process of a fork server that has answered once and waits."""
    forkserver.dismiss()
    run_child("trial.chatter", NOTHING).require()
    (one,) = forkserver.servers()
    yield one.process.pid
    forkserver.dismiss()


def _serving() -> list[int]:
    return [each.process.pid for each in forkserver.servers()]


@pytest.mark.service("bubblewrap")
def test_a_server_serves_one_file_after_another(server: int) -> None:
    for number in range(5):
        assert run_child("trial.echo", BytesSource(bytes([number]) * 9)).require().blobs == (bytes([number]) * 9,)
    with pytest.raises(Refusal):
        run_child("trial.unfit", NOTHING, code="damaged").require()
    assert _serving() == [server]


@pytest.mark.service("bubblewrap")
@pytest.mark.parametrize("task", ["trial.crash", "trial.linger", "trial.strike", "trial.sleep", "trial.flood"])
def test_a_server_goes_with_a_fork_that_did_not_end_clean(server: int, task: str) -> None:
    result = run_child(task, NOTHING, Limits(wall_s=1, output=MIB), bytes=2 * MIB)
    assert result.outcome in (Outcome.CRASHED, Outcome.TIME, Outcome.OUTPUT)
    assert server not in _serving() and not Path(f"/proc/{server}").exists()
    assert run_child("trial.chatter", NOTHING).require().value == "fine"


@pytest.mark.service("bubblewrap")
def test_a_fork_reaches_nothing_of_its_server(server: int) -> None:
    assert run_child("trial.peek", NOTHING).require().value == []
    assert _serving() == [server]


@pytest.mark.service("bubblewrap")
def test_a_server_that_died_while_it_waited_is_replaced(server: int) -> None:
    os.kill(server, signal.SIGKILL)
    assert run_child("trial.chatter", NOTHING).require().value == "fine"
    assert server not in _serving()


@pytest.mark.service("bubblewrap")
def test_a_server_outlives_the_thread_that_needed_it_first_and_a_copy_of_this_process_leaves_it_alone() -> None:
    forkserver.dismiss()
    thread = threading.Thread(target=lambda: run_child("trial.chatter", NOTHING))
    thread.start()
    thread.join()
    (before,) = _serving()
    copy = os.fork()
    if copy == 0:
        mine = run_child("trial.chatter", NOTHING).value == "fine" and before not in _serving()
        forkserver.dismiss()
        os._exit(0 if mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 0
    assert run_child("trial.chatter", NOTHING).require().value == "fine" and _serving() == [before]
    forkserver.dismiss()
