"""What every test gets: services by marker, and at the end a count of what was skipped and why."""

from collections import Counter

import pytest

from tests.services.registry import need


def pytest_runtest_setup(item: pytest.Item) -> None:
    """``@pytest.mark.service("verapdf", …)``: skip or fail before the fixtures run when the service cannot be had."""
    for mark in item.iter_markers("service"):
        need(*mark.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped for which reason: nothing is skipped silently."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text.removeprefix("Skipped: ")] += 1
    if reasons:
        terminalreporter.section("skipped, by reason")
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"{count:5}  {reason}")
