"""Colours of a part in a whole 色彩: device colours of a part keep the meaning that its own output intent gave them."""

from __future__ import annotations

import zlib

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

_DEFAULTS = {
    1: (Name.DefaultGray, Name.DeviceGray),
    3: (Name.DefaultRGB, Name.DeviceRGB),
    4: (Name.DefaultCMYK, Name.DeviceCMYK),
}
_MOST = 1 << 20
"""Bytes of a profile that are looked at: a small stream can become any number of them."""
_SRGB = (b"sRGB", "sRGB".encode("utf-16-be"))


def fix_colours(pdf: Pdf, whole: bytes) -> None:
    """Where ``pdf`` has another output profile than ``whole`` (sRGB), its device colours are given that profile by
    themselves (ISO 32000-1, 8.6.5.6), for a PDF/A has one output intent.
    """
    profile = _profile(pdf)
    if profile is None:
        return
    data = _start(profile)
    channels = int(profile.get(Name.N, 0))
    if channels not in _DEFAULTS or data == whole or (channels == 3 and any(name in data for name in _SRGB)):
        return
    default, device = _DEFAULTS[channels]
    space = Array([Name.ICCBased, profile])
    for each in pdf.objects:
        if not isinstance(each, Dictionary | Stream):
            continue
        group = each.get(Name.Group)
        if isinstance(group, Dictionary) and group.get(Name.CS) == device:
            group[Name.CS] = space
        resources = each.get(Name.Resources)
        if isinstance(resources, Dictionary):
            spaces = resources.get(Name.ColorSpace)
            if not isinstance(spaces, Dictionary):
                spaces = resources[Name.ColorSpace] = Dictionary()
            if default not in spaces:
                resources.ColorSpace[default] = space


def _start(profile: Object) -> bytes:
    """The profile, or its first megabyte; nothing of one that is packed in another way than PDF/A writers pack it,
    which counts as another profile then.
    """
    raw, packed = profile.read_raw_bytes(), profile.get(Name.Filter)
    if packed is None:
        return raw[:_MOST]
    if packed not in (Name.FlateDecode, Array([Name.FlateDecode])) or Name.DecodeParms in profile:
        return b""
    try:
        return zlib.decompressobj().decompress(raw, _MOST)
    except zlib.error:
        return b""


def _profile(pdf: Pdf) -> Object | None:
    for intent in pdf.Root.get(Name.OutputIntents, Array()):
        if intent.get(Name.S) == Name.GTS_PDFA1 and isinstance(intent.get(Name.DestOutputProfile), Stream):
            return intent[Name.DestOutputProfile]
    return None
