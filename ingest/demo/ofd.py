"""OFD packages 版式文件 (GB/T 33190) of the demonstration: text with places, a line, a seal that names itself."""

from __future__ import annotations

import io
import zipfile

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def text_object(number: int, text: str, x: float, y: float, size: float = 5.0) -> str:
    """One run of text, signs side by side; places in millimetres from the top left."""
    deltas = f"g {max(len(text) - 1, 1)} {size}"
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{x} {y} {size * len(text)} {size * 1.4}" Font="1" Size="{size}">'
        f'<ofd:TextCode X="0" Y="{size}" DeltaX="{deltas}">{text}</ofd:TextCode></ofd:TextObject>'
    )


def make_ofd(pages: list[list[str]], *, seal: str = "") -> bytes:
    """An OFD with one line of text under another on each page; ``seal`` names a seal on the first."""
    listed = "".join(f'<ofd:Page ID="{100 + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    members = {
        "OFD.xml": (
            f'<ofd:OFD {NAMESPACE} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>'
            "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
            + ("<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>" if seal else "")
            + "</ofd:DocBody></ofd:OFD>"
        ),
        "Doc_0/Document.xml": (
            f"<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>500</ofd:MaxUnitID><ofd:PageArea>"
            "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
            f"</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
        ),
        "Doc_0/PublicRes.xml": (
            f'<ofd:Res {NAMESPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="1" FontName="宋体" FamilyName="宋体"/>'
            "</ofd:Fonts></ofd:Res>"
        ),
    }
    for number, lines in enumerate(pages):
        runs = "".join(text_object(200 + at, line, 20, 30 + 10 * at) for at, line in enumerate(lines))
        rule = '<ofd:PathObject ID="400" Boundary="20 20 170 1" LineWidth="0.5"><ofd:AbbreviatedData>M 0 0 L 170 0'
        members[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID="50">{runs}{rule}</ofd:AbbreviatedData></ofd:PathObject>'
            "</ofd:Layer></ofd:Content></ofd:Page>"
        )
    if seal:
        members["Doc_0/Signs/Signatures.xml"] = (
            f'<ofd:Signatures {NAMESPACE}><ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/>'
            "</ofd:Signatures>"
        )
        members["Doc_0/Signs/Sign_0/Signature.xml"] = (
            f'<ofd:Signature {NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="{seal}" Version="1"/>'
            "<ofd:SignatureDateTime>20260602094000Z</ofd:SignatureDateTime>"
            '<ofd:StampAnnot ID="1" PageRef="100" Boundary="120 200 40 40"/></ofd:SignedInfo></ofd:Signature>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in members.items():
            package.writestr(name, _HEAD + text)
    return out.getvalue()
