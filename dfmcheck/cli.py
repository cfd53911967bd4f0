"""The one command: options to settings, settings to a report, a report to an exit status; nothing else.

stdout carries the report only. Everything that goes wrong is one line on stderr and exit status 2.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import nullcontext, suppress
from typing import Any

import click

from . import __version__
from .console import DEBUG, bug, stdout, to_stderr, utf8
from .errors import DfmError
from .write import FORMATS

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.command(
    context_settings=_HELP, epilog="Exit status: 0 nothing at or above --fail-on, 1 findings, 2 could not do what was asked."
)
@click.argument("designs", metavar="DESIGN...", nargs=-1)
@click.option(
    "-p", "--profile", metavar="NAME|FILE", multiple=True, help="Limits to check against; later ones win key by key [standard]."
)
@click.option(
    "--set",
    "sets",
    metavar="RULE.PARAM=VALUE",
    multiple=True,
    help="One limit for this run: copper-clearance.min=0.2mm, =8mil, =off.",
)
@click.option(
    "-s", "--select", metavar="ID|TAG|GLOB", multiple=True, help="Rules that run; comma lists allowed [all that have a limit]."
)
@click.option("-i", "--ignore", metavar="ID|TAG|GLOB", multiple=True, help="Rules that do not run; comma lists allowed.")
@click.option(
    "--with", "extra", metavar="FILE", multiple=True, help="A further file of the same design: Gerber zip, board, netlist, BOM..."
)
@click.option(
    "-f", "--format", "format_", metavar="FORMAT", default="text", help=f"What is printed on stdout: {' '.join(FORMATS)} [text]."
)
@click.option(
    "-o", "--output", metavar="FILE", multiple=True,
    help="Also write a file, format by suffix (.html .json .sarif .xml .md .csv .svg .png ...), or as FORMAT:FILE.",
)  # fmt: skip
@click.option("--fail-on", metavar="error|warning|note|never", help="Which severity makes the exit status 1 [error].")
@click.option("--strict", is_flag=True, default=None, help="Skipped rules, stale waivers and reader notes fail too.")
@click.option("--accept", metavar="REASON", help="Write waivers for everything found now into the config file.")
@click.option("--against", metavar="FILE", help="An earlier JSON report or revision of the design: only what is new fails.")
@click.option(
    "--review",
    metavar="FILE",
    help="Keep what the manufacturer decides about each finding; changes no verdict and no exit status.",
)
@click.option("--explain", metavar="RULE", help="Print what a rule measures, why, and its limits.")
@click.option("--list-rules", is_flag=True, help="Print all rules.")
@click.option("--list-profiles", is_flag=True, help="Print all built-in profiles.")
@click.option("--show-profile", is_flag=True, help="Print the limits in force, as a profile with the origin of each.")
@click.option("--rules", metavar="DIR", multiple=True, help="Further rules: a TOML file or a folder of them.")
@click.option("-q", "--quiet", is_flag=True, help="Print the closing line only.")
@click.option("-v", "--verbose", is_flag=True, help="Print every place, waiver and note.")
@click.option("--timing", is_flag=True, help="Tell the seconds that each rule took.")
@click.option("-j", "--jobs", metavar="N", type=click.IntRange(1, 256), help="Designs to check side by side; 1: one process.")
@click.option("--no-color", is_flag=True, help="No colour, as with NO_COLOR; FORCE_COLOR asks for it.")
@click.version_option(__version__, message="dfmcheck %(version)s")
def command(**options: Any) -> dict[str, Any]:
    """Check printed circuit boards for manufacturability before handoff.

    A DESIGN is a .kicad_pcb file of KiCad 4 to 10, a zip or folder of Gerber and drill files, or a folder of boards.
    """
    return options


def main(argv: list[str] | None = None) -> int:
    """Run the command and return the exit status. Without `argv` it is this process that is the command, and that ends."""
    status = _run(argv)
    if argv is None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # closed, or none at all
                stream.flush()
        os._exit(status)  # freeing a board thing by thing takes a tenth of a run, and the system frees it at once
    return status


def _options(argv: list[str] | None) -> dict[str, Any] | None:
    """What was asked for; None where that was help or the version, which is printed by now."""
    options = None
    with suppress(SystemExit), stdout() if sys.stdout is not None else nullcontext():  # it exits where nobody reads the help
        options = command.main(argv, prog_name="dfmcheck", standalone_mode=False)
    return options if isinstance(options, dict) else None


def _run(argv: list[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if os.name == "nt":
            utf8(stream, errors="backslashreplace")
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # The numeric library's threads have no work here, and spin while they wait for it on cores that the run needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A run makes many things that last and hardly a cycle: looking for garbage takes a twentieth of its time and finds none.
    collecting = gc.isenabled()
    gc.disable()
    try:
        options = _options(argv)
        if options is None:
            return 0
        from .session import Session

        return Session(options).run()
    except (KeyboardInterrupt, click.Abort):
        return 130
    except click.ClickException as error:
        to_stderr(f"dfmcheck: error: {error.format_message()} (dfmcheck -h tells more)")
    except DfmError as error:
        to_stderr(f"dfmcheck: error: {error}")
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        to_stderr(f"dfmcheck: error: {bug(error)}")
    finally:
        if collecting:
            gc.enable()
    return 2
