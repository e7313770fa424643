"""Settings: nothing unknown is ignored, the environment wins over the file, and each value says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from archive.kernel.settings import FILE, Settings, read_home, walk


def home_with(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text, "utf-8")
    return folder


def test_defaults_hold_without_file_or_environment(tmp_path: Path) -> None:
    home = read_home(tmp_path, {})
    assert home.settings == Settings() and home.settings.grade == "ordinary"
    assert {source for _, _, source, _ in home.effective()} == {"default"}
    assert home.database_url == f"sqlite:///{tmp_path}/db/anjuan.sqlite" and home.store_root == tmp_path / "store"


def test_the_environment_wins_and_both_are_named(tmp_path: Path) -> None:
    home_with(tmp_path, '[web]\nport = 9000\nhost = "0.0.0.0"\n')
    home = read_home(tmp_path, {"ANJUAN_WEB__PORT": "9001", "ANJUAN_KEYS__PLACES": "/a:/b", "HOME": "/x"})
    assert (home.settings.web.port, home.settings.web.host) == (9001, "0.0.0.0")
    assert home.settings.keys.places == ("/a", "/b")
    sources = {name: source for name, _, source, _ in home.effective()}
    assert sources["web.port"] == "ANJUAN_WEB__PORT" and sources["web.host"] == str(tmp_path / FILE)
    assert sources["keys.places"] == "ANJUAN_KEYS__PLACES" and sources["web.session_minutes"] == "default"


@pytest.mark.parametrize(
    "text",
    [
        "grad = 'trial'",
        "[web]\nprot = 1",
        "[wbe]\nport = 1",
        "grade = 'secret'",
        "[web]\nport = 0",
        "[retention]\nyears = 29",
    ],
)
def test_a_wrong_name_or_value_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValidationError):
        read_home(home_with(tmp_path, text), {})


@pytest.mark.parametrize(("name", "value"), [("WEB__PORT", "http"), ("GRADE", "top"), ("RETENTION__YEARS", "5")])
def test_a_wrong_value_in_the_environment_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        read_home(tmp_path, {f"ANJUAN_{name}": value})


@pytest.mark.parametrize("name", ["ANJUAN_WEB__PROT", "ANJUAN_WBE__PORT", "ANJUAN_KEYS_PLACES"])
def test_an_unknown_name_in_the_environment_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_home(tmp_path, {name: "x"})


def test_variables_of_the_programs_around_are_none_of_ours(tmp_path: Path) -> None:
    around = {"ANJUAN_HOME": "/x", "ANJUAN_BENCH_BYTES": "1", "ANJUAN_TEST_POSTGRES": "x"}
    assert read_home(tmp_path, around).settings == Settings()


def test_settings_cannot_be_changed_and_every_one_is_described() -> None:
    with pytest.raises(ValidationError):
        Settings().__setattr__("grade", "trial")
    undescribed = [name for name, _, description in walk(Settings()) if not description]
    assert undescribed == []
