"""A package beside another revision of its board: every kind of change is told, what plot options explain is not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from kicad_boards import uuid
from plotted import DEMOS, needs_cli, plot
from two_revisions import ALL, EDGE, PARTS, VIAS, beside, found, part, read, report, track, via, words, zone

from dfmcheck.board import Board, Kind
from dfmcheck.read import read_kicad
from dfmcheck.read.package import read_packages

RULE = "gerber-stale"
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
NATIVE = read(*ALL)


def stale(*made: str, native: Board = NATIVE) -> list[tuple[str, int, str]]:
    return found(beside(native, read(*made)), RULE)


def test_the_same_board_is_not_stale() -> None:
    done = report(beside(NATIVE, read(*ALL)), RULE)
    mine = next(r for r in done.rules if r.id == RULE)
    assert (mine.status, len(done.findings)) == ("passed", 0)
    assert mine.checked > 2 * len(NATIVE.features) - 10


def test_a_moved_track_is_missing_where_it_was_and_too_much_where_it_is() -> None:
    ((severity, places, message),) = stale(EDGE, track(y=6), *PARTS)
    assert (severity, places) == ("error", 2)
    # 8 mm x 0.25 mm, and its two round ends; they lie in the land and in no other copper.
    assert "F_Cu.gbr: 2.05 mm2" in message
    assert "track [GND]" in message


def test_a_change_of_a_few_um_in_one_place_is_none_of_a_hundredth_mm_is_one() -> None:
    assert stale(EDGE, track(width=0.254), *PARTS) == []
    ((severity, places, _),) = stale(EDGE, track(width=0.27), *PARTS)
    assert (severity, places) == ("error", 1)


def test_a_changed_text_alone_is_a_warning() -> None:
    ((severity, places, message),) = stale(EDGE, track(), part(), *VIAS, zone(), words("HULLO"))
    assert (severity, places) == ("warning", 1)
    assert "texts are drawn otherwise" in message
    assert "'HELLO'" in message


def test_a_text_that_is_gone_is_a_warning() -> None:
    ((severity, _, message),) = stale(EDGE, track(), part(), *VIAS, zone())
    assert severity == "warning"
    assert "F_SilkS.gbr" in message


def test_unfilled_zones_in_the_films_are_an_error_in_the_board_a_warning() -> None:
    ((severity, _, message),) = stale(EDGE, track(), part(), *VIAS, zone(""), words("HELLO"))
    assert severity == "error"
    # The fill is drawn with a pen of 0.2 mm: 7.8 x 7.8 + 4 x 7.8 x 0.1 + pi x 0.01.
    assert "64 mm2 (8.00 x 8.00 mm) of B.Cu missing, where board.kicad_pcb has zone [GND]" in message
    unfilled = read(EDGE, track(), part(), *VIAS, zone(""), words("HELLO"))
    ((severity, _, message),) = stale(*ALL, native=unfilled)
    assert severity == "warning"
    assert "63.99 mm2 of copper in zones that board.kicad_pcb holds unfilled" in message


def holes(*changed: str) -> list[tuple[str, int, str]]:
    """Findings of the drill files alone."""
    made = read(*ALL)
    other = read(*changed)
    return found(beside(NATIVE, replace(made, holes=other.holes, items=other.items)), RULE)


def test_a_hole_of_another_size_is_told() -> None:
    ((severity, places, message),) = holes(EDGE, track(), part(), *VIAS[:-1], via(27, drill=0.3), zone(), words("HELLO"))
    assert (severity, places) == ("error", 1)
    assert "holes.drl: a hole of 0.300 mm where board.kicad_pcb has a hole of 0.400 mm of via [VCC]" in message


def test_a_hole_that_is_gone_and_one_that_is_new_are_told() -> None:
    ((_, places, message),) = holes(EDGE, track(), part(), *VIAS[1:], zone(), words("HELLO"))
    assert places == 1
    assert "board.kicad_pcb has a hole of 0.400 mm of via [VCC], which no drill file of the package has" in message
    ((_, places, message),) = holes(*ALL, via(24, 9), via(26, 9))
    assert places == 2
    assert "a hole of 0.400 mm (via [VCC]) that board.kicad_pcb does not have" in message


def test_a_moved_hole_is_one_place() -> None:
    ((_, places, message),) = holes(EDGE, track(), part(), via(2.1), *VIAS[1:], zone(), words("HELLO"))
    assert places == 1
    assert "the hole of 0.400 mm of via [VCC] stands 0.100 mm from where board.kicad_pcb has it" in message


def test_a_slot_that_became_a_hole_is_told() -> None:
    native = read(EDGE, track(), part(hole="oval 1 1.4"), *VIAS, zone(), words("HELLO"))
    causes = found(beside(native, read(*ALL)), RULE)
    assert sorted(message.split(": ")[1][:42] for _, _, message in causes) == [
        "a hole of 1.000 mm in pad U1.2 [VCC] that ", "board.kicad_pcb has a slot of 1.400 x 1.00",
    ]  # fmt: skip


def test_plating_is_compared() -> None:
    made = read(*ALL)
    plated = made.holes.plated.copy()
    plated[0] = not plated[0]
    ((_, places, message),) = found(beside(NATIVE, replace(made, holes=replace(made.holes, plated=plated))), RULE)
    assert places == 1
    assert "is not plated here and plated in board.kicad_pcb" in message


def test_an_offset_of_the_whole_package_is_allowed_for_and_told() -> None:
    def moved(board: Board) -> Board:
        f, h = board.features, board.holes
        shift = lambda core: np.asarray(shapely.transform(core, lambda xy: xy + np.array([30.0, -12.5])), object)  # noqa: E731
        return replace(board, features=replace(f, core=shift(f.core)), holes=replace(h, core=shift(h.core)))

    assert found(beside(NATIVE, moved(read(*ALL))), RULE) == []
    ((_, _, message),) = found(beside(NATIVE, moved(read(EDGE, track(y=6), *PARTS))), RULE)
    assert "the package's origin lies -30.000, 12.500 mm off the board's, which is allowed for" in message


def test_another_board_is_told_as_such() -> None:
    other = read(EDGE, *(via(x, y) for x, y in ((3, 3), (7, 11), (13, 4), (17, 16), (25, 2), (28, 13))))
    ((severity, _, message),) = found(beside(NATIVE, other), RULE)
    assert severity == "error"
    assert "is not of board.kicad_pcb" in message


def test_references_left_out_of_the_plot_are_a_note() -> None:
    ((severity, _, message),) = stale(EDGE, track(), part(silk=False), *PARTS[1:])
    assert severity == "note"
    assert "the 1 references of parts are left out of the plot" in message


def frame(layer: str) -> str:
    return f'(gr_rect (start 0 0) (end 30 20) (stroke (width 0.1) (type solid)) (layer "{layer}") {uuid()})'


def test_copper_along_the_edge_is_one_note_a_layer() -> None:
    told = stale(*ALL, frame("F.Cu"), frame("B.Cu"))
    assert [(severity, places) for severity, places, _ in told] == [("note", 1), ("note", 1)]
    # 2 x 30.1 x 0.1 + 2 x 19.9 x 0.1, with the corners rounded.
    assert all("10 mm2 of copper along the edge of the board, where board.kicad_pcb has none" in m for _, _, m in told)
    beyond = stale(*ALL, frame("F.Cu").replace("30 20", "30 19.5"))
    assert sorted(severity for severity, _, _ in beyond) == ["error", "note"]


def test_the_edge_on_other_layers_and_ink_cut_off_openings_are_no_difference() -> None:
    assert stale(*ALL, frame("F.SilkS"), frame("F.Mask"), frame("F.Paste")) == []
    over = f'(gr_line (start 20 5) (end 26 5) (stroke (width 0.2) (type solid)) (layer "F.SilkS") {uuid()})'
    native, made = read(*ALL, over), read(*ALL, over)
    f = made.features
    mask = shapely.union_all(shapely.buffer(*(x[f.layer == made.layer("F.Mask")] for x in (f.core, f.radius))))
    row = np.flatnonzero((f.layer == made.layer("F.SilkS")) & (f.kind == Kind.GRAPHIC))[-1]
    core, radius = f.core.copy(), f.radius.copy()
    core[row], radius[row] = shapely.difference(shapely.buffer(core[row], 0.1), mask), 0.0
    cut = replace(made, features=replace(f, core=core, radius=radius))
    assert found(beside(native, cut), RULE) == []
    assert len(found(beside(read(*ALL, over), read(*ALL)), RULE)) == 1


def test_vias_that_the_film_opens_are_one_warning() -> None:
    native = read(*ALL, setup="(tenting front back)")
    made = read(*ALL, setup="(tenting none)")
    told = found(beside(native, made), RULE)
    assert [severity for severity, _, _ in told] == ["warning", "warning"]
    assert all("6 vias open in this film and covered in board.kicad_pcb" in message for _, _, message in told)


def test_corners_of_openings_that_one_version_rounds_are_no_difference() -> None:
    native = read(*ALL, setup="(pad_to_mask_clearance 0.15)")
    made = read(*ALL, setup="(pad_to_mask_clearance 0.15)")
    f = made.features
    rows = np.flatnonzero((f.layer == made.layer("F.Mask")) & (shapely.get_type_id(f.core) == 3))
    core, radius = f.core.copy(), f.radius.copy()
    core[rows], radius[rows] = shapely.buffer(core[rows], radius[rows], join_style="mitre"), 0.0
    assert found(beside(native, replace(made, features=replace(f, core=core, radius=radius))), RULE) == []


def test_a_moved_outline_is_told() -> None:
    ((severity, places, message),) = stale(EDGE.replace("30 20", "30 20.2"), *ALL[1:])
    assert (severity, places) == ("error", 2)
    assert "Edge_Cuts.gbr" in message


def test_the_rim_of_a_drilled_hole_on_the_outline_is_no_difference() -> None:
    rim = f'(gr_circle (center 25 5) (end 25.5 5) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts") {uuid()})'
    assert stale(*ALL, native=read(*ALL, rim)) == stale(*ALL, rim) == []
    wider = rim.replace("25.5 5", "25.6 5")
    assert [severity for severity, _, _ in stale(*ALL, native=read(*ALL, wider))] == ["error"]


@pytest.mark.parametrize(
    ("layer", "severity"), [("F.Mask", "error"), ("F.Paste", "error"), ("F.SilkS", "warning"), ("F.Cu", "error")]
)
def test_many_small_places_are_told_together(layer: str, severity: str) -> None:
    dots = [
        f'(gr_circle (center {3 + 0.5 * i} 18) (end {3.05 + 0.5 * i} 18) (stroke (width 0) (type solid)) (fill solid) '
        f'(layer "{layer}") {uuid()})'
        for i in range(40)
    ]  # fmt: skip
    ((found_, places, message),) = stale(*ALL, *dots)
    # 40 discs of 0.1 mm: 0.314 mm2, each below 0.01 mm2.
    assert (found_, places) == (severity, 1)
    assert f"0.314 mm2 too much on {layer} at 40 small places" in message
    assert "0.314 mm2 missing on" in stale(*ALL, native=read(*ALL, *dots))[0][2]
    assert stale(*ALL, dots[0]) == []


@pytest.mark.parametrize(
    ("layer", "severity"),
    [("F.Mask", "warning"), ("B.Mask", "warning"), ("F.Paste", "note"), ("F.SilkS", "note"), ("Edge.Cuts", "warning")],
)
def test_a_layer_of_the_board_without_a_film_is_told_once(layer: str, severity: str) -> None:
    ((found_, places, message),) = found(beside(NATIVE, read(*ALL), without=frozenset({layer})), RULE)
    assert (found_, places) == (severity, 1)
    assert f"no film of {layer}, on which board.kicad_pcb has" in message
    # Nothing is on this layer, so nothing is lost.
    assert found(beside(NATIVE, read(*ALL), without=frozenset({"B.Paste", "B.SilkS"})), RULE) == []


def test_a_package_without_any_drill_file_is_told_once() -> None:
    board = beside(NATIVE, read(*ALL))
    package = board.package
    assert package is not None
    films = replace(package, entries=tuple(e for e in package.entries if e.role.kind != "drill"))
    ((severity, places, message),) = found(replace(board, package=films), RULE)
    assert (severity, places) == ("error", 1)
    assert "no drill file, though board.kicad_pcb has 7 holes" in message
    solid = read(EDGE, track())
    films = replace(films, native=solid, board=solid)
    assert [m for _, _, m in found(replace(solid, package=films, facts=solid.facts | {"package"}), RULE) if "drill" in m] == []


def test_copper_layers_that_only_one_has() -> None:
    inner = track(layer="In1.Cu")
    native = read(*ALL, inner)
    ((severity, _, message),) = found(beside(native, read(*ALL, inner), without=frozenset({"In1.Cu"})), RULE)
    assert severity == "error"
    assert "no film of In1.Cu, on which board.kicad_pcb has copper" in message


def test_without_a_native_board_the_rule_is_skipped() -> None:
    board = beside(NATIVE, read(*ALL))
    made = replace(board.package.board, package=replace(board.package, native=None), facts=board.facts)  # type: ignore[union-attr]
    made = replace(made, sources=board.package.sources)  # type: ignore[union-attr]
    (rule,) = (r for r in report(made, RULE).rules if r.id == RULE)
    assert rule.status == "skipped"
    assert "--with" in (rule.why_skipped or "")


def test_paste_and_mask_of_a_pad_that_grew_are_told() -> None:
    grown = part().replace("rect (at 0 0) (size 1 1)", "rect (at 0 0) (size 1.2 1)")
    assert grown.count("(size 1.2 1)") == 1
    told = stale(EDGE, track(), grown, *PARTS[1:])
    assert sorted(message.split(".gbr")[0].split()[-1] for _, _, message in told) == ["F_Cu", "F_Mask", "F_Paste"]


@needs_cli
@pytest.mark.kicad
@pytest.mark.parametrize(
    "name",
    ["stickhub/StickHub", "pic_programmer/pic_programmer", "interf_u/interf_u", "custom_pads_test/custom_pads_test",
     "complex_hierarchy/complex_hierarchy", "microwave/microwave"],
)  # fmt: skip
def test_a_fresh_plot_is_not_stale(name: str) -> None:
    path = DEMOS / f"{name}.kicad_pcb"
    if not path.is_file():
        pytest.skip("needs KiCad's demos")
    native = read_kicad(path.read_bytes(), path.name)
    (package,) = read_packages(plot(path, "x2"))
    done = report(replace(native, package=replace(package, native=native), facts=native.facts | {"package"}), RULE)
    assert [f.message for f in done.findings] == []
    assert next(r for r in done.rules if r.id == RULE).status == "passed"


FAB, KICAD = "fab/", "kicad/"
PUBLISHED: dict[str, tuple[str, str, dict[str, str]]] = {
    "bitaxe-ultra": ("bitaxeorg__bitaxeUltra/bitaxe-ultra-fab", "bitaxeorg__bitaxeUltra/bitaxe-ultra/bitaxeUltra.kicad_pcb", {
        "PTH.drl": "the four holes of J9 are drilled 0.05 mm beside its pads: an older drill file",
    }),
    "buspirate5-rev8": (
        "DangerousPrototypes__BusPirate5-hardware/buspirate5-rev8-fab",
        "DangerousPrototypes__BusPirate5-hardware/buspirate5-rev8/bus_pirate_pcb/5-REV8/BusPirate-5-rev8.kicad_pcb", {}),
    "buspirate-vpp-maker": (
        "DangerousPrototypes__BusPirate5-hardware/buspirate-vpp-maker-fab",
        "DangerousPrototypes__BusPirate5-hardware/buspirate-vpp-maker/adapter-vpp-maker-1REV6/vpp-maker-rev6-ian.kicad_pcb", {}),
    "fomu-evt": (
        "im-tomu__fomu-hardware/fomu-evt-fab", "im-tomu__fomu-hardware/fomu-evt/archive/evt/pcb/tomu-fpga.kicad_pcb",
        {"F.SilkS": "KiCad 5.0 sets letters and lines of text otherwise than KiCad 9"}),
    "mppt-2420-lc": (
        "LibreSolar__mppt-2420-lc/mppt-2420-lc-fab", "LibreSolar__mppt-2420-lc/mppt-2420-lc/MPPT_charger_20A.kicad_pcb", {
        "F.Cu": "lands of ten pads (L2, ...) are larger in the board: it was edited after the plot",
        "F.Mask": "as on F.Cu", "F.Paste": "as on F.Cu", "F.SilkS": "texts and logos were edited", "B.SilkS": "as on F.SilkS",
    }),
    "neo6502-B1": (
        "OLIMEX__Neo6502/neo6502-B1-fab", "OLIMEX__Neo6502/neo6502-B1/HARDWARE/Neo6502-rev-B1/Neo6502_Rev_B1.kicad_pcb", {}),
    "orangecrab": (
        "gregdavill__OrangeCrab/orangecrab-r0.2.1-fab",
        "gregdavill__OrangeCrab/orangecrab-r0.2.1/hardware/orangecrab_r0.2.1/OrangeCrab.kicad_pcb",
        dict.fromkeys(("In1.Cu", "In3.Cu", "In4.Cu", "B.Cu"), "the zones were filled anew after the plot")),
    "sensor-watch-B1": (
        "joeycastillo__Sensor-Watch/sensor-watch-B1-fab",
        "joeycastillo__Sensor-Watch/sensor-watch-B1/PCB/Main Boards/OSO-SWAT-B1/OSO-SWAT-B1.kicad_pcb", {}),
    "sensor-watch-accel": (
        "joeycastillo__Sensor-Watch/sensor-watch-accel-fab",
        "joeycastillo__Sensor-Watch/sensor-watch-accel/PCB/Sensor Boards/Kicad/OSO-SWAB-B1-00 Sensor Watch Accelerometer/"
        "OSO-SWAB-B1-00 Sensor Watch Accelerometer.kicad_pcb", {
            "F.SilkS": "KiCad 6 sets the lines of texts otherwise than KiCad 9", "B.SilkS": "as on F.SilkS",
        }),
    "su120": ("e3w2q__su120-keyboard/su120-fab", "e3w2q__su120-keyboard/su120/pcb/su120.kicad_pcb", {
        "F.SilkS": "the text SU120 has another revision and place", "B.SilkS": "as on F.SilkS",
        "": "there is no film of paste",
    }),
    "tillitis-usb-dev": (
        "tillitis__tillitis-key1/tillitis-usb-dev-fab",
        "tillitis__tillitis-key1/tillitis-usb-dev/hw/boards/mta1-usb-dev/mta1_usb_dev.kicad_pcb", {
            "PTH.drl": "ten vias in the thermal pads of U3 and U6 are gone from the board",
            "F.Cu": "parts and their lands changed", "In2.Cu": "lands of the ten vias; elsewhere fills cover them",
            "F.Mask": "as on F.Cu", "F.Paste": "as on F.Cu", "F.SilkS": "as on F.Cu",
        }),
}  # fmt: skip
"""Published packages whose board is published too: all that differs, and why. Nothing else may."""


def published(name: str) -> tuple[Board, list[tuple[str, str]]]:
    """The board with the package, and of every finding its layer (or drill file) and message."""
    folder, path, _ = PUBLISHED[name]
    if not (BOARDS / FAB / folder).is_dir():
        pytest.skip("needs the shared boards")
    native = read_kicad((BOARDS / KICAD / path).read_bytes(), Path(path).name)
    packages = [p for p in read_packages(BOARDS / FAB / folder) if p.board is not None and p.of("copper")]
    assert len(packages) == 1
    board = replace(native, package=replace(packages[0], native=native), facts=native.facts | {"package"})
    done = report(board, RULE)
    assert next(r for r in done.rules if r.id == RULE).checked > 100
    return board, [
        (f.places[0].layers[0] if f.places[0].layers else f.places[0].file.split("-")[-1], f.message) for f in done.findings
    ]


@pytest.mark.boards
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_packages_differ_where_we_know_why_and_nowhere_else(name: str) -> None:
    _, told = published(name)
    assert {layer for layer, _ in told} == set(PUBLISHED[name][2]), told


@pytest.mark.boards
def test_the_stale_package_names_the_vias_that_differ() -> None:
    board, told = published("tillitis-usb-dev")
    (message,) = (m for layer, m in told if layer == "PTH.drl")
    assert message.startswith("10 places")
    done = report(board, RULE)
    (finding,) = (f for f in done.findings if f.places[0].file.endswith("PTH.drl"))
    assert {p.detail.split("that")[0].strip() for p in finding.places} == {
        "a hole of 0.300 mm in pad U3.49 [GND]", "a hole of 0.300 mm in pad U6.49 [GND]",
    }  # fmt: skip


@pytest.mark.boards
@pytest.mark.parametrize("name", ["plate-bottom", "plate-top-cherrymx"])
def test_boards_of_one_folder_are_compared_with_their_own_package(name: str) -> None:
    folder = BOARDS / FAB / "foostan__crkbd/corne-plate-fab"
    if not folder.is_dir():
        pytest.skip("needs the shared boards")
    path = BOARDS / KICAD / f"foostan__crkbd/corne-plate/plates/3x6/pcb/{name}.kicad_pcb"
    native = read_kicad(path.read_bytes(), path.name)
    for package in read_packages(folder):
        if package.board is None:
            continue
        board = replace(native, package=replace(package, native=native), facts=native.facts | {"package"})
        assert bool(found(board, RULE)) == (name not in package.name)
