"""LibreOffice at work 办公软件转换: one profile and folder in scratch; no macro, no network, no links updated.

It is a program beside us and never imported. It inherits the limits of the child and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from archive.renditions.children.runtime import Request, Unfit
from archive.renditions.limits import MIB

_FONTS = Path(__file__).resolve().parents[2] / "fonts"
_PLACES = (
    Path("/usr/lib/libreoffice/program"),
    Path("/usr/lib64/libreoffice/program"),
    Path("/opt/libreoffice/program"),
)
_RESTART = 81
_OWN_CAP = 512 * MIB
_LOOK_S = 0.02
_RESIDENT_CAP = 460 * MIB
"""Below 512 MiB by what may be added between two looks, and by the walls' own processes."""
_PDF_SETTINGS: dict[str, object] = {
    "SelectPdfVersion": 2,
    "UseTaggedPDF": True,
    "ExportBookmarks": True,
    "ExportFormFields": False,
    "ExportNotes": False,
    "ExportHiddenSlides": False,
    "ExportLinksRelativeFsys": False,
    "ReduceImageResolution": False,
    "UseLosslessCompression": True,
    "IsSkipEmptyPages": False,
}
_SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisablePythonRuntime", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "HyperlinksWithCtrlClick", "true"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Misc", "UseOpenCL", "false"),
    ("/org.openoffice.Office.Common/Undo", "Steps", "1"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Writer/Content/Update", "Field", "false"),
    ("/org.openoffice.Office.Writer/Content/Update", "Chart", "false"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "1"),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "1"),
    ("/org.openoffice.Office.Calc/Print/Page", "EmptyPages", "true"),
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true"),
    ("/org.openoffice.Setup/L10N", "ooLocale", "en-US"),
    ("/org.openoffice.Office.Linguistic/General", "DefaultLocale_CJK", "zh-CN"),
    ("/org.openoffice.Office.Linguistic/General", "DefaultLocale", "en-US"),
)


def find() -> Path | None:
    """The program itself, not its starting script; None where LibreOffice is not installed."""
    return next((place / "soffice.bin" for place in _PLACES if (place / "soffice.bin").is_file()), None)


def version() -> str:
    """Version and build as LibreOffice's own file of settings says."""
    program = find()
    if program is None:
        return ""
    product = _setting(program.parent / "bootstraprc", "ProductKey").removeprefix("LibreOffice").strip()
    return f"{product or 'unknown'} {_build(program)}".strip()


def _build(program: Path) -> str:
    return _setting(program.parent / "versionrc", "buildid")


def _setting(path: Path, name: str) -> str:
    with contextlib.suppress(OSError):
        for line in path.read_text("utf-8", "replace").splitlines():
            if line.startswith(f"{name}="):
                return line.partition("=")[2].strip()[:60]
    return ""


class Office:
    """LibreOffice with a profile of its own in the scratch of this child 一次性 LibreOffice."""

    def __init__(self, request: Request) -> None:
        scratch = str(request.get("scratch", ""))
        program = find()
        if program is None:
            raise Unfit("no-office")
        if not scratch:
            raise Unfit("no-scratch")
        self._program, self._scratch = program, Path(scratch)
        self._profile = self._scratch / "profile"
        (self._profile / "user" / "extensions").mkdir(parents=True)
        # it takes the profile for settled, otherwise it would settle its extensions first and ask to be started again
        (self._profile / "user" / "extensions" / "buildid").write_text(_build(program), "utf-8")
        (self._profile / "user" / "registrymodifications.xcu").write_text(_registry(), "utf-8")
        self._runs, self._used_before = 0, _used(self._scratch)

    def to_pdf(self, data: bytes, extension: str, desk: str) -> bytes:
        """The document printed as PDF/A-2b by ``desk`` (``writer``, ``calc``, ``impress``, ``draw``)."""
        settings = {name: {"type": _kind(value), "value": _word(value)} for name, value in _PDF_SETTINGS.items()}
        return self._convert(data, extension, f"pdf:{desk}_pdf_Export:{json.dumps(settings)}", "pdf")

    def to_odf(self, data: bytes, extension: str, desk: str) -> bytes:
        """The document as OpenDocument, to be read by our own reader."""
        made = {"writer": "odt", "calc": "ods", "impress": "odp", "draw": "odg"}[desk]
        return self._convert(data, extension, made, made)

    def _convert(self, data: bytes, extension: str, into: str, made: str) -> bytes:
        self._runs += 1
        folder = self._scratch / f"run-{self._runs}"
        folder.mkdir()
        source = folder / f"document.{extension}"
        source.write_bytes(data)
        words = [str(self._program), f"-env:UserInstallation=file://{self._profile}", "--headless", "--invisible"]
        words += ["--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard"]
        words += ["--convert-to", into, "--outdir", str(folder / "out"), str(source)]
        code = _RESTART
        for _ in range(2):  # on a fresh profile it settles its extensions and asks to be started again
            if code == _RESTART:
                with _running(words, self._environment()) as process:
                    code = self._wait(process)
        if code < 0:
            raise Unfit("crashed" if -code not in (signal.SIGXCPU, signal.SIGKILL) else "time", detail="LibreOffice")
        result = folder / "out" / f"document.{made}"
        if not result.is_file():
            raise Unfit("office-failed", detail=f"LibreOffice ended with {code}")
        written = result.read_bytes()
        result.unlink()
        source.unlink()
        return written

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        """Its exit code. What all of this child holds in memory together, scratch too, stays within the common limit:
        the address space, which the kernel limits, is mostly libraries that are mapped and never touched.
        """
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(_LOOK_S)
            used = _used(self._scratch) - self._used_before
            if used + _resident(process.pid) + self._own() > _RESIDENT_CAP:
                raise Unfit("memory", detail="LibreOffice")

    @staticmethod
    def _own() -> int:
        """What this process holds; nothing where it is no child with limits but the maker of samples."""
        confined = resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY
        return _resident(os.getpid()) if confined else 0

    def _environment(self) -> dict[str, str]:
        scratch = str(self._scratch)
        return {
            "LANG": "C.UTF-8",
            "HOME": scratch,
            "TMPDIR": scratch,
            "XDG_CACHE_HOME": f"{scratch}/cache",
            "XDG_CONFIG_HOME": f"{scratch}/config",
            "XDG_RUNTIME_DIR": scratch,
            "FONTCONFIG_FILE": str(_FONTS / "fonts.conf"),
            "SAL_USE_VCLPLUGIN": "svp",
            "SAL_DISABLE_OPENCL": "1",
            "MALLOC_ARENA_MAX": "2",
            "DISABLE_EXTENSION_SYNCHRONIZATION": "1",
            "SAL_DISABLE_USERMIGRATION": "1",
            "OOO_DISABLE_RECOVERY": "1",
            "URE_BOOTSTRAP": f"vnd.sun.star.pathname:{self._program.parent}/fundamentalrc",
            "LD_LIBRARY_PATH": str(self._program.parent),
        }


def keep_own_share() -> None:
    """This process itself may have no more memory than any other child; LibreOffice maps more than it ever touches."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (min(_OWN_CAP, most), most))


def _take_all() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def _running(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        close_fds=True,
        cwd="/",
        preexec_fn=_take_all,  # one system call; no lock is asked for
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


def _used(folder: Path) -> int:
    """Bytes on the memory file system of a folder, which without bubblewrap is not ours alone."""
    room = os.statvfs(folder)
    return (room.f_blocks - room.f_bfree) * room.f_frsize


def _resident(pid: int) -> int:
    """Bytes of a process that are in memory; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


def _kind(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "long"


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _registry() -> str:
    items = "".join(
        f"<item oor:path={quoteattr(path)}><prop oor:name={quoteattr(name)} oor:op='fuse'>"
        f"<value>{escape(value)}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>"
    )
