"""House 本发行包: five packages with common names and the porch must all come from one place, this distribution."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

NAMES = ("archive", "access", "retention", "search", "ingest", "wsgi")


def require_own_names(find: Callable[[str], ModuleSpec | None] = find_spec) -> None:
    """Refuses to start when one of the six top-level names resolves outside the folder that holds this package.

    Names such as ``archive`` and ``search`` are common: another distribution, or a file in the working folder, could
    stand in front of ours and answer for the guard. RuntimeError names what was found where.
    """
    home = Path(__file__).resolve().parents[2]
    strangers = [f"{name}: {place}" for name in NAMES if (place := _place(find(name))) != home]
    if strangers:
        raise RuntimeError(f"不是本发行包的模块 not of this distribution ({home}): " + "; ".join(strangers))


def _place(spec: ModuleSpec | None) -> Path | None:
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).resolve()
    return file.parents[1] if file.name == "__init__.py" else file.parent
