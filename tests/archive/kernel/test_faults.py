"""A fault is told by class and place, also through its causes, and never by its words."""

from __future__ import annotations

import logging

import pytest

from archive.doors.serving import _one_pass
from archive.kernel.faults import name_fault, trace_fault
from archive.kernel.refusals import Refusal


def _break() -> None:
    try:
        raise KeyError("李四")
    except KeyError as missing:
        raise ValueError("张三的询问笔录") from missing


def test_a_fault_is_named_by_class_and_place() -> None:
    with pytest.raises(ValueError, match="张三") as broken:
        _break()
    assert name_fault(broken.value).startswith("ValueError tests.archive.kernel.test_faults:")
    traced = trace_fault(broken.value)
    assert "KeyError" in traced and traced.count("tests.archive.kernel.test_faults:") >= 3
    assert "张三" not in traced and "李四" not in traced
    refusal = Refusal("archive.case-unknown", title="张三", also=[Refusal("archive.fault")])
    assert name_fault(refusal) == "archive.case-unknown archive.fault"


def test_the_background_logs_no_word_of_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="张三"):
        _one_pass(_break)
    assert "ValueError" in caplog.text and "test_faults" in caplog.text
    assert "张三" not in caplog.text and "李四" not in caplog.text
