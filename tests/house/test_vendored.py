"""Files of other makers are the ones we took, and nothing lies beside them unnamed."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("vendor", "archive/fonts", "archive/static/vendor")
OURS = {"SHA256SUMS", "VENDOR.md", "uv-requirements.txt", "fonts.conf"}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_vendored_file_has_the_digest_that_was_written_down(name: str) -> None:
    folder = ROOT / name
    written = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, path = line.split(maxsplit=1)
        written[Path(path)] = digest
    found = {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in OURS
    }
    assert found == written
