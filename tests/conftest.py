"""A folder that all processes of one test run share, see `once`."""

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers take it over with the environment
        os.environ["DFMCHECK_TEST_RUN"] = tempfile.mkdtemp(prefix="dfmcheck-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop("DFMCHECK_TEST_RUN"), ignore_errors=True)
