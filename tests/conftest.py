"""What holds for all tests."""

import os
from collections.abc import Generator

import pytest

from tests.support import tries

tries.load()
CI = os.environ.get("CI", "") not in ("", "false", "0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the whole suite must run, a skipped test has failed."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped, which is no pass here: {reason}"
    return report
