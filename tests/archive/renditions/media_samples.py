"""Makes small recordings, run as ``python -m`` in a process of its own: only such a program may import ``av``.

Usage: ``python -m tests.archive.renditions.media_samples FILE SECONDS [GAP_FROM GAP_TO]``.
"""

import sys
from fractions import Fraction
from typing import Any

import av
from PIL import Image

RATE = 10


def main(path: str, seconds: int, gap: tuple[int, int]) -> None:
    """Frames of changing colour, MPEG-4 part 2, with the frames of ``gap`` (seconds) left out."""
    with av.open(path, "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.time_base = Fraction(1, RATE)
        stream.gop_size = RATE
        for number in range(seconds * RATE):
            if gap[0] * RATE <= number < gap[1] * RATE:
                continue
            tint = (number * 7) % 256
            picture = Image.linear_gradient("L").resize((160, 120)).rotate(number % 4 * 90)
            video_frame: Any = av.VideoFrame
            frame = video_frame.from_image(Image.merge("RGB", (picture, Image.new("L", (160, 120), tint), picture)))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    cut = (int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else (0, 0)
    main(sys.argv[1], int(sys.argv[2]), cut)
