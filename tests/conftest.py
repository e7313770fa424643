"""What every test gets: services by marker, no network beyond loopback, and a count of what was skipped and why."""

import ipaddress
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

from tests.services.registry import need


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Nothing in this process talks to another machine; programs that fetch (Maven, uv) are processes of their own."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise PermissionError(f"a test tried to reach {address!r}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_refuse_network)

# never a timed test: how long an example takes says something of the machine, not of the code
settings.register_profile("house", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


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
