"""Opening a recording 打开音像: only for the media child programs; what its own headers claim, read without a decoder.

A library may mend a wrong claim in silence, so the claims that people see are read from the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
from av.stream import Disposition

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Request, Unfit

FORMATS = "mov,mp4,matroska,webm,avi,mpeg,mpegts,mpegvideo,wav,w64,mp3,flac,ogg,amr,mxf,asf,dv,aac,flv"
_STREAMS_CAP = 32
_BOXES_CAP = 50_000
_INDEX_TAIL = 64

Read = Callable[[int, int], bytes]


def open_recording(request: Request) -> Any:
    """The container of the recording that the parent serves; no other file and no address can be reached from it."""
    source = runtime.shared_source(request)
    try:
        container = av.open(
            source,
            mode="r",
            options={"format_whitelist": FORMATS, "protocol_whitelist": "none"},
            metadata_errors="replace",
            buffer_size=256 * 1024,
        )
    except (av.error.FFmpegError, ValueError, OSError):
        raise Unfit("damaged") from None
    for stream in container.streams:
        if stream.type in ("audio", "video") and stream.codec_context is not None:
            stream.codec_context.thread_count = 2
    return container


def streams_of(container: Any) -> list[Any]:
    """The streams that can be seen and heard; a cover picture is none. Refuses a file without any."""
    if len(container.streams) > _STREAMS_CAP:
        raise Unfit("members", detail=f"{len(container.streams)} streams")
    found = [
        stream
        for stream in container.streams
        if stream.type in ("audio", "video")
        and stream.codec_context is not None
        and not stream.disposition & Disposition.attached_pic
    ]
    if not found:
        raise Unfit("no-stream")
    return found


def origin_ms(container: Any) -> float:
    """Where the time of the recording begins."""
    return (container.start_time or 0) / 1000


def claims(request: Request, container: Any) -> tuple[int | None, bool]:
    """The length that the file declares (milliseconds; None: nothing), and whether bytes are missing at its end."""
    size = int(request["size"])
    source = runtime.shared_source(request)

    def read(offset: int, length: int) -> bytes:
        source.seek(offset)
        return source.read(length) or b""

    head = read(0, 4096)
    known = round(container.duration / 1000) if container.duration is not None else None
    if head[:4] in (b"RIFF", b"RF64"):
        return _avi_length(head) or known, _riff_end(head) > size + 1
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return known, _segment_end(head) > size
    if "mov" in container.format.name:
        length, end = _boxes(read, size)
        return length or known, end > size or _index_end(container) > size
    return known, False


def _riff_end(head: bytes) -> int:
    length = int.from_bytes(head[4:8], "little")
    return 0 if length in (0, 0xFFFF_FFFF) or head[:4] == b"RF64" else length + 8


def _avi_length(head: bytes) -> int | None:
    """Of the main header; a film of several chunks counts its frames in the extended one."""
    main, extended = head.find(b"avih"), head.find(b"dmlh")
    if head[8:12] != b"AVI " or main < 0:
        return None
    each = int.from_bytes(head[main + 8 : main + 12], "little")
    frames = int.from_bytes(head[main + 24 : main + 28], "little")
    if extended >= 0:
        frames = int.from_bytes(head[extended + 8 : extended + 12], "little") or frames
    return round(each * frames / 1000) or None


def _segment_end(head: bytes) -> int:
    """Where the Matroska segment says that it ends; 0 where it does not say."""
    at = head.find(b"\x18\x53\x80\x67")
    if at < 0:
        return 0
    first = head[at + 4]
    width = 9 - first.bit_length()
    value = int.from_bytes(head[at + 4 : at + 4 + width], "big") & ((1 << 7 * width) - 1)
    return 0 if value == (1 << 7 * width) - 1 else at + 4 + width + value


def _boxes(read: Read, size: int) -> tuple[int | None, int]:
    """Declared length of the movie header and the end of the last box of an MP4 or QuickTime file."""
    length, end = None, 0
    for kind, body, end in _walk(read, 0, size):
        if kind == b"moov":
            length = next(
                (_movie_length(read(at, 32)) for name, at, _ in _walk(read, body, end) if name == b"mvhd"), None
            )
    return length, end


def _walk(read: Read, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = start
    for _ in range(_BOXES_CAP):
        head = read(at, 16)
        if len(head) < 8:
            return
        length, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if length == 1:
            length, body = int.from_bytes(head[8:16], "big"), at + 16
        if length == 0:
            length = end - at
        if length < 8:
            return
        yield kind, body, at + length
        at += length
        if at >= end:
            return


def _movie_length(body: bytes) -> int | None:
    wide = bool(body) and body[0] == 1
    scale = int.from_bytes(body[20:24] if wide else body[12:16], "big")
    value = body[24:32] if wide else body[16:20]
    length = int.from_bytes(value, "big")
    if not scale or not length or set(value) == {0xFF}:
        return None
    return round(1000 * length / scale)


def _index_end(container: Any) -> int:
    end = 0
    for stream in container.streams:
        entries = stream.index_entries
        for number in range(max(0, len(entries) - _INDEX_TAIL), len(entries)):
            end = max(end, entries[number].pos + entries[number].size)
    return end
