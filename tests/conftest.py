"""A folder that all processes of one test run share, see `once`; what the random tests have in common."""

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


collect_ignore = ["example_plugin"]
"""What is tested there must be installed first, see test_library_plugin."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers take it over with the environment
        os.environ["DFMCHECK_TEST_RUN"] = tempfile.mkdtemp(prefix="dfmcheck-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop("DFMCHECK_TEST_RUN"), ignore_errors=True)
