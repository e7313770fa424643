"""``serve`` as people start it: the address is printed when a browser may come, and not when the port is another's."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.support.house import House, make_house

ROOT = Path(__file__).parents[2]


def _serve(house: House, port: int) -> subprocess.Popen[str]:
    start = "from wsgi import cli; cli(prog_name='anjuan')"
    words = [sys.executable, "-P", "-c", start, "--home", str(house.path), "serve", "--port", str(port)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)


def test_the_address_is_printed_once_it_answers_and_not_on_a_taken_port(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home", unlocked=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        refused = _serve(house, port)
        told, _ = refused.communicate()
        assert refused.returncode != 0 and not told
    serving = _serve(house, port)
    try:
        assert serving.stdout is not None
        assert f"http://127.0.0.1:{port}" in serving.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in") as page:
            assert page.status == 200
    finally:
        serving.terminate()
        serving.wait()
        assert serving.stdout is not None
        serving.stdout.close()
