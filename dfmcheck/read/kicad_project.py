"""The project file beside a board (KiCad 6 and later): net classes, text variables, exclusions, the designer's own limits."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..board import Note, Source
from ..errors import DfmError
from ..exclusions import SETTING, parse_all
from ..files import SETTINGS, read_bytes
from .kicad_file import File

_LIMITS = {
    "min_clearance": "min_clearance", "min_track_width": "min_track_width", "min_via_diameter": "min_via_diameter",
    "min_via_annular_width": "min_annular_width", "min_through_hole_diameter": "min_hole", "min_hole_to_hole": "min_hole_to_hole",
    "min_hole_clearance": "min_hole_clearance", "min_copper_edge_clearance": "min_copper_edge_clearance",
    "min_microvia_diameter": "min_microvia_diameter", "min_microvia_drill": "min_microvia_drill",
    "min_silk_clearance": "min_silk_clearance", "min_text_height": "min_text_height", "min_text_thickness": "min_text_thickness",
    "min_connection": "min_connection", "solder_mask_to_copper_clearance": "solder_mask_to_copper_clearance",
}  # fmt: skip
_CLASS = {"clearance": "clearance", "track_width": "track_width", "via_diameter": "via_diameter", "via_drill": "via_drill"}


def read_project(file: File, given: bytes | None = None) -> Source | None:
    """Take what the `.kicad_pro` beside the board says, and return it, if there is one; a broken one is noted.

    given: its bytes, of a board that lies in no folder.
    """
    path = Path(file.path).with_suffix(".kicad_pro")
    try:
        if given is None and not path.exists():
            return None
        if given is not None and len(given) > SETTINGS:
            raise DfmError(f"is larger than {SETTINGS // 1_000_000} MB")
        source = Source(str(path), "kicad_pro", read_bytes(path, SETTINGS) if given is None else given)
        data = json.loads(source.data)
    except (DfmError, OSError, ValueError, RecursionError) as error:
        why = str(error).removeprefix(f"{path}: ").removeprefix("cannot be read: ")
        file.draft.notes.append(Note(str(path), None, f"project file not read: {why}"))
        return None
    settings = _dict(_dict(_dict(data), "board"), "design_settings")
    rules = _dict(settings, "rules")
    for key, name in _LIMITS.items():
        if isinstance(rules.get(key), int | float):
            file.setup.values[name] = float(rules[key])
    for key, value in _dict(_dict(data), "text_variables").items():
        if isinstance(value, str):
            file.variables.setdefault(key, value)
    _classes(file, _dict(_dict(data), "net_settings"))
    file.setup.values[SETTING], lost = parse_all(settings.get(SETTING))
    if lost:
        file.draft.notes.append(Note(str(path), None, f"{lost} of its DRC exclusions cannot be read; they excuse nothing"))
    return source


def _dict(value: Any, key: str | None = None) -> dict[str, Any]:
    value = value if key is None or not isinstance(value, dict) else value.get(key)
    return value if isinstance(value, dict) else {}


def _classes(file: File, settings: dict[str, Any]) -> None:
    """Classes by name, then by assignment, then by pattern; all other nets are of the class Default."""
    classes = [c for c in settings.get("classes") or [] if isinstance(c, dict) and isinstance(c.get("name"), str)]
    values = file.setup.values.setdefault("netclasses", {})
    for c in classes:
        values[c["name"]] = {name: float(c[key]) for key, name in _CLASS.items() if isinstance(c.get(key), int | float)}
        for net in c.get("nets") or []:
            file.classes.setdefault(str(net), c["name"])
    for net, names in _dict(settings, "netclass_assignments").items():
        first = names[0] if isinstance(names, list) and names else names
        if isinstance(first, str):
            file.classes.setdefault(net, first)
    patterns = [p for p in settings.get("netclass_patterns") or [] if isinstance(p, dict)]
    for net in file.nets:
        if net not in file.classes:
            match = next((p for p in patterns if fnmatchcase(net, str(p.get("pattern", "")))), None)
            if match is not None:
                file.classes[net] = str(match.get("netclass", ""))
            elif classes:
                file.classes[net] = "Default"
