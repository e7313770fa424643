"""Typefaces of generated pages 生成页字体: the vendored Noto Serif SC, and further faces for rare names by setting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

FAMILY_NAME, TYPOGRAPHIC_FAMILY = 1, 16
SUFFIXES = frozenset({".ttf", ".otf"})


def vendored_fonts() -> Path:
    """The folder of the fonts that ship with the archive 随附字体."""
    with resources.as_file(resources.files("archive") / "fonts") as folder:
        return folder


class Faces:
    """Fonts read once 已载入字体: ``families`` in order of preference, ``available`` the code points they can draw.

    Only TrueType and OpenType files count; fonts of the operating system are never used, so that the same facts give
    the same bytes on every machine.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.loaded = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(each) for each in folders]
        )
        families: dict[str, set[int]] = {}
        for folder in folders:
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in SUFFIXES:
                    name, signs = _read_face(path)
                    families[name] = families.get(name, signs) & signs
        if not families:
            raise FileNotFoundError(f"no font file in {', '.join(str(each) for each in folders)}")
        self.families = list(families)
        self.available = frozenset().union(*families.values())


def _read_face(path: Path) -> tuple[str, set[int]]:
    with TTFont(path, lazy=True) as font:
        names = font["name"]
        family = names.getDebugName(TYPOGRAPHIC_FAMILY) or names.getDebugName(FAMILY_NAME)
        return str(family), set(font.getBestCmap())


@lru_cache(maxsize=4)
def load_faces(extra: tuple[Path, ...] = ()) -> Faces:
    """The vendored faces, then those in the ``extra`` folders 字体载入; read once per process."""
    return Faces([vendored_fonts(), *extra])
