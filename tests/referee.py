"""KiCad's own DRC as the referee: run kicad-cli on a copy of a board under limits of our choice, and compare item pairs."""

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import dfmcheck
from dfmcheck import engine
from dfmcheck.rule import load_rules, resolve

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
needs_kicad = pytest.mark.skipif(not shutil.which("kicad-cli") or not DEMOS.is_dir(), reason="needs kicad-cli and its demos")


@cache
def drc(board: Path, constraints: tuple[tuple[str, float], ...]) -> list[dict]:
    """Violations of a copy of `board` under custom rules (constraint, minimum in mm), every severity on, no exclusions."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copy(board, folder))
        project = board.with_suffix(".kicad_pro")
        if project.exists():
            settings = json.loads(project.read_text())
            design = settings.setdefault("board", {}).setdefault("design_settings", {})
            design["rule_severities"] = dict.fromkeys(design.get("rule_severities", {}), "error")
            design["drc_exclusions"] = []
            copy.with_suffix(".kicad_pro").write_text(json.dumps(settings))
        rules = "".join(f'(rule "{name}" (constraint {name} (min {value}mm)))\n' for name, value in constraints)
        copy.with_suffix(".kicad_dru").write_text("(version 1)\n" + rules)
        out = copy.with_suffix(".json")
        command = ["kicad-cli", "pcb", "drc", "--format", "json", "--severity-all", "--all-track-errors", "-o", out, copy]
        subprocess.run(command, check=True, capture_output=True)
        return json.loads(out.read_text())["violations"]


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
