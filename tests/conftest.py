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


_LONG = ("test_pcm", "test_plugin_app", "test_plugin_window", "test_shim", "test_plugin_editor_kicad", "test_plugin_job")
"""Files that drive KiCad's editor or a window, and wait for it more than they work: begun first, so that none is left alone at
the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in _LONG)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers take it over with the environment
        os.environ["DFMCHECK_TEST_RUN"] = tempfile.mkdtemp(prefix="dfmcheck-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop("DFMCHECK_TEST_RUN"), ignore_errors=True)
