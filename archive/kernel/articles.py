"""Articles 条款: what a basis is called in each language.

The Rules 办法 are the bureau's own on records of the whole process of enforcement (行政执法全过程记录实施办法).
They have this one short name on every page and in every command.
"""

from __future__ import annotations

import re

_LAWS = (
    ("中华人民共和国电子签名法", "Electronic Signature Law"),
    ("全国年节及纪念日放假办法", "Public Holidays Regulation"),
    ("行政处罚法", "Administrative Penalty Law"),
    ("行政强制法", "Administrative Coercion Law"),
    ("行政复议法", "Administrative Reconsideration Law"),
    ("行政诉讼法", "Administrative Litigation Law"),
    ("民事诉讼法", "Civil Procedure Law"),
    ("民法典", "Civil Code"),
    ("政府信息公开条例", "Government Information Regulation"),
    ("保守国家秘密法实施条例", "State Secrets Law Regulation"),
    ("保守国家秘密法", "State Secrets Law"),
    ("档案法实施条例", "Archives Law Regulation"),
    ("档案法", "Archives Law"),
    ("密码法", "Cryptography Law"),
    ("办法", "Rules"),
    ("不相容职责分离", "separation of duties"),
    ("岗位分离", "separation of duties"),
    ("三员分立", "three administrators apart"),
    ("真实性", "authenticity"),
    ("可用性", "usability"),
    ("转换前后内容一致", "same content before and after conversion"),
)
_ARTICLE = re.compile(
    r"第([一二三四五六七八九十百零]+)条(?:第([一二三四五六七八九十]+)款)?(?:第([一二三四五六七八九十]+)项)?"
)
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}


def basis_said(basis: str, language: str) -> str:
    """A basis as it is cited in Chinese, in ``language``: ``办法第二十四条第二款`` is ``Rules art. 24(2)``."""
    if language.startswith("zh"):
        return basis
    said = _ARTICLE.sub(_article, basis)
    for zh, en in _LAWS:
        said = said.replace(zh, en)
    return re.sub(r"\s+", " ", said.replace("；", "; ").replace("、", ", ")).strip()


def _article(hit: re.Match[str]) -> str:
    within = "".join(f"({_number(part)})" for part in hit.groups()[1:] if part)
    return f" art. {_number(hit[1])}{within}"


def _number(text: str) -> int:
    """A Chinese numeral below a thousand."""
    whole = part = 0
    for sign in text:
        if sign in "十百":
            whole, part = whole + (part or 1) * (10 if sign == "十" else 100), 0
        elif sign != "零":
            part = _DIGITS[sign]
    return whole + part
