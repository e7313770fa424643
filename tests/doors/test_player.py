"""What stands around a recording: findings with the moment as a link, chapters, wave with its table, viewing copy."""

from __future__ import annotations

import html

import pytest

from archive.doors.web.player import draw, linked, second_of
from archive.renditions.terms import Gap, MediaFacts, Stretch, StretchKind
from tests.support.recordings import recordings
from tests.support.webapp import Site


def _facts(**changed: object) -> MediaFacts:
    given = dict(container="avi", declared_ms=60_000, decoded_ms=60_000, checked_ms=60_000, deep=True, streams=())
    return MediaFacts(**{**given, "decode_errors": 0, "error_at_ms": (), "gaps": (), **changed})  # type: ignore[arg-type]


def test_the_drawing_and_its_table_say_the_same() -> None:
    wave = draw(
        _facts(
            gaps=(Gap(0, 30_000, 36_000),),
            stretches=(Stretch(StretchKind.SILENT, 1, 45_000, 60_000),),
            wave=tuple((-(number % 50), number % 50) for number in range(600)),
            wave_ms=100,
        )
    )
    assert wave is not None and len(wave.rows) == 60 and wave.length_ms == 60_000
    assert [(band.x, band.width, band.css) for band in wave.bands] == [(500, 100, "gap"), (750, 250, "band-hold")]
    said = {row.second: [zh for zh, _ in row.said] for row in wave.rows}
    assert [second for second, words in said.items() if "断档" in words] == list(range(30, 36))
    assert [second for second, words in said.items() if "没有声音" in words] == list(range(45, 60))
    assert wave.rows[0].loudest == 9 and wave.rows[4].loudest == 49
    assert wave.path.startswith("M0.0 ") and wave.path.endswith("Z") and len(wave.ticks) == 6


def test_what_is_missing_and_what_nobody_looked_at_are_drawn_apart() -> None:
    cut = draw(_facts(decoded_ms=24_000, checked_ms=24_000))
    assert cut is not None and [(band.x, band.css) for band in cut.bands] == [(400, "gap")]
    assert [row.said for row in cut.rows if row.second >= 24] == [(("缺失", "missing"),)] * 36 and not cut.rows[23].said
    half = draw(_facts(checked_ms=30_000, deep=False))
    assert half is not None and [(band.x, band.css) for band in half.bands] == [(500, "band-soft")]
    assert draw(_facts(declared_ms=None, decoded_ms=None, checked_ms=0)) is None
    long = draw(_facts(declared_ms=9 * 3_600_000, decoded_ms=9 * 3_600_000, checked_ms=9 * 3_600_000))
    assert long is not None and len(long.rows) <= 60 and long.ticks[1][1] == "1:30:00"


@pytest.mark.parametrize(("place", "second"), [("00:17", 17), ("12:05", 725), ("1:02:05", 3725), ("00:17–00:20", 17)])
def test_a_moment_is_a_second(place: str, second: int) -> None:
    assert second_of(place) == second


def test_moments_of_a_sentence_become_links_and_nothing_else_does() -> None:
    made = linked("<b> 00:17–00:20 断档，声明 01:00", frozenset({"00:17–00:20"}), lambda second: f"/x?t={second}")
    assert str(made) == '&lt;b&gt; <a href="/x?t=17" data-seek="17">00:17–00:20</a> 断档，声明 01:00'


@pytest.fixture(scope="module")
def addresses(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return recordings(site, tmp_path_factory.mktemp("films"))


def test_a_gap_is_told_in_words_with_its_moment_as_a_link(site: Site, addresses: dict[str, str]) -> None:
    page = site.client("archivist").get(addresses["gap"]).get_data(as_text=True)
    around = page.split('class="minute player"')[1]
    assert "不完整" in around and 'data-seek="12">00:12–00:16</a> 断档' in around
    assert f'href="{addresses["gap"]}?t=12#page"' in around, "without script the link opens the player there"
    assert around.count("<li>") >= 3 and "到场" in around and "00:10–00:20" in around
    assert 'class="gap"' in around and 'class="sound"' in around and "断档</td>" in around
    at = site.client("archivist").get(addresses["gap"] + "?t=12").get_data(as_text=True)
    assert "#t=12" in at.split("<source")[1]


def test_what_browsers_do_not_play_is_shown_by_its_copy_and_says_so(site: Site, addresses: dict[str, str]) -> None:
    client = site.client("archivist")
    page = client.get(addresses["old"]).get_data(as_text=True)
    assert "浏览副本，原件为准" in page and 'type="video/webm"' in page
    copy = html.unescape(page.split('<source src="')[1].split('"')[0])
    played = client.get(copy, headers={"Range": "bytes=0-3"})
    assert played.status_code == 206 and played.data == b"\x1a\x45\xdf\xa3"
    english = client.get(addresses["old"] + "?lang=en", follow_redirects=True).get_data(as_text=True)
    client.get("/?lang=zh")
    assert "Viewing copy; the original is the record." in english


def test_a_whole_recording_says_that_it_was_checked_to_its_end(site: Site) -> None:
    page = site.client("archivist").get(f"/cases/{site.case_id}").get_data(as_text=True)
    row = next(part for part in page.split("<li>") if ">现场检查录像</span>" in part)
    film_page = site.client("archivist").get(row.split('href="')[1].split('"')[0]).get_data(as_text=True)
    assert "浏览副本" not in film_page and 'class="tiles"' in film_page
