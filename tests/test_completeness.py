"""A package that lost, broke or exchanged a file is told so, by the file's or the layer's name, and never looks better for it.

Every file of a good package of two and of eight copper layers is removed, emptied, left without its content, cut short,
doubled, contradicted by a second one, mirrored, shifted by 0.1 mm, inverted and exchanged with another: with X2 attributes
and a job file; a part of this again with neither, named as Altium names them, and on films that both packages have. `RULES`
says which rule must tell a damage, `SILENT` which damages nothing in a package can tell, and why.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import damage as d
import pytest

from dfmcheck import api
from dfmcheck.package import Image
from dfmcheck.read import read_all
from dfmcheck.read.gerber import read_gerber
from dfmcheck.report import DesignReport, Finding, Place

TOOL = Path(__file__).parents[1] / "tools" / "fixtures"
PACKAGES = ("two", "two.plain", "two.altium", "eight", "eight.plain")
SETS = (
    "track-width.min=0.3mm", "annular-ring-outer.design_via=0.2mm", "annular-ring-inner.design=0.2mm", "copper-to-edge.min=0.6mm",
    "drill-size.via_min=0.35mm", "copper-clearance.min=0.32mm", "pad-spacing.smd_smd=0.8mm",
)  # fmt: skip
"""Limits that the good packages break on every layer, so that a finding that is lost shows."""
TELLING = ("board-size", "via-span", *{s.partition(".")[0] for s in SETS})
"""Rules by which the good packages have findings that may get lost; the others would only take their time."""
PLAN = api.plan(sets=[api.split_set(s, "test") for s in SETS], select=("package", *TELLING))
PACKAGE_RULES = {rule.id for rule in PLAN.rules.values() if rule.category == "package"}

SHAPES = {"layer-mirrored", "layer-alignment", "drill-registration"}
RULES = {
    "removed": {"layer-set"},
    "emptied": {"layer-set"},
    "hollow": {"layer-set"},
    "doubled": {"layer-set"},
    "rival": {"layer-set", "layer-alignment", "drill-registration"},
    "truncated": {"gerber-format", "drill-format", "layer-set"},
    "mirrored": SHAPES | {"layer-set"},
    "shifted": {"layer-alignment", "drill-registration"},
    "inverted": {"layer-polarity", "layer-set"},
    "swapped": SHAPES | {"layer-set"},
    "rerouted": {"drill-registration"},
    "respanned": {"drill-registration", "drill-plating", "layer-set"},
}
"""Any of which must tell the damage."""
SILENT = {
    ("*", "removed", "job"): "films and drill files tell the same; nothing says that there was a job file",
    ("*", "shifted", "Edge.Cuts"): "the edge may run anywhere around the copper",
    ("plain", "shifted", "*.SilkS"): "without attributes nothing tells where a legend belongs",
    ("plain", "swapped", "In*|In*"): "inner layers without attributes differ in nothing but their names",
    ("plain", "swapped", "F.Cu|F.Mask"): "lands without tracks and lands with tracks may be either",
}
"""Naming (plain: neither attributes nor job), damage, layer: why no rule can tell it from the package alone."""

WORDS = {
    "F.Mask": "mask for the top", "B.Mask": "mask for the bottom", "F.Paste": "paste for the top",
    "B.Paste": "paste for the bottom",
    "F.SilkS": "legend for the top", "B.SilkS": "legend for the bottom", "Edge.Cuts": "no outline",
    "PTH": "drill file missing", "NPTH": "file of unplated holes missing",
    "front-in1": "L1 to L2 lie on one another have no hole", "F.Cu": "copper for the top", "B.Cu": "copper for the bottom",
    "In6.Cu": "is an inner layer missing",
}  # fmt: skip
"""How a finding names a layer that has no file."""
GIVES = {"drill": {"holes", "vias", "plating", "spans"}, "Mask": {"mask", "pads"}, "Cuts": {"outline"}}
INFERRED = {"Cu": {"nets"}, "drill": {"nets", "tracks"}, "Mask": {"tracks", "nets"}}
"""Facts that a file gives, and those that are inferred from it where there are no attributes (copper that joins others is of
their net, what a mask leaves open is a pad): what rests on them may say other things when the file is damaged."""
PAIRS = (
    ("F.Cu", "B.Cu"), ("F.Mask", "B.Mask"), ("F.Paste", "B.Paste"), ("F.SilkS", "B.SilkS"), ("In1.Cu", "In2.Cu"),
    ("In2.Cu", "In3.Cu"), ("In3.Cu", "B.Cu"), ("F.Cu", "F.Mask"), ("PTH", "NPTH"), ("Edge.Cuts", "F.SilkS"),
)  # fmt: skip


def cases(package: str) -> Iterator[tuple[str, str]]:
    """Damage and layer; of an exchange both layers. What names do not bear on is not done again under other names, nor what
    attributes do not bear on to inner layers that are alike."""
    layers = list(d.load(package)[0])
    alike = {"In3.Cu", "In4.Cu", "In5.Cu"} if package == "eight" else set()
    for layer in layers:
        yield from ((what, layer) for what in ("removed", "emptied"))
        if layer != "job":
            yield from ((what, layer) for what in ("doubled", "rival"))
        if package.endswith("altium") or layer in alike:
            continue
        yield "truncated", layer
        if layer != "job":
            yield from ((what, layer) for what in ("hollow", "mirrored", "shifted"))
        if layer != "job" and not d.is_drill(layer):
            yield "inverted", layer
    yield from (("swapped", f"{a}|{b}") for a, b in PAIRS if {a, b} <= set(layers))
    yield "rerouted", "PTH"
    yield "respanned", "PTH"


SAMPLED = {"eight.plain": 7, "two.plain": 4, "two.altium": 2}
"""One in how many cases is tried under names that bear on little: which, the case itself says, the same in every run. What
nothing can tell is always tried."""


ONCE = 4
"""One in how many damages of `two` is done again to the same film of `eight`, whose inner layers and drill files are its own."""


def tried(package: str) -> list[tuple[str, str]]:
    def drawn(what: str, layer: str) -> bool:
        again = package == "eight" and layer in d.load("two")[0] and not d.is_drill(layer)
        return zlib.crc32(f"{package} {what} {layer}".encode()) % (ONCE if again else SAMPLED.get(package, 1)) == 0

    once = ("rerouted", "respanned")
    return [case for case in cases(package) if drawn(*case) or case[0] in once or silence(package, *case)]


def silence(package: str, what: str, layer: str) -> str:
    """Why nothing can tell a damage from the package alone, '' where something can."""
    for (naming, damage, on), why in SILENT.items():
        if damage == what and (naming == "*" or "." in package) and fnmatchcase(layer, on):
            return why
    return ""


def damaged(package: str, what: str, layer: str) -> tuple[d.Files, dict[str, str]]:
    files, names = d.load(package)
    if what == "swapped":
        a, b = layer.split("|")
        files[a], files[b] = files[b], files[a]
    elif what == "removed":
        del files[layer]
    elif what in ("doubled", "rival"):
        stem, dot, suffix = names[layer].rpartition(".")
        files[f"{stem}{' copy' if what == 'doubled' else '-new'}{dot}{suffix}"] = (
            files[layer] if what == "doubled" else d.shifted(files[layer], layer)
        )
    elif what == "respanned" and b"TF.FileFunction" not in files[layer]:
        names[layer] = names[layer].replace("-PTH", "-front-in3").replace("RoundHoles-Plated", "Plated-L1-L4")
    else:
        files[layer] = getattr(d, what)(files[layer], layer)
    return files, names


@cache
def _image(data: bytes, name: str) -> Image:
    return read_gerber(data, name)


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """The other files of a package stay as they are, case by case: each content is read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dfmcheck.read.package.read_gerber", lambda data, path: _image(data, Path(path).name))
        yield


def check(files: d.Files, names: dict[str, str], folder: Path) -> DesignReport:
    (board,) = read_all(d.write(files, names, folder))
    return PLAN.run(board)


@cache
def whole(package: str) -> DesignReport:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return check(*d.load(package), Path(folder))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_whole_package_has_nothing_to_tell(package: str) -> None:
    report = whole(package)
    assert [f.message for f in report.findings if f.rule in PACKAGE_RULES] == []
    assert {r.status for r in report.rules if r.id in PACKAGE_RULES - {"gerber-stale", "netlist-compare"}} == {"passed"}
    layers = {layer for _, place in places(report) for layer in place.layers}
    assert {name for name in d.load(package)[0] if name.endswith(".Cu")} <= layers, "each layer has a finding to lose"


@pytest.mark.parametrize(("package", "what", "layer"), [(p, *case) for p in PACKAGES for case in tried(p)])
def test_a_damaged_file_is_named_and_the_package_looks_no_better(package: str, what: str, layer: str, tmp_path: Path) -> None:
    files, names = damaged(package, what, layer)
    before, after = whole(package), check(files, names, tmp_path)
    assert not after.crashed
    told = [f for f in after.findings if f.rule in RULES[what] and fresh(f, before)]
    added = [name for name in files if name not in names]
    named = [f for f in told if any(names_layer(f, part, names.get(part, part)) for part in (*layer.split("|"), *added))]
    why = silence(package, what, layer)
    assert bool(named) != bool(why), f"{why or 'not told'}: {[f.message for f in after.findings if fresh(f, before)]}"
    assert no_better(after, before, layer, inferred="." in package) == []


def fresh(finding: Finding, before: DesignReport) -> bool:
    return (finding.rule, finding.message) not in {(f.rule, f.message) for f in before.findings}


def names_layer(finding: Finding, layer: str, file: str) -> bool:
    text = finding.message + " ".join(Path(p.file).name for p in finding.places)
    return any(word and word in text for word in (file, WORDS.get(layer, ""), f"no file holds {layer}", f"layer {layer}:"))


def no_better(after: DesignReport, before: DesignReport, layer: str, *, inferred: bool) -> list[str]:
    """How a damaged package looks better than the whole one: each way in words. `inferred`: without attributes."""
    better = [
        f"passes --fail-on {level}" for level in ("error", "warning", "note") if before.fails(level) and not after.fails(level)
    ]
    judged = {r.id for r in after.rules if r.status not in ("skipped", "off")}
    kept = {spot for rule, place in places(after) for spot in spots(rule, place)}
    for rule, place in places(before):
        if rule in judged and not rests_on(rule, place, layer, inferred):
            lost = [spot for spot in spots(rule, place) if spot not in kept and spot[-1] not in layer.split("|")]
            better += [f"{spot} is silent" for spot in lost]
    return better


def places(report: DesignReport) -> Iterator[tuple[str, Place]]:
    return ((f.rule, place) for f in report.findings if f.rule not in PACKAGE_RULES for place in f.places)


def spots(rule: str, place: Place) -> list[tuple[object, ...]]:
    """What must not get lost, layer by layer; the last layer that is left counts as an outer one."""
    rule = rule.removesuffix("-inner").removesuffix("-outer")
    return [(rule, round(place.x, 1), round(place.y, 1), layer) for layer in place.layers or ("",)]


def rests_on(rule: str, place: Place, layer: str, inferred: bool) -> bool:
    """Whether a finding of the whole package needs the damaged file."""
    parts, row = layer.split("|"), PLAN.rules[rule]
    kinds = ["drill" if d.is_drill(part) else part.rpartition(".")[2] for part in parts]
    facts = set[str]().union(*(GIVES.get(kind, set()) | (INFERRED.get(kind, set()) if inferred else set()) for kind in kinds))
    return bool((row.needs | row.wants) & facts) or any(place.layers == (part,) or part in place.detail for part in parts)


@pytest.mark.parametrize(
    ("package", "what", "layer"),
    [(p, *case) for p in ("two.plain", "eight.plain") for case in cases(p) if silence(p, *case)],
)
def test_the_board_beside_the_package_tells_what_the_package_alone_cannot(
    package: str, what: str, layer: str, tmp_path: Path
) -> None:
    files, names = damaged(package, what, layer)
    board = package.partition(".")[0] + ".kicad_pcb"
    (tmp_path / board).write_bytes((d.FOLDER / board).read_bytes())
    report = check(files, names, tmp_path)
    known = d.load(package)[1]
    stale = [f for f in report.findings if f.rule == "gerber-stale"]
    assert any(names_layer(f, part, known[part]) for f in stale for part in layer.split("|"))


@pytest.mark.parametrize("package", ["two", "two.plain", "eight.plain"])
def test_a_whole_package_is_not_stale_beside_its_board(package: str, tmp_path: Path) -> None:
    board = package.partition(".")[0] + ".kicad_pcb"
    (tmp_path / board).write_bytes((d.FOLDER / board).read_bytes())
    report = check(*d.load(package), tmp_path)
    assert {r.id: r.status for r in report.rules}["gerber-stale"] == "passed"


@pytest.mark.skipif(not TOOL.is_dir(), reason="an sdist has no tools")
@pytest.mark.parametrize("board", ["two", "eight"])
def test_the_boards_are_what_their_generator_writes(board: str) -> None:
    code = f"import handoff, sys; sys.stdout.buffer.write(handoff.{board}().text().encode())"
    made = subprocess.run([sys.executable, "-c", code], cwd=TOOL, capture_output=True, check=True).stdout
    assert made == (d.FOLDER / f"{board}.kicad_pcb").read_bytes()
