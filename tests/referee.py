"""KiCad's own DRC as the referee: run kicad-cli on a copy of a board under limits of our choice, and compare item pairs."""

import json
import os
import re
import shutil
import subprocess
from functools import cache, lru_cache
from pathlib import Path

import pytest
from once import once

import dfmcheck
from dfmcheck import engine
from dfmcheck.rule import load_rules, resolve

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
needs_kicad = pytest.mark.skipif(not shutil.which("kicad-cli") or not DEMOS.is_dir(), reason="needs kicad-cli and its demos")


@cache
def _severities() -> tuple[str, ...]:
    """KiCad's names of all that its DRC looks for, as far as the projects of its demos state them."""
    boards = [json.loads(path.read_text()).get("board", {}) for path in DEMOS.rglob("*.kicad_pro")]
    return tuple(sorted({name for board in boards for name in board.get("design_settings", {}).get("rule_severities", {})}))


@cache
def drc(board: Path, constraints: tuple[tuple[str, float], ...], kinds: tuple[str, ...]) -> list[dict]:
    """Violations of these kinds, all errors, on a copy of `board` under custom rules (constraint, minimum in mm).

    No exclusions; other kinds are ignored, so that KiCad does not spend its time on them: a third of the time is left. A run
    is made once a test run, for all files of tests.
    """
    unknown = set(kinds) - set(_severities())
    assert not unknown, unknown

    def make(folder: Path) -> None:
        copy = Path(shutil.copy(board, folder))
        project = board.with_suffix(".kicad_pro")
        settings = json.loads(project.read_text()) if project.exists() else {"meta": {"filename": "x", "version": 3}}
        design = settings.setdefault("board", {}).setdefault("design_settings", {})
        design["rule_severities"] = {name: "error" if name in kinds else "ignore" for name in _severities()}
        design["drc_exclusions"] = []
        copy.with_suffix(".kicad_pro").write_text(json.dumps(settings))
        rules = "".join(f'(rule "{name}" (constraint {name} (min {value}mm)))\n' for name, value in constraints)
        copy.with_suffix(".kicad_dru").write_text("(version 1)\n" + rules)
        command = ["kicad-cli", "pcb", "drc", "--format", "json", "--severity-all", "--all-track-errors"]
        subprocess.run([*command, "-o", folder / "drc.json", copy], check=True, capture_output=True)

    found = once(("drc", board, constraints, kinds), make) / "drc.json"
    told = json.loads(found.read_text())
    return [v for v in (*told["violations"], *told["unconnected_items"]) if v["type"] in kinds]


RUNS: dict[str, tuple[dict[str, float], ...]] = {
    "stickhub/StickHub": (
        {"track_width": 0.16, "hole_size": 0.35, "annular_width": 0.13, "clearance": 0.1503, "hole_clearance": 0.25,
         "edge_clearance": 0.5, "hole_to_hole": 0.4},
    ),
    "kit-dev-coldfire-xilinx_5213/kit-dev-coldfire-xilinx_5213": (
        {"track_width": 0.21, "hole_size": 0.5, "annular_width": 0.2, "clearance": 0.2, "hole_to_hole": 0.6,
         "hole_clearance": 0.4},
    ),
    "royalblue54L_feather/RoyalBlue54L-Feather": (
        {"track_width": 0.12, "hole_size": 0.1, "annular_width": 0.21, "hole_to_hole": 0.45, "hole_clearance": 0.2,
         "edge_clearance": 0.5},
        {"hole_size": 0.65, "annular_width": 0.3},
    ),
    "tiny_tapeout/tinytapeout-demo": (
        {"track_width": 0.19, "annular_width": 0.155, "clearance": 0.16, "edge_clearance": 0.5, "hole_clearance": 0.3},
    ),
    "flat_hierarchy/flat_hierarchy": (
        {"track_width": 0.5, "hole_size": 0.76, "annular_width": 0.3, "clearance": 0.4, "hole_to_hole": 1.5,
         "hole_clearance": 0.7, "edge_clearance": 2.0},
    ),
    "video/video": (
        {"annular_width": 0.22, "clearance": 0.205, "edge_clearance": 1.0, "hole_to_hole": 0.8},
        {"annular_width": 0.25},
    ),
    "complex_hierarchy/complex_hierarchy": ({"annular_width": 0.4},),
    "interf_u/interf_u": ({"annular_width": 0.35},),
    "custom_pads_test/custom_pads_test": ({"annular_width": 5},),
}  # fmt: skip
"""Limits in mm under which KiCad finds some items, by demo: one run serves every test that compares one of them."""
KINDS = (
    "track_width", "drill_out_of_range", "annular_width", "clearance", "shorting_items", "hole_clearance",
    "copper_edge_clearance", "hole_to_hole",
)  # fmt: skip
"""What KiCad calls violations of these limits; what touches is a short for it, and no lack of clearance."""


COURTYARDS = (
    "courtyards_overlap", "npth_inside_courtyard", "pth_inside_courtyard", "malformed_courtyard", "missing_courtyard",
)  # fmt: skip


def under(demo: str, constraint: str, limit: float) -> list[dict]:
    """KiCad's violations on a demo, from the run that has this limit."""
    (run,) = (run for run in RUNS[demo] if run.get(constraint) == limit)
    return drc(DEMOS / f"{demo}.kicad_pcb", tuple(run.items()), KINDS)


@lru_cache(maxsize=12)
def board_of(path: Path) -> "dfmcheck.Board":
    return dfmcheck.read(path)


def kicad_pairs(violations: list[dict], kind: str) -> dict[frozenset[str], set[float]]:
    """Sets of item uuids to the values that KiCad states for them (it may name one pair once a layer)."""
    pairs: dict[frozenset[str], set[float]] = {}
    for v in violations:
        if v["type"] == kind:
            actual = re.search(r"actual (-?[\d.]+) mm", v["description"])
            pairs.setdefault(frozenset(i["uuid"] for i in v["items"]), set()).update({float(actual[1])} if actual else set())
    return pairs


def our_places(board: "dfmcheck.Board", rule_ids: tuple[str, ...], limit: float) -> dict[frozenset[str], list]:
    """Sets of item uuids to our places under one limit for all minima of the rules."""
    rules = {k: r for k, r in load_rules().items() if k in rule_ids}
    limits = resolve([], load_rules(), [(r, "min", f"{limit}mm", "--set") for r in rule_ids])
    places: dict[frozenset[str], list] = {}
    for finding in engine.run(board, rules, limits).findings:
        for place in finding.places:
            places.setdefault(frozenset(i.uuid for i in place.items if i.uuid), []).append(place)
    return places
