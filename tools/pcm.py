"""Build the packages for KiCad's Plugin and Content Manager (PCM): the plugin with a window, and the shim for KiCad 7 and 8.

    python tools/pcm.py [OUT] [--url BASE]

Writes into the folder OUT (`dist`) two zips, which "Install from File..." of the PCM takes, and `packages.json`, what a
repository of packages says of them: checksums, sizes and, with --url, where they can be downloaded (BASE/NAME.zip).

The package of the plugin holds what a wheel holds, which is built for it: KiCad gives it an environment and installs what is in
its requirements, that are the wheel's and kicad-python. The same tree gives the same bytes, wherever, whenever and by whomever
they are built, with one version of zlib and resvg; files have the time SOURCE_DATE_EPOCH, or that at which zip begins.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import resvg_py

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "tools" / "pcm"
INK = {"light": "#545454", "dark": "#dcdcdc", "both": "#7f878f"}
"""Of icons, by the theme that they are for."""
EPOCH = 315532800
"""1980-01-01, before which a zip knows no time."""
SHIM = "dfmcheck/plugin/shim.py"
KICAD_PYTHON = "kicad-python>=0.8"

Files = dict[str, bytes]


def icon(theme: str, size: int) -> bytes:
    """A PNG of the icon, `size` pixels wide."""
    svg = (PARTS / "icon.svg").read_text(encoding="utf-8").replace("currentColor", INK[theme])
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))


def wheel() -> Files:
    """What a wheel of the tree holds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"the wheel cannot be built: {done.stderr.strip()}")
        (path,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def info(files: Files, name: str) -> bytes:
    """A file of the wheel's own folder, which is named by the version."""
    (found,) = (data for path, data in files.items() if path.partition("/")[0].endswith(".dist-info") and path.endswith(name))
    return found


def requirements(metadata: str) -> bytes:
    """What pip is to install for the plugin."""
    needed = Parser().parsestr(metadata).get_all("Requires-Dist") or []
    return "".join(f"{line}\n" for line in (*(n for n in needed if "extra ==" not in n), KICAD_PYTHON)).encode()


def window_files(files: Files) -> Files:
    """The plugin with a window, which brings the package along."""
    icons = {f"icon-{theme}-{size}.png": icon(theme, size) for theme in ("light", "dark") for size in (24, 48)}
    return {
        "action.py": files["dfmcheck/plugin/action.py"],
        "plugin.json": (PARTS / "plugin.json").read_bytes(),
        "requirements.txt": requirements(info(files, "/METADATA").decode()),
        "LICENSE": info(files, "/licenses/LICENSE"),
        **icons,
        **{name: data for name, data in files.items() if name.startswith("dfmcheck/") and name != SHIM},
    }


def shim_files(files: Files) -> Files:
    """The plugin that runs the installed command."""
    icons = {f"icon-{theme}-24.png": icon(theme, 24) for theme in ("light", "dark")}
    return {"__init__.py": files[SHIM], "LICENSE": info(files, "/licenses/LICENSE"), **icons}


def metadata(name: str, version: str) -> dict[str, Any]:
    """What the PCM is told of a package in its zip."""
    told: dict[str, Any] = json.loads((PARTS / f"{name}.json").read_bytes())
    (only,) = told["versions"]
    told["versions"] = [{"version": version, **only}]
    return told


def packed(files: Files) -> bytes:
    """A zip that depends on nothing but names and contents."""
    when = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH") or EPOCH), EPOCH))[:6]
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(entry, files[name])
    return into.getvalue()


def numbers(version: str) -> str:
    """The version as the PCM writes it: numbers only. A development version is the one that it will be."""
    found = re.match(r"\d+(\.\d+){0,2}", version)
    if found is None:
        sys.exit(f"version {version} does not begin with numbers")
    return found[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the packages for KiCad's Plugin and Content Manager.")
    parser.add_argument("out", nargs="?", default="dist", type=Path, help="the folder to write into [dist]")
    parser.add_argument("--url", help="where the zips can be downloaded, for packages.json")
    asked = parser.parse_args()
    files = wheel()
    version = numbers(Parser().parsestr(info(files, "/METADATA").decode())["Version"])
    asked.out.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, kicad, plugins in (("window", "kicad9", window_files(files)), ("shim", "kicad7", shim_files(files))):
        told = metadata(name, version)
        inside = {
            "metadata.json": json.dumps(told, indent=2).encode(),
            "resources/icon.png": icon("both", 64),
            **{f"plugins/{path}": data for path, data in plugins.items()},
        }
        data, zipped = packed(inside), f"dfmcheck-{version}-{kicad}.zip"
        (asked.out / zipped).write_bytes(data)
        download: dict[str, Any] = {"download_url": f"{asked.url.rstrip('/')}/{zipped}"} if asked.url else {}
        download |= {"download_sha256": hashlib.sha256(data).hexdigest(), "download_size": len(data)}
        download |= {"install_size": sum(map(len, inside.values()))}
        told["versions"][0] |= download
        entries.append(told)
        print(asked.out / zipped, *(f"{key}={value}" for key, value in download.items()))
    (asked.out / "packages.json").write_text(json.dumps({"packages": entries}, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
