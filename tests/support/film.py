"""Makes a small film that browsers play (H.264), as ``python -m tests.support.film FILE SECONDS``: only such a program
may import ``av``.
"""

import sys
from typing import Any

import av
from PIL import Image, ImageDraw

RATE = 10


def main(path: str, seconds: int) -> None:
    """A number that counts up, ten frames a second."""
    with av.open(path, "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        frames: Any = av.VideoFrame
        for number in range(seconds * RATE):
            picture = Image.new("RGB", (320, 240), (20, 60, 90 + number % 100))
            ImageDraw.Draw(picture).text((130, 110), f"{number / RATE:.1f} s", fill="white")
            container.mux(stream.encode(frames.from_image(picture)))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
