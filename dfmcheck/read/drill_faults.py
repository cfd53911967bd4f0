"""The kinds of faults in drill files: what stands in `Fault.what`, so that rules can group by them."""

from __future__ import annotations

GUESSED = "format not stated"
"""Unit, digits or zeros had to be chosen among `Drill.candidates`. At most one of this kind or the next in a file."""
CONTRADICTED = "format contradicted"
"""The file's words on its numbers contradict each other, its own numbers, or the copper."""
UNDEFINED = "undefined tool"
"""Holes by a tool whose diameter stands nowhere."""
ZERO = "tool of no size"
NO_TOOL = "no tool"
"""Holes before any tool was selected."""
REDEFINED = "tool redefined"
SIZE = "tool size unclear"
"""A diameter without a decimal point that is absurd as it stands."""
COORDINATE = "bad coordinate"
"""No number, or beyond any board: the hole is left out."""
REPEAT = "bad repeat"
"""A repeat without a count, a step or a pattern, or a mirrored one: left out."""
CANNED = "canned cycle"
"""A package pattern or text that the machine's control makes: left out."""
ORIGIN = "zero set"
"""G92 or G93 moves the origin, which some readers ignore."""
CUTTER = "cutter not lowered"
"""Routing without M15: taken as cutting."""
ARC = "bad arc"
COMMAND = "unknown command"
NO_END = "no end"
"""Neither M30 nor another end of the program: it may have been cut short."""
AFTER_END = "data after end"
"""Holes after M30: left out."""
IDLE = "nothing drilled"
"""Coordinates, yet no hole."""
SPAN = "span not known"
"""The name tells a span of layers that cannot be numbered without knowing how many there are."""
SHAPE = "not a drill shape"
"""In a Gerber-format drill file: a flash or region that no drill makes, left out."""

FAULTS = (
    GUESSED, CONTRADICTED, UNDEFINED, ZERO, NO_TOOL, REDEFINED, SIZE, COORDINATE, REPEAT, CANNED, ORIGIN, CUTTER, ARC,
    COMMAND, NO_END, AFTER_END, IDLE, SPAN, SHAPE,
)  # fmt: skip
