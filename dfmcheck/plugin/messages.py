"""What goes over the pipes between the window and the process that checks: requests there, events back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from ..report import Finding, Report

# Requests


@dataclass(frozen=True, slots=True)
class Check:
    """Check a board, as the command checks the file at `path`."""

    text: bytes
    path: Path | None
    """Where the board is saved; None where it never was, so that no config file holds for it."""
    profile: tuple[str, ...] = ()
    """Names or files of profiles; empty: what the config file says, else the standard one."""
    taken: float = field(default_factory=time.time)
    """When the text was, in seconds since 1970."""
    quiet: bool = False
    """Whether its outcome is known already: a new process takes up what one before it did."""


@dataclass(frozen=True, slots=True)
class Write:
    """Write the HTML report on the board that was checked last."""

    path: Path


@dataclass(frozen=True, slots=True)
class Waive:
    """Write waivers for findings of the board that was checked last into its config file."""

    findings: tuple[Finding, ...]
    reason: str


Request = Check | Write | Waive

# Events


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check is."""

    rule: str
    """Id of the rule that is measured now, '' while the board is read."""
    done: int
    total: int
    """0 while the board is read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found."""

    report: Report
    """On one design, without the design itself."""
    profiles: tuple[tuple[str, str], ...]
    """Name and title of each profile that can be chosen."""
    chain: tuple[str, ...]
    """The profiles that hold where none is chosen: what the config file says."""
    path: Path | None
    """Where the board is saved, None where it never was."""
    waivers: Path | None
    """The file that takes waivers, None where there is no board file that it could hold for."""


@dataclass(frozen=True, slots=True)
class Done:
    """The board is checked."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Waived:
    """Waivers are written, and the outcome is as it is with them."""

    count: int
    path: Path
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Written:
    """The HTML report is written."""

    path: Path


@dataclass(frozen=True, slots=True)
class Failed:
    """Why what was asked for could not be done: one line that says what to do."""

    request: type[Request]
    message: str


Event = Progress | Done | Waived | Written | Failed
