"""What KiCad starts: see that this Python can run the plugin, then run it.

It stands at the top of the plugin's folder, beside the package `dfmcheck`. Python 3.8 must be able to read it: which Python it
is the user's settings decide, and one that is too old has to be told so.
"""

from __future__ import annotations

import importlib.util
import os
import sys

OLDEST = (3, 11)
NEEDED = {"kipy": "kicad-python", "numpy": "numpy", "shapely": "shapely", "jinja2": "jinja2", "markupsafe": "markupsafe"}
"""Modules that are imported, and the packages that have them."""
AGAIN = (
    "In KiCad's board editor open Preferences > Preferences > PCB Editor > Plugins, right-click dfmcheck, choose “Recreate "
    "Plugin Environment”, wait until it is done, and start dfmcheck again. KiCad loads these packages from pypi.org."
)


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    root = here if os.path.isdir(os.path.join(here, "dfmcheck")) else os.path.dirname(os.path.dirname(here))
    sys.path[:] = [root] + [path for path in sys.path if path not in (here, root)]

    from dfmcheck.plugin import trouble

    if sys.version_info < OLDEST:
        trouble.tell(
            "dfmcheck needs Python {}.{} or newer".format(*OLDEST),
            "KiCad runs its plugins by Python {}.{} ({}).".format(*sys.version_info[:2], sys.executable),
            "In KiCad open Preferences > Preferences > Plugins and choose a newer Python as interpreter. " + AGAIN,
        )
        return 2
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        trouble.tell(
            "dfmcheck lacks {}".format(", ".join(missing)),
            f"The Python that KiCad made for this plugin ({sys.executable}) does not have what it needs.",
            AGAIN,
        )
        return 2

    try:
        from dfmcheck.plugin.app import run

        return run()
    except Exception as error:
        from dfmcheck.console import bug

        trouble.tell("dfmcheck has failed", bug(error))
        return 2


if __name__ == "__main__":
    status = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)  # what the editor has not answered is waited for no longer
