"""The specification as it is put into a store root 格式说明的版次: never changed, a new edition lies beside the old."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

FORMAT = 1
"""Number of the format of sealed objects; another one means that an old reader cannot read new objects."""

_KEPT = (".md", ".txt", ".json", ".zip", ".pem")
_READER = "anjuan_verify.py"
_WELCOME = "README.txt"


def spec_files() -> dict[str, bytes]:
    """Name -> bytes for ``archive.ocfl.root.init_root`` 写入存储根的说明.

    ``README.txt`` lies in the root and never changes; everything else in ``<format>-<digest>/``, so that a corrected
    text becomes a further edition and no kept byte is touched.
    """
    folder = resources.files("archive.spec")
    texts = dict(_walk(folder, ""))
    welcome = texts.pop(_WELCOME)
    total = hashlib.sha256()
    for name in sorted(texts):
        total.update(f"{name}\0{len(texts[name])}\0".encode() + texts[name])
    edition = f"{FORMAT}-{total.hexdigest()[:8]}"
    return {_WELCOME: welcome} | {f"{edition}/{name}": data for name, data in texts.items()}


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        name = f"{above}{each.name}"
        if each.is_dir() and not each.name.startswith("_"):
            yield from _walk(each, f"{name}/")
        elif each.is_file() and (each.name.endswith(_KEPT) or each.name == _READER):
            yield name, each.read_bytes()
