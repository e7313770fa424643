"""Child program for viewing copies 浏览版子程序: any recording that decodes becomes WebM (VP9, Opus) for browsers.

Times are kept, so that a moment of the copy is the same moment of the original; interlaced pictures are woven, turned
pictures set upright, pixels made square. The film leaves through the parent's outlet as it is made; what the muxer
writes over bytes that are gone already (index, length) is given back as corrections.
"""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

import av
import av.logging
from av.filter import Graph

from archive.renditions.children import runtime
from archive.renditions.children.media_open import open_recording, origin_ms, streams_of
from archive.renditions.children.runtime import Answer, Request, Unfit

_WIDTH, _HEIGHT = 1024, 576
_SHORTEST_MS = 32
_KEY_FRAMES = 125
_BITS_A_PIXEL = 2
_CORRECTIONS_CAP = 4 * 1024 * 1024
_MILLI = Fraction(1, 1000)
_ENCODER = {
    "deadline": "realtime",
    "cpu-used": "8",
    "row-mt": "1",
    "tile-columns": "1",
    "lag-in-frames": "0",
    "error-resilient": "0",
}


class Outgoing:
    """A file that is only ever written onwards 输出流; writing back is kept as a correction."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at, self.size = descriptor, 0, 0
        self.corrections: list[tuple[int, bytes]] = []
        self._corrected = 0

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence] + offset
        return self._at

    def write(self, data: Any) -> int:
        piece = bytes(data)
        back = min(len(piece), max(0, self.size - self._at))
        if back:
            self._corrected += back
            if self._corrected > _CORRECTIONS_CAP:
                raise MemoryError
            self.corrections.append((self._at, piece[:back]))
        view = memoryview(piece)[back:]
        while view:
            count = os.write(self._descriptor, view)
            view, self.size = view[count:], self.size + count
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        os.close(self._descriptor)


class Pictures:
    """The picture of the copy 画面: filters are built for the first frame and again when the frames change."""

    def __init__(self, out: Any, stream: Any, origin: float) -> None:
        self._out, self._source, self._origin = out, stream, origin
        self._encoder: Any = None
        self._graph: Any = None
        self._shape: tuple[object, ...] = ()
        self._last = -_SHORTEST_MS
        self.end_ms = 0

    def look(self, frame: Any) -> None:
        """The first frame, which tells the size of the copy."""
        self._encoder = _video_stream(self._out, *self._size(frame))

    def take(self, frame: Any) -> None:
        """One frame of the original; one that comes too soon after another is left out."""
        if frame.pts is None or frame.time_base is None:
            return
        at = round(float(frame.pts * frame.time_base) * 1000 - self._origin)
        if at - self._last < _SHORTEST_MS or at < 0:
            return
        self._last = at
        shape = (frame.width, frame.height, frame.format.name, frame.rotation)
        if shape != self._shape:
            self._end_filters()
            self._shape, self._graph = shape, self._filters(frame)
        frame.pts, frame.time_base = at, _MILLI
        self._graph.vpush(frame)
        self._pull()

    def _pull(self) -> None:
        while True:
            try:
                made = self._graph.vpull()
            except (BlockingIOError, EOFError):
                return
            made.pict_type = 0
            self.end_ms = max(self.end_ms, round(float(made.pts * made.time_base) * 1000))
            self._out.mux(self._encoder.encode(made))

    def close(self) -> None:
        """The last frames."""
        self._end_filters()
        self._out.mux(self._encoder.encode(None))

    def _end_filters(self) -> None:
        if self._graph is not None:
            self._graph.vpush(None)
            self._pull()

    def _filters(self, frame: Any) -> Any:
        graph = Graph()
        graph.threads = 1
        nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_MILLI)]
        if frame.interlaced_frame:
            nodes.append(graph.add("bwdif", "mode=send_frame:deint=interlaced"))
        turn = {90: ("cclock",), -90: ("clock",), 270: ("clock",), 180: ("clock", "clock"), -180: ("clock", "clock")}
        nodes += [graph.add("transpose", way) for way in turn.get(frame.rotation, ())]
        size = self._encoder.width, self._encoder.height
        nodes += [graph.add("scale", f"{size[0]}:{size[1]}"), graph.add("setsar", "1"), graph.add("format", "yuv420p")]
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph

    def _size(self, frame: Any) -> tuple[int, int]:
        aspect = self._source.sample_aspect_ratio or 1
        wide, high = frame.width * float(aspect), float(frame.height)
        if abs(frame.rotation) in (90, 270):
            wide, high = high, wide
        share = min(1.0, _WIDTH / max(wide, 1), _HEIGHT / max(high, 1))
        return max(16, round(wide * share / 2) * 2), max(16, round(high * share / 2) * 2)


class Sounds:
    """The sound of the copy 声音."""

    def __init__(self, out: Any, stream: Any, origin: float) -> None:
        self._out, self._origin = out, origin
        layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
        self._encoder = out.add_stream("libopus", rate=48_000, layout=layout)
        self._encoder.codec_context.bit_rate = 48_000 if layout == "mono" else 80_000
        self.end_ms = 0

    def take(self, frame: Any) -> None:
        """One frame of the original."""
        if frame.pts is not None and frame.time_base is not None:
            frame.pts -= round(self._origin / 1000 / float(frame.time_base))
            self.end_ms = max(self.end_ms, round(float(frame.pts * frame.time_base) * 1000))
        self._out.mux(self._encoder.encode(frame))

    def close(self) -> None:
        """The last packets."""
        self._out.mux(self._encoder.encode(None))


def make(request: Request) -> Answer:
    """A viewing copy through the outlet; its codecs, length and corrections as the answer."""
    av.logging.set_level(av.logging.PANIC)
    outgoing = Outgoing(int(request["sink_fd"]))
    with open_recording(request) as container:
        streams, origin = streams_of(container), origin_ms(container)
        video = next((stream for stream in streams if stream.type == "video"), None)
        audio = next((stream for stream in streams if stream.type == "audio"), None)
        with av.open(outgoing, "w", format="webm") as out:
            takers: dict[int, Any] = {}
            if video is not None:
                takers[video.index] = _prepare(container, out, video, origin)
            if audio is not None:
                takers[audio.index] = Sounds(out, audio, origin)
            _copy(container, [stream for stream in (video, audio) if stream is not None], takers)
            codecs = tuple(str(stream.codec_context.name) for stream in out.streams)
    length = max(taker.end_ms for taker in takers.values())
    if not length:
        raise Unfit("damaged", detail="nothing could be decoded")
    value = {
        "codecs": codecs,
        "video": video is not None,
        "size": outgoing.size,
        "duration_ms": length,
        "at": [at for at, _ in outgoing.corrections],
    }
    outgoing.close()
    return Answer(value, tuple(piece for _, piece in outgoing.corrections))


def _prepare(container: Any, out: Any, stream: Any, origin: float) -> Pictures:
    """The muxer wants to know all streams before the first packet: one frame is looked at, and the film rewound."""
    pictures = Pictures(out, stream, origin)
    try:
        first = next(iter(container.decode(stream)), None)
    except (av.error.FFmpegError, ValueError, OSError):
        first = None
    if first is None:
        raise Unfit("damaged", detail="no picture could be decoded")
    pictures.look(first)
    container.seek(container.start_time or 0)
    return pictures


def _copy(container: Any, streams: list[Any], takers: dict[int, Any]) -> None:
    try:
        for packet in container.demux(streams):
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError):
                continue
            for frame in frames:
                takers[packet.stream.index].take(frame)
    except av.error.FFmpegError:
        pass  # where the file breaks off, the copy ends
    for taker in takers.values():
        taker.close()


def _video_stream(out: Any, wide: int, high: int) -> Any:
    stream = out.add_stream("libvpx-vp9", rate=25, options=_ENCODER)
    stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
    stream.codec_context.time_base = _MILLI
    stream.codec_context.thread_count = 2
    stream.codec_context.gop_size = _KEY_FRAMES
    stream.bit_rate = max(200_000, wide * high * _BITS_A_PIXEL)
    return stream


if __name__ == "__main__":
    runtime.run({"media_copy.make": make})
