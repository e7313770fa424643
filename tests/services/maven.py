"""Java libraries by their Maven coordinates, cached, each file checked against a digest kept in this repository."""

import hashlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.services.places import cache_folder, find_program

SUMS = Path(__file__).parent / "java"

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>anjuan.tests</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>
<dependencyManagement><dependencies>{bom}</dependencies></dependencyManagement>
<dependencies>{dependencies}</dependencies></project>"""


class CannotFetch(Exception):
    """The libraries are not to be had here; the text says why."""


@cache
def libraries(name: str, coordinates: tuple[str, ...], bom: str = "") -> Path:
    """Folder with the jars of ``coordinates`` (``group:artifact:version``) and all they need.

    The digests must equal ``java/NAME.sha256``. Raises :class:`CannotFetch`.
    """
    if find_program("java") is None:
        raise CannotFetch("no java on this machine (Debian: default-jdk-headless)")
    sums = (SUMS / f"{name}.sha256").read_text(encoding="utf-8")
    folder = cache_folder() / "maven" / f"{name}-{hashlib.sha256(sums.encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            jars = _fetch(name, coordinates, bom, Path(work))
            if digests(jars) != sums:
                raise CannotFetch(f"the jars of {name} differ from tests/services/java/{name}.sha256")
            if not folder.is_dir():
                shutil.move(jars, folder)
    return folder


def pin(name: str, coordinates: tuple[str, ...], bom: str = "") -> None:
    """Fetch the jars anew and write down their digests: after a change of version, by a person who looked."""
    with tempfile.TemporaryDirectory() as work:
        found = digests(_fetch(name, coordinates, bom, Path(work)))
    (SUMS / f"{name}.sha256").write_text(found, encoding="utf-8")


def java(*words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a small Java program: the quick compiler and the simple collector, since it lives for seconds."""
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
    return subprocess.run(["java", *quick, *words], capture_output=True, text=True, timeout=timeout)


def digests(folder: Path) -> str:
    """The jars of a folder as ``sha256sum`` prints them, by name."""
    return "".join(
        f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in sorted(folder.glob("*.jar"))
    )


def _fetch(name: str, coordinates: tuple[str, ...], bom: str, work: Path) -> Path:
    if find_program("mvn") is None:
        raise CannotFetch("no mvn on this machine to fetch its jars with (Debian: maven)")
    pom, jars = work / "pom.xml", work / "jars"
    pom.write_text(_pom(name, coordinates, bom), encoding="utf-8")
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(pom), "dependency:copy-dependencies"]
    command.append(f"-DoutputDirectory={jars}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    if done.returncode != 0 or not jars.is_dir():
        said = (done.stdout + done.stderr).strip().splitlines() or ["mvn said nothing"]
        raise CannotFetch(f"Maven did not give {name}: {said[0][:200]}")
    return jars


def _pom(name: str, coordinates: tuple[str, ...], bom: str) -> str:
    managed = _dependency(bom, "<type>pom</type><scope>import</scope>") if bom else ""
    return _POM.format(name=name, bom=managed, dependencies="".join(_dependency(each) for each in coordinates))


def _dependency(coordinate: str, more: str = "") -> str:
    group, artifact, *version = coordinate.split(":")
    exact = f"<version>{version[0]}</version>" if version else ""
    return f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>{exact}{more}</dependency>"
