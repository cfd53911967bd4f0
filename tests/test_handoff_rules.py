"""The rules on the files of a package: what each tells, what it leaves alone, and how grave it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from handoff import Drawn, excellon, flash, gerber, rectangle, region, stroke

from dfmcheck import api
from dfmcheck.board import Source
from dfmcheck.checks._stack import stated
from dfmcheck.package import Entry, Package, Role
from dfmcheck.read import read_all
from dfmcheck.read.gerber import read_gerber

EDGE = gerber([stroke(0.1, *rectangle(0, 0, 20, 10))])
PADS = [flash("C,1", x, 5) for x in (3, 6, 9)]
HOLES = [(x, 5, 0.5) for x in (3, 6, 9)]
LANDS = [flash("R,1X2", x, 2) for x in range(4, 16, 2)]
GOOD = {
    "b.gtl": gerber(PADS + LANDS), "b.gbl": gerber(PADS), "b.gts": gerber(PADS + LANDS), "b.gbs": gerber(PADS),
    "b.gtp": gerber(LANDS), "b.gto": gerber([stroke(0.15, (2, 8), (5, 8))]), "b.gbo": gerber([stroke(0.15, (2, 8), (5, 8))]),
    "b.gko": EDGE, "b-PTH.drl": excellon(HOLES),
}  # fmt: skip


def told(folder: Path, files: dict[str, str | bytes], *rules: str, profile: str | list[str] = "standard") -> list[str]:
    """`severity rule: message` of the findings of package rules on a folder with these files, sorted."""
    for name, data in files.items():
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (board,) = read_all(folder)
    names = rules or ("layer-set", "gerber-format", "drill-format", "drill-plating")
    report = api.plan([profile] if isinstance(profile, str) else profile, select=names).run(board)
    assert not report.crashed
    return sorted(f"{f.severity} {f.rule}: {re.sub(r' [(]rules/.*[)]$', '', f.message)}" for f in report.findings)


def without(*names: str, **more: str | bytes) -> dict[str, str | bytes]:
    return {k: v for k, v in GOOD.items() if k not in names} | {k.replace("__", "."): v for k, v in more.items()}


def test_a_good_package_has_nothing_to_tell(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []


def test_a_board_of_one_layer_needs_no_other_side(tmp_path: Path) -> None:
    single = {"b.gbl": gerber(PADS), "b.gbs": gerber(PADS), "b.gbo": GOOD["b.gbo"], "b.gko": EDGE, "b-NPTH.drl": excellon(HOLES)}
    (found,) = told(tmp_path, single, "layer-set")
    assert found == "note layer-set: the package: copper for the bottom only: is it a board of one layer?"


def test_copper_on_one_side_that_has_plated_holes_lacks_the_other(tmp_path: Path) -> None:
    found = told(tmp_path, without("b.gtl"), "layer-set")
    why = "3 plated holes, 6 paste apertures on the top, 6 openings in the top mask"
    assert f"error layer-set: the package: no copper for the top, though there are {why}" in found


def test_a_plate_without_copper_is_a_plate(tmp_path: Path) -> None:
    empty = dict.fromkeys(("b.gtl", "b.gbl", "b.gts", "b.gbs", "b.gto", "b.gbo"), gerber([]))
    found = told(tmp_path, {**empty, "b.gko": EDGE, "b-NPTH.drl": excellon(HOLES)}, "layer-set")
    assert {line.split()[0] for line in found} == {"note"}


def test_a_gap_in_the_inner_layers_and_an_order_that_nothing_tells(tmp_path: Path) -> None:
    inner = gerber(PADS)
    found = told(tmp_path, {**GOOD, "b.g1": inner, "b.g3": gerber([*PADS, flash("C,2", 15, 7)])}, "layer-set")
    assert found == ["error layer-set: the package: no file for the copper layer In2.Cu: other inner layers are there"]


def test_class_3_asks_for_a_netlist_and_a_drawing_and_class_2_for_paste_and_legend(tmp_path: Path) -> None:
    files = without("b.gtp", "b.gbo", "b.gto")
    paste = "layer-set: the package: no paste for the top, which has 6 lands of surface-mounted parts"
    legend = "layer-set: the package: no legend for the top"
    assert told(tmp_path, files, "layer-set", profile="class-1") == []
    assert told(tmp_path, files, "layer-set") == [f"note {legend}", f"warning {paste}"]
    assert told(tmp_path, files, "layer-set", profile="class-2") == [f"error {paste}", f"warning {legend}"]
    more = [f"warning layer-set: the package: no {what}" for what in ("drawing", "netlist")]
    assert told(tmp_path, files, "layer-set", profile="class-3") == sorted([f"error {paste}", f"warning {legend}", *more])


def test_two_files_for_one_layer_are_one_finding_that_names_both(tmp_path: Path) -> None:
    (found,) = told(tmp_path, {**GOOD, "b-new.gts": gerber(PADS)}, "layer-set")
    assert found.startswith("error layer-set: 2 places; worst: b")
    assert "2 files for F.Mask, which is meant?" in found
    assert {"b.gts", "b-new.gts"} <= set(found.split())


def test_unknown_files_are_a_note(tmp_path: Path) -> None:
    (found,) = told(tmp_path, {**GOOD, "b.xyz": gerber(PADS)}, "layer-set")
    assert found == "note layer-set: b.xyz: what this file is for is not known"


# -- formats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "severity", "message"),
    [
        ("M02*\n", "", "error", "does not end with M02"),
        ("%ADD10C,1*%\n", "", "error", "D10"),
        ("%MOMM*%\n", "", "error", "unit"),
        ("%FSLAX46Y46*%\n", "", "error", "format"),
        ("D10*\n", "G54D10*\n", "note", "deprecated"),
    ],
)
def test_what_a_gerber_leaves_open_is_an_error_and_what_is_merely_old_a_note(
    tmp_path: Path, old: str, new: str, severity: str, message: str
) -> None:
    broken = str(GOOD["b.gbl"]).replace(old, new)
    assert broken != GOOD["b.gbl"]
    found = [f for f in told(tmp_path, {**GOOD, "b.gbl": broken}, "gerber-format") if message in f]
    assert found
    assert {f.split()[0] for f in found} == {severity}
    assert all("b.gbl" in f for f in found)


def test_a_fault_of_a_drawing_is_a_note(tmp_path: Path) -> None:
    text = gerber([region((0, 0), (1, 0), (1, 1), (0, 0))]).replace("M02*\n", "")
    found = told(tmp_path, {**GOOD, "b-User_Drawings.gbr": text}, "gerber-format")
    assert found
    assert {f.split()[0] for f in found} == {"note"}


def test_a_manufacturer_may_refuse_x2(tmp_path: Path) -> None:
    with_x2 = gerber(PADS, FileFunction="Copper,L2,Bot")
    in_comments = re.sub(r"%(TF\..*?)\*%", r"G04 #@! \1*", gerber(PADS, FileFunction="Soldermask,Bot"))
    files = {**GOOD, "b.gbl": with_x2, "b.gbs": in_comments}
    refused = "holds X2 attributes, which this manufacturer refuses"
    assert told(tmp_path, files, "gerber-format") == []
    assert told(tmp_path, files, "gerber-format", profile="sierra") == [f"error gerber-format: b.gbl: {refused}"]


INCH = [f"X{round(x / 25.4 * 1e4)}Y{round(-y / 25.4 * 1e4)}" for x, y, _ in HOLES]


def nc(header: str, rows: list[str], tool: str = "T1C0.0197") -> str:
    return "\n".join(["M48", *header.split(), tool, "%", "T1", *rows, "M30", ""])


def test_a_drill_file_that_states_its_format_is_fine_and_one_that_does_not_is_told_with_what_was_taken(tmp_path: Path) -> None:
    assert told(tmp_path, {**GOOD, "b-PTH.drl": nc("INCH,TZ", INCH)}, "drill-format") == []
    (found,) = told(tmp_path, {**GOOD, "b-PTH.drl": nc("INCH", INCH)}, "drill-format")
    assert "b-PTH.drl: does not state its number format" in found
    assert found.split()[0] in ("error", "warning")
    assert "inch 2.4" in found


def test_a_manufacturer_may_refuse_millimetres(tmp_path: Path) -> None:
    refused = "error drill-format: b-PTH.drl: is in millimetres, which this manufacturer does not take"
    assert refused in told(tmp_path, GOOD, "drill-format", profile="sierra")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("T1C0.5\n", "", "T1"), ("T1C0.5", "T1C0.0", "T1"), ("M30\n", "", "no end")],
    ids=["undefined", "zero", "cut"],
)
def test_tools_without_a_diameter_and_an_end_that_is_missing(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = told(tmp_path, {**GOOD, "b-PTH.drl": str(GOOD["b-PTH.drl"]).replace(old, new)}, "drill-format")
    assert [f.split(":")[0] for f in found if message in f] == ["error drill-format"]


def test_a_drill_drawing_is_no_drill_file(tmp_path: Path) -> None:
    drawing = gerber([stroke(0.1, (0, 0), (1, 1))], FileFunction="Drillmap")
    found = told(tmp_path, without("b-PTH.drl", **{"b-drl_map__gbr": drawing}), "layer-set", "drill-format")
    assert "error drill-format: b-drl_map.gbr: is a drawing or a report of the holes, no drill file" in found
    missing = "error layer-set: the package: no drill file, though lands lie on one another at 3 places"
    assert any(f.startswith(missing) for f in found)


# -- plating -----------------------------------------------------------------------------------------------------------

BOTH = [*HOLES, (17, 5, 2.0)]


def merged(*functions: str) -> str:
    """One file with the plated holes and an unplated one, whose tools are marked so."""
    text = excellon(BOTH)
    for tool, function in zip(("T1C0.5", "T2C2.0"), functions):
        text = text.replace(f"{tool}\n", f"; #@! TA.AperFunction,{function}\n{tool}\n", 1)
    return text


def test_holes_of_which_nothing_says_whether_they_are_plated(tmp_path: Path) -> None:
    message = "drill-plating: b.drl: nothing says whether its {} plated"
    (found,) = told(tmp_path, without("b-PTH.drl", b__drl=excellon(BOTH)), "drill-plating")
    assert found == "warning " + message.format("4 holes are") + "; 3 of them have lands on both sides"
    (found,) = told(tmp_path, {"b.drl": excellon(HOLES)}, "drill-plating")
    assert found == "note " + message.format("3 holes are")


@pytest.mark.parametrize(("size", "sure"), [(0.9, True), (1.0, False), (1.2, False)])
def test_holes_that_leave_no_ring_of_their_land_are_in_doubt(tmp_path: Path, size: float, sure: bool) -> None:
    """The lands are 1 mm."""
    (found,) = told(tmp_path, without("b-PTH.drl", b__drl=excellon([(x, y, size) for x, y, _ in HOLES])), "drill-plating")
    said = "; 3 of them have lands on both sides, and 3 leave nothing of a land: are the tools too large?"
    message = "drill-plating: b.drl: nothing says whether its 3 holes are plated"
    assert found == (f"note {message}" if sure else f"warning {message}{said}")


def test_plated_and_unplated_holes_in_one_file_are_a_matter_of_class(tmp_path: Path) -> None:
    files = without("b-PTH.drl", b__drl=merged("Plated,PTH,ViaDrill", "NonPlated,NPTH,ComponentDrill"))
    message = "drill-plating: b.drl: holds 3 plated and 1 unplated holes"
    assert told(tmp_path, files, "drill-plating") == [f"note {message}"]
    assert told(tmp_path, files, "drill-plating", profile="class-1") == []
    assert told(tmp_path, files, "drill-plating", profile="class-2") == [f"warning {message}"]


# -- parts of the holes ------------------------------------------------------------------------------------------------

AT = (8, 10.54, 13.08)
LEADS, OPENED = ([flash(f"C,{size}", x, 8) for x in AT] for size in (1.7, 1.8))
VIAS = [(1 + 0.8 * n, 9.2, 0.3) for n in range(20)]
LANDS_OF_VIAS = [flash("C,0.6", x, y) for x, y, _ in VIAS]


def with_pads_on_both_sides(marks: list[Drawn], opened: list[Drawn], more: list[Drawn]) -> dict[str, str | bytes]:
    films = {"b.gtl": PADS + LANDS + LANDS_OF_VIAS + marks + more, "b.gbl": PADS + LANDS_OF_VIAS + marks}
    films |= {"b.gts": PADS + LANDS + opened, "b.gbs": PADS + opened}
    return {**GOOD, **{name: gerber(drawn) for name, drawn in films.items()}, "b-via-PTH.drl": excellon(VIAS)}


def lost(folder: Path, files: dict[str, str | bytes]) -> list[str]:
    return [line for line in told(folder, files, "layer-set") if "hole" in line]


def test_pads_for_leads_without_a_hole_are_told_however_few_of_the_holes_they_are(tmp_path: Path) -> None:
    files = with_pads_on_both_sides(LEADS, OPENED, [stroke(0.2, (8, 8), (7, 9))])
    what = "3 places where lands of 1.7 mm lie on one another, free of mask on both sides, have no hole: is a drill file missing?"
    assert lost(tmp_path, files) == [f"warning layer-set: the package: {what}"]
    assert lost(tmp_path, {**files, "b-comp-PTH.drl": excellon([(x, 8, 1.0) for x in AT])}) == []


def test_fiducials_on_both_sides_need_no_hole(tmp_path: Path) -> None:
    wide = [flash("C,3.4", x, 8) for x in AT]
    assert lost(tmp_path, with_pads_on_both_sides(LEADS, wide, [stroke(0.2, (8, 8), (7, 9))])) == []
    assert lost(tmp_path, with_pads_on_both_sides(LEADS, OPENED, [])) == []  # nothing is joined to them


def test_equal_parts_back_to_back_have_lands_on_one_another_without_holes(tmp_path: Path) -> None:
    joined = [stroke(0.2, (8, 8), (7, 9))]
    files = with_pads_on_both_sides(LEADS, OPENED, joined)
    assert lost(tmp_path, {**files, "b.gtp": gerber([*LANDS, *LEADS])}) == []
    balls, opened = ([flash(f"C,{size}", x, 8) for x in AT] for size in (0.36, 0.42))
    assert lost(tmp_path, with_pads_on_both_sides(balls, opened, joined)) == []


def test_files_of_one_name_in_two_folders_may_contradict_one_another() -> None:
    files = {"a/b.gbr": "Copper,L4,Bot", "c/b.gbr": "Copper,L2,Bot"}
    data = [gerber(PADS, FileFunction=function).encode() for function in files.values()]
    sources = tuple(Source(path, "gerber", text) for path, text in zip(files, data))
    entries = tuple(Entry(n, Role("copper"), read_gerber(text, "b.gbr")) for n, text in enumerate(data))
    assert sorted(stated(Package("p", sources, entries)).values()) == [2, 4]
