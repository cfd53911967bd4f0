"""Which file of a package is what: names of every CAD tool, X2 before all else, contradictions told."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from films import PADS, drill, frame, gerber

from dfmcheck.board import Cover
from dfmcheck.package import Job, Role
from dfmcheck.read.excellon import read_excellon
from dfmcheck.read.role_claim import Claim, named
from dfmcheck.read.role_names import layer, plain
from dfmcheck.read.role_order import UNORDERED
from dfmcheck.read.roles import File, assign

NAMES = Path(__file__).with_name("role_names.csv")


def layers(files: Sequence[File]) -> dict[str, str]:
    return {f.path: r.layer or r.kind for f, r in zip(files, assign(files))}


def conflicts(files: Sequence[File]) -> dict[str, str]:
    return {f.path: r.conflict for f, r in zip(files, assign(files)) if r.conflict}


def told(claim: Claim | None) -> str:
    """A claim in the words of role_names.csv: a lone copper layer is numbered as if no other told more."""
    if claim is None:
        return "-"
    if claim.kind == "drill":
        plated = {Cover.YES: " PTH", Cover.NO: " NPTH"}.get(claim.plated, "")
        return f"drill{plated}" + (f" {claim.span[0]}-{claim.span[1]}" if claim.span else "")
    if claim.kind == "edge" and claim.rank == 1:
        return "mechanical"
    number = claim.number or (claim.inner + 1 if claim.inner else max(claim.loose, 2))
    side = claim.side or ("top" if number == 1 else "inner")
    return named(claim.kind, side if claim.kind == "copper" else claim.side, number) or claim.kind


@pytest.mark.parametrize(("tool", "name", "role"), [tuple(r.values()) for r in csv.DictReader(NAMES.open())])
def test_names(tool: str, name: str, role: str) -> None:
    assert told(plain(name) or layer(name)) == role


BOARD = [
    gerber("b-F_Cu.gtl", x2="Copper,L1,Top"),
    gerber("b-In1_Cu.g2", x2="Copper,L2,Inr"),
    gerber("b-In2_Cu.g3", x2="Copper,L3,Inr"),
    gerber("b-B_Cu.gbl", x2="Copper,L4,Bot"),
    gerber("b-F_Mask.gts", x2="Soldermask,Top"),
    gerber("b-B_Mask.gbs", x2="Soldermask,Bot"),
    gerber("b-F_Paste.gtp", x2="Paste,Top"),
    gerber("b-F_Silkscreen.gto", x2="Legend,Top"),
    gerber("b-Edge_Cuts.gm1", frame(0, 0, 20, 10), x2="Profile,NP"),
    gerber("b-F_Fab.gbr", x2="AssemblyDrawing,Top"),
    drill("b-PTH.drl", comment="; #@! TF.FileFunction,Plated,1,4,PTH\n"),
    drill("b-NPTH.drl", "X5.0Y-5.0", comment="; #@! TF.FileFunction,NonPlated,1,4,NPTH\n"),
]


def test_x2_roles() -> None:
    roles = assign(BOARD)
    assert [r.layer for r in roles] == [
        "F.Cu", "In1.Cu", "In2.Cu", "B.Cu", "F.Mask", "B.Mask", "F.Paste", "F.SilkS", "Edge.Cuts", "F.Fab", "", "",
    ]  # fmt: skip
    assert [r.number for r in roles[:4]] == [1, 2, 3, 4]
    assert {r.by for r in roles} == {"x2"}
    assert not any(r.conflict for r in roles)
    assert [(r.plated, r.span) for r in roles[-2:]] == [(Cover.YES, (1, 4)), (Cover.NO, (1, 4))]


@pytest.mark.parametrize("seed", range(5))
def test_names_and_order_do_not_matter_under_x2(seed: int) -> None:
    """Files that say by X2 what they are keep their roles under any name, in any order."""
    rng = random.Random(seed)
    rows = rng.sample(range(len(BOARD)), len(BOARD))
    suffixes = ["", ".gbr", ".txt", ".x", ".gko"]
    moved = [
        File("".join(rng.choices("qxzkj", k=9)) + rng.choice(suffixes), BOARD[i].data, BOARD[i].image, BOARD[i].drill)
        for i in rows
    ]
    plain_roles, roles = assign(BOARD), assign(moved)
    for i, role in zip(rows, roles):
        want = plain_roles[i]
        assert (role.kind, role.layer, role.side, role.number, role.plated, role.span, role.by) == (
            want.kind, want.layer, want.side, want.number, want.plated, want.span, want.by)  # fmt: skip


def test_order_of_files_does_not_matter() -> None:
    files = [gerber(f"b.{e}") for e in ("GTL", "G1", "GP1", "GBL", "GM1", "GM2", "GTS")] + [gerber("c.GTL")]
    files[4] = gerber("b.GM1", frame(0, 0, 20, 10))
    files[5] = gerber("b.GM2", frame(-50, -50, 60, 60))
    want: dict[str, Role] = {f.path: r for f, r in zip(files, assign(files))}
    for seed in range(5):
        moved = random.Random(seed).sample(files, len(files))
        assert {f.path: r for f, r in zip(moved, assign(moved))} == want


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["b.GTL", "b.G1", "b.G2", "b.GBL"], [1, 2, 3, 4]),  # Altium counts inner layers
        (["b.gtl", "b.g2", "b.g3", "b.gbl"], [1, 2, 3, 4]),  # KiCad counts all
        (["b.GTL", "b.GP1", "b.GP2", "b.GBL"], [1, 2, 3, 4]),
        (["TOP.art", "GND2.art", "PWR3.art", "BOTTOM.art"], [1, 2, 3, 4]),
        (["L1_TOP.art", "L2_GND.art", "L3_PWR.art", "L4_BOT.art"], [1, 2, 3, 4]),
        (["art01.pho", "art02.pho", "art03.pho"], [1, 2, 3]),
        (["b.TOP", "b.GND", "b.BOT"], [1, 2, 3]),  # the one number left
        (["Conductive-1.fph", "Conductive-2.fph"], [1, 2]),
        (["b-F_Cu.gbr", "b-In2_Cu.gbr", "b-B_Cu.gbr"], [1, 3, 4]),  # In1 is missing: B.Cu is at least the fourth
    ],
)
def test_order_of_copper_by_names(names: list[str], numbers: list[int]) -> None:
    roles = assign([gerber(n, PADS, f"X{i}000000Y1000000D03*") for i, n in enumerate(names)])
    assert [r.number for r in roles] == numbers
    assert not any(r.conflict for r in roles)


@pytest.mark.parametrize("names", [["b.GND", "b.PWR"], ["b.G1", "b.GP1"], ["GND1.art", "PWR1.art"], ["inner.gbr", "b.gnd"]])
def test_order_that_nothing_tells_is_told(names: list[str]) -> None:
    files = [gerber(n, PADS, f"X{i}000000Y1000000D03*") for i, n in enumerate(["TOP.art", *names, "BOTTOM.art"])]
    roles = assign(files)
    assert sorted(r.number for r in roles) == [1, 2, 3, 4]
    assert [UNORDERED in r.conflict for r in roles] == [False, True, True, False]


def test_altium_states_the_physical_order() -> None:
    order = {"b.GTL": 1, "b.GP1": 2, "b.G1": 3, "b.GBL": 4}
    roles = assign([gerber(n, f"G04 Layer_Physical_Order={k}*\n", PADS) for n, k in order.items()])
    assert [r.number for r in roles] == [1, 2, 3, 4]
    assert not any(r.conflict for r in roles)


def test_contradictions_are_told_and_x2_wins() -> None:
    files = [gerber("b-B_Mask.gbs", x2="Soldermask,Top"), gerber("b-F_Cu.gtl", x2="Paste,Top")]
    assert layers(files) == {"b-B_Mask.gbs": "F.Mask", "b-F_Cu.gtl": "F.Paste"}
    assert set(conflicts(files)) == {"b-B_Mask.gbs", "b-F_Cu.gtl"}
    assert "another side" in conflicts(files)["b-B_Mask.gbs"]


def test_the_job_file_wins_over_names() -> None:
    job = File(
        "b-job.gbrjob", b"{}", job=Job(layers=4, files={"b-1.gbr": ("Copper", "L3", "Inr")}, negative=frozenset(["b-1.gbr"]))
    )
    roles = assign([gerber("b-1.gbr"), gerber("b-F_Cu.gbr"), job])
    assert (roles[0].layer, roles[0].by, roles[2].kind) == ("In2.Cu", "job", "job")
    assert "negative" in roles[0].said["polarity"]


def test_two_files_that_claim_one_layer() -> None:
    files = [gerber("b-F_Mask.gbr"), gerber("old/b-F_Mask.gbr", PADS, "X5000000Y5000000D03*")]
    assert set(layers(files).values()) == {"F.Mask"}
    assert conflicts(files) == {
        "b-F_Mask.gbr": "F.Mask is claimed by old/b-F_Mask.gbr as well",
        "old/b-F_Mask.gbr": "F.Mask is claimed by b-F_Mask.gbr as well",
    }


def test_copies_are_duplicates() -> None:
    same = [gerber("b-F_Cu.gbr"), gerber("b-F_Cu (1).gbr"), gerber("b-B_Cu.gbr"), drill("b.drl"), drill("copy/b.drl")]
    assert layers(same) == {
        "b-F_Cu.gbr": "F.Cu", "b-F_Cu (1).gbr": "F.Cu", "b-B_Cu.gbr": "B.Cu", "b.drl": "drill", "copy/b.drl": "duplicate",
    }  # fmt: skip
    roles = assign(same)
    assert [r.kind for r in roles] == ["copper", "duplicate", "copper", "drill", "duplicate"]
    assert roles[1].said["copy"] == "the same bytes as b-F_Cu.gbr"
    assert not any(r.conflict for r in roles)


def test_holes_that_another_file_holds_as_well() -> None:
    picture = gerber("b.xln", "%ADD11C,0.3*%D11*", "X2000000Y-2000000D03*X18000000Y-8000000D03*")
    vias = drill("Drill_PTH_Through_Via.DRL", "X2.0Y-2.0", comment=";TYPE=PLATED\n")
    every = drill("Drill_PTH_Through.DRL", comment=";TYPE=PLATED\n")
    other = drill("Drill_NPTH_Through.DRL", "X2.0Y-2.0", comment=";TYPE=NON_PLATED\n")
    assert [r.kind for r in assign([picture, drill("b.drl")])] == ["duplicate", "drill"]
    assert [r.kind for r in assign([vias, every, other])] == ["duplicate", "drill", "drill"]


def test_outline_among_mechanical_layers() -> None:
    copper = [gerber("b.GTL"), gerber("b.GBL", PADS, "X1000000Y1000000D03*")]
    board, sheet = gerber("b.GM13", frame(0, 0, 20, 10)), gerber("b.GM15", frame(-50, -50, 90, 90))
    notes, keepout = gerber("b.GM1", "X1000000Y1000000D02*X2000000Y1000000D01*"), gerber("b.GKO", "X1D02*X2000000Y0D01*")
    got = layers([*copper, board, sheet, notes, keepout])
    assert got == {"b.GTL": "F.Cu", "b.GBL": "B.Cu", "b.GM13": "Edge.Cuts", "b.GM15": "user", "b.GM1": "user", "b.GKO": "user"}
    assert layers([*copper, notes]) == {"b.GTL": "F.Cu", "b.GBL": "B.Cu", "b.GM1": "user"}
    assert layers([*copper, keepout])["b.GKO"] == "Edge.Cuts"  # the only word for it; that it is open is for other rules
    assert layers([*copper, board, gerber("b.GKO", frame(0, 0, 20, 10), "X1D03*")])["b.GM13"] == "user"


def test_two_outlines_contradict() -> None:
    files = [gerber("b-Edge_Cuts.gm1", frame(0, 0, 20, 10)), gerber("b-outline.gbr", frame(0, 0, 20, 11))]
    assert set(layers(files).values()) == {"Edge.Cuts"}
    assert set(conflicts(files)) == {"b-Edge_Cuts.gm1", "b-outline.gbr"}


def test_outline_without_a_name() -> None:
    copper = [gerber("b-F_Cu.gbr"), gerber("b-B_Cu.gbr", PADS, "X1000000Y1000000D03*")]
    assert layers([*copper, gerber("x1.gbr", frame(0, 0, 20, 10))])["x1.gbr"] == "Edge.Cuts"
    assert layers([*copper, gerber("x1.gbr", frame(0, 0, 20, 10, gap=2))])["x1.gbr"] == "unknown"
    assert layers([*copper, gerber("x1.gbr", frame(-50, -50, 90, 90))])["x1.gbr"] == "unknown"


def test_plating_by_siblings_and_spans_by_names() -> None:
    drills = [
        drill("b.drl"),
        drill("b-NPTH.drl", "X5.0Y-5.0"),
        drill("b-front-in1.drl", "X6.0Y-5.0"),
        drill("b-in1-back.drl", "X7.0Y-5.0"),
    ]
    films = [gerber(f"b-{n}.gbr", PADS, f"X{i}Y0D03*") for i, n in enumerate(("F_Cu", "In1_Cu", "In2_Cu", "B_Cu"))]
    roles = assign([*drills, *films])[:4]
    assert [(r.plated, r.span) for r in roles] == [
        (Cover.YES, None), (Cover.NO, None), (Cover.UNKNOWN, (1, 2)), (Cover.UNKNOWN, (2, 4)),
    ]  # fmt: skip


def test_files_that_are_not_what_their_names_say() -> None:
    """An empty file still claims its layer; one that holds something else is that, and both are told."""
    pdf, nothing, bore = File("b-F_Cu.gtl", b"%PDF-1.4\n"), File("b-F_Mask.gts", b""), drill("b-B_Cu.gbl")
    roles = assign([pdf, nothing, bore])
    assert [r.kind for r in roles] == ["document", "mask", "drill"]
    assert roles[0].conflict == "content says a document (document), name says `b-F_Cu.gtl` (copper)"
    assert roles[2].conflict == "content says drill data (drill), name says `b-B_Cu.gbl` (copper)"


def test_nothing_tells() -> None:
    roles = assign([gerber("1.gbr"), gerber("2.gbr", PADS, "X1D03*"), File("x.bin", b"\0\1\2")])
    assert [(r.kind, r.by) for r in roles] == [("unknown", "")] * 3


def test_contents_of_other_files() -> None:
    files = {
        "a": b"Ref,Val,Package,PosX,PosY,Rot,Side\nR1,1k,0603,1,2,90,top\n",
        "b": "Designator\tQuantity\tValue\nR1\t1\t1k\n".encode("utf-16"),
        "c": b"P  CODE 00\nP  UNITS CUST 0\n317GND             VIA        MD0130PA00X+029409Y+011654X0270Y0000R000S3\n",
        "d": b"(kicad_pcb (version 20221018))",
        "e": b"PK\x03\x04rest",
        "f": b"just words\n",
    }
    kinds = [r.kind for r in assign([File(n, d) for n, d in files.items()])]
    assert kinds == ["placement", "bom", "netlist", "board", "archive", "document"]


def test_hostile_files_are_read_to_the_end() -> None:
    """Names and contents at random: a role for each, without what would steer a terminal."""
    rng = random.Random(1)
    words = [
        b"G04 Layer: ", b"%LN", b"%LNGROUP1*%", b"%TF.FileFunction,", b"Copper,L9,Top*%", b"NonPlated,1,99999", b"M48\n", b"{",
        b"\x1b[31m", b"; Holesize", b" PLATED", b"\n", b"*", b" " * 5000, b"X1Y1", b"\0", b"P  JOB",
        b"G04 Layer_Physical_Order=99*",
    ]  # fmt: skip
    names = [
        "F_Cu.gbr",
        "In0.gbr",
        "b.GP1",
        "b-1-64.drl",
        "b-in9-back.drl",
        "._a",
        ".",
        "..",
        "/",
        "L99_TOP.art",
        "art00.pho",
        "g.g0",
    ]
    for _ in range(200):
        files = [File(rng.choice(names), b"".join(rng.choices(words, k=rng.randrange(40)))) for _ in range(rng.randrange(9))]
        roles = assign(files)
        assert len(roles) == len(files)
        assert "\x1b" not in "".join(role.conflict + "".join(role.said.values()) for role in roles)


@pytest.mark.parametrize("name", ["board-PTH-NPTH.drl", "Drill_PTH_and_NPTH.drl", "all-holes-plated-unplated.txt"])
def test_a_drill_file_that_names_both_kinds_says_nothing_of_plating(name):
    data = b"M48\n; plated and non-plated holes\nMETRIC,TZ\nT1C0.5\n%\nT1\nX1.0Y1.0\nM30\n"
    (role,) = assign([File(name, data, drill=read_excellon(data, name))])
    assert (role.kind, role.plated, read_excellon(data, name).plated) == ("drill", Cover.UNKNOWN, Cover.UNKNOWN)
