"""LibreOffice: prints office files in the limited child."""

from archive.renditions.children import soffice


def available() -> str | None:
    """None when LibreOffice with Writer, Calc and Impress is installed, else the reason."""
    program = soffice.find()
    if program is None:
        return "no LibreOffice on this machine (Debian: libreoffice-writer-nogui)"
    wanted = {"libswlo.so": "writer", "libsclo.so": "calc", "libsdlo.so": "impress"}
    lacking = [name for library, name in wanted.items() if not (program.parent / library).is_file()]
    return f"LibreOffice lacks {', '.join(lacking)} (Debian: libreoffice-…-nogui)" if lacking else None
