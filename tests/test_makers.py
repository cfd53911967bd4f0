"""Who can build a board is told as a run under each manufacturer's profile alone would find it, and never on a guess."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dfmcheck
from dfmcheck.board import Board
from dfmcheck.check import Absent, Skip, registry
from dfmcheck.errors import DfmError
from dfmcheck.gauge import Gauge, Untold
from dfmcheck.makers import CORE, VERDICTS, Maker, _verdict, accepted_by, makers
from dfmcheck.readback import from_dict
from dfmcheck.report import DesignReport
from dfmcheck.rule import load_profile, load_rules, profile_names, resolve

ROOT = Path(__file__).parent.parent
RULES = load_rules()
ASKING_OTHERWISE = (
    "jlcpcb-2l", "eurocircuits", "eurocircuits-class8", "rushpcb", "multi-cb-special", "epec-advanced", "oshpark-2l",
    "saturnflex", "quick-teck", "seeed-assembly", "ginzinger",
)  # fmt: skip
"""Profiles of every kind: rings on the tool and as drawn, of pads by kind or all alike, factors of holes, with preferred values,
those that extend others, assemblers with and without a process."""


@pytest.fixture(scope="module")
def demo() -> DesignReport:
    return dfmcheck.check(dfmcheck.read(ROOT / "docs" / "demo.kicad_pcb")).designs[0]


@pytest.fixture(scope="module")
def board(demo: DesignReport) -> Board:
    assert demo.design is not None
    return demo.design


@pytest.fixture(scope="module")
def rows(demo: DesignReport) -> dict[str, Maker]:
    return {m.name: m for m in makers(demo)}


def by_run(board: Board, name: str) -> tuple[dict[tuple[str, str], tuple[int, float]], dict[str, str]]:
    """What a run under one profile finds beyond hard limits that it states (places and worst value, by rule and parameter), and
    which of the rules with such limits it skips."""
    stated = resolve([name], RULES)
    hard = {(r, p): x for r, mine in stated.items() for p, x in mine.items() if x.sense != "tune" and x.value is not None}
    report = dfmcheck.check(board, name).designs[0]
    found: dict[tuple[str, str], list[float]] = {}
    for f in report.findings:
        for place in f.places:
            limit = hard.get((f.rule, place.param))
            if limit is None or place.limit is None or abs(place.limit - place.more - (limit.value or 0.0)) > 1e-6:
                continue
            found.setdefault((f.rule, place.param), []).append(place.measured)
    worst = {key: (len(v), min(v) if hard[key].sense == "min" else max(v)) for key, v in found.items()}
    skipped = {r.id: r.why_skipped or "" for r in report.rules if r.status == "skipped" and any(rule == r.id for rule, _ in hard)}
    return worst, skipped


def by_table(m: Maker) -> dict[tuple[str, str], tuple[int, float]]:
    out: dict[tuple[str, str], tuple[int, float]] = {}
    for b in (*m.obstacles, *m.remarks):
        count, worst = out.get((b.rule, b.param), (0, b.worst))
        out[b.rule, b.param] = count + b.count, (min if b.sense == "min" else max)(worst, b.worst)
    return out


def same_as_runs(board: Board, rows: Iterable[Maker]) -> None:
    for m in rows:
        found, skipped = by_run(board, m.name)
        table = by_table(m)
        assert table.keys() == found.keys(), m.name
        for key, (count, worst) in found.items():
            assert table[key][0] == count, (m.name, key)
            assert table[key][1] == pytest.approx(worst), (m.name, key)
        assert {u.rule: u.why for u in m.unsaid} == skipped, m.name


def test_the_table_is_what_a_run_under_each_profile_alone_finds(board: Board, rows: dict[str, Maker]) -> None:
    same_as_runs(board, [rows[name] for name in ASKING_OTHERWISE])
    assert {rows[name].verdict for name in ASKING_OTHERWISE} >= {"can build", "cannot build"}


@pytest.mark.parametrize("fixture", ["castellated-hole", "wave-smd-gap"])
def test_half_holes_and_waves_too(fixture: str) -> None:
    board = dfmcheck.read(ROOT / "fixtures" / "rules" / f"{fixture}.kicad_pcb")
    told = {m.name: m for m in makers(dfmcheck.check(board, "oshpark-2l").designs[0])}
    same_as_runs(board, [told[name] for name in ("oshpark-2l", "jlcpcb-2l", "pcbway-2l", "quick-teck", "ginzinger")])


@pytest.mark.boards
@pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")
@pytest.mark.parametrize("name", ["display", "tomu-fpga"])
def test_real_boards_with_every_manufacturer(name: str) -> None:
    (path,) = Path(os.environ["DFMCHECK_BOARDS"]).rglob(f"kicad/**/{name}.kicad_pcb")
    board = dfmcheck.read(path)
    same_as_runs(board, makers(dfmcheck.check(board).designs[0]))


def test_the_verdict_follows_from_the_row(rows: dict[str, Maker]) -> None:
    assert Counter(m.verdict for m in rows.values()).keys() == set(VERDICTS)
    for m in rows.values():
        states = resolve([m.name], RULES)
        if m.verdict == "can build":
            assert not m.obstacles
            assert str(m.stated) in m.why
            assert m.judged == m.stated or f"{m.judged} of the {m.stated} limits" in m.why
            assert not [u for u in m.unsaid if u.severity == "error" and not u.absent]
            assert all(any(rule in states for rule in group) for group in CORE[m.kind])
        if m.verdict == "cannot build":
            assert m.obstacles
        if m.verdict == "cannot be said":
            assert not m.obstacles
            assert m.why
        assert all(b.severity == "error" for b in m.obstacles)
        assert all(b.severity != "error" for b in m.remarks)
        assert 0 <= m.judged <= m.stated
        assert m.stated - m.judged == sum(len(u.params) for u in m.unsaid)


def test_what_stands_in_the_way_is_told_with_limit_source_and_place(rows: dict[str, Maker]) -> None:
    ring = next(b for b in rows["jlcpcb-2l"].obstacles if b.rule == "annular-ring-outer")
    assert ring.worst == pytest.approx(0.075)
    assert (ring.param, ring.limit, ring.unit, ring.sense) == ("design_via", 0.15, "mm", "min")
    assert ring.origin.startswith("rules/profiles/jlcpcb-2l.toml:")
    assert "jlcpcb" in ring.source.lower()
    assert ring.count == 1
    assert [str(i) for i in ring.places[0].items] == ["via [SENSE]"]
    assert list(rows["jlcpcb-2l"].obstacles) == sorted(rows["jlcpcb-2l"].obstacles, key=lambda b: b.share)


def test_limits_for_other_layers_say_nothing_of_this_board(rows: dict[str, Maker]) -> None:
    assert rows["jlcpcb-4l"].verdict == "not for this board"
    assert rows["jlcpcb-4l"].why == "its limits are for boards of 4 copper layers, this one has 2"
    assert rows["nanotech-4l"].why == "its limits are for boards of 4 and more copper layers, this one has 2"


def test_more_layers_than_a_maker_takes_are_not_for_it() -> None:
    eight = dfmcheck.read(ROOT / "fixtures" / "packages" / "eight.kicad_pcb")
    told = {m.name: m for m in makers(dfmcheck.check(eight, select=["track-width"]).designs[0])}
    assert told["aisler-complex"].why == "its limits are for boards of 4 to 6 copper layers, this one has 8"
    assert {told[name].verdict for name in ("aisler-complex", "jlcpcb-4l", "jlcpcb-2l")} == {"not for this board"}
    assert told["nanotech-4l"].verdict != "not for this board"


def test_nobody_is_said_to_place_parts_where_there_are_none(demo: DesignReport, board: Board) -> None:
    bare = replace(board, components=board.components.take(np.zeros(len(board.components), np.bool_)))
    told = [_verdict(load_profile(m.name, RULES), resolve([m.name], RULES), (), (), bare) for m in makers(demo)
            if m.kind == "assembler"]  # fmt: skip
    assert set(told) == {("not for this board", "it places parts, and none is known here")}


def test_what_one_maker_asks_hides_nothing_from_another(board: Board) -> None:
    """What is measured once for several is measured by the strictest limit, a maximum too, and anew for other settings."""
    tight, wide = (resolve(["jlcpcb-2l"], RULES, [("drill-size", "max_drilled", mm, "here")]) for mm in ("0.2 mm", "9 mm"))
    for order in ((tight, wide), (wide, tight)):
        found = Gauge(board, RULES, order).breaches(RULES["drill-size"], tight)
        assert not isinstance(found, Untold)
        assert "max_drilled" in {b.param for b in found}
    sets = [("annular-ring-outer", "tool_via", "0.3 mm", "here"), ("annular-ring-outer", "tool_allowance", "0.05 mm", "here")]
    small = resolve(["jlcpcb-2l"], RULES, sets)
    large = resolve(["jlcpcb-2l"], RULES, [sets[0], ("annular-ring-outer", "tool_allowance", "0.15 mm", "here")])
    gauge, worst = Gauge(board, RULES, (small, large)), []
    for limits in (small, large):
        found = gauge.breaches(RULES["annular-ring-outer"], limits)
        assert not isinstance(found, Untold)
        worst += [b.worst for b in found if b.param == "tool_via"]
    assert worst[0] - worst[1] == pytest.approx(0.05)


def test_a_maker_that_says_nothing_of_tracks_cannot_be_said_to_build(rows: dict[str, Maker]) -> None:
    assert rows["mypcbshop"].verdict == "cannot be said"
    assert rows["mypcbshop"].why == "it states no limit for track-width, copper-clearance"


def test_what_was_not_measured_is_no_yes(demo: DesignReport, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that judges nothing, or crashes, leaves the verdict open and its limits uncounted."""
    limits = resolve(["jlcpcb-2l"], RULES)
    known = registry()

    def skips(ctx: object) -> None:
        raise Skip("it cannot be told here")

    def crashes(ctx: object) -> None:
        raise ZeroDivisionError("division by zero")

    for measure, why in ((skips, "it cannot be told here"), (crashes, "the check crashed: ZeroDivisionError: division by zero")):
        monkeypatch.setattr("dfmcheck.gauge.registry", lambda m=measure: {n: c._replace(measure=m) for n, c in known.items()})
        assert Gauge(board, RULES, [limits]).breaches(RULES["track-width"], limits) == Untold(why)
        told = {m.name: m for m in makers(replace(demo, design=replace(board)))}
        assert all(m.verdict in VERDICTS[1::2] for m in told.values())
        assert {m.judged for m in told.values()} == {0}


@pytest.mark.parametrize("name", ["copper_to_vscore", "package.gerber_format"])
def test_a_crash_or_a_skip_never_counts_as_not_there(demo: DesignReport, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of a rule about what may be missing, too: only that it is missing excuses it."""

    def fails(error: Exception) -> Any:
        def measure(ctx: object) -> None:
            raise error

        return measure

    known = registry()
    rules = {r.id for r in RULES.values() if r.check == name}
    assert demo.design is not None
    for error, absent in ((KeyError("boom"), False), (Skip("not here"), False), (Absent("nothing there"), True)):
        patched = {n: c._replace(measure=fails(error)) if n == name else c for n, c in known.items()}
        monkeypatch.setattr("dfmcheck.gauge.registry", lambda patched=patched: patched)
        design = replace(demo.design, facts=demo.design.facts | {"package"})
        rows = makers(replace(demo, design=design))
        told = [(m, u) for m in rows for u in m.unsaid if u.rule in rules]
        assert {u.absent for _, u in told} == {absent}
        assert "can build" not in {m.verdict for m, u in told if u.severity == "error" and not u.absent}


def test_without_the_design_nothing_is_said(demo: DesignReport) -> None:
    read_back = from_dict({"schema": "dfmcheck-report/1", **_as_json(demo)}).designs[0]
    told = makers(read_back)
    assert len(told) > 40
    assert {m.verdict for m in told} == {"cannot be said"}
    assert {u.why for m in told for u in m.unsaid} == {"the report holds no design"}


def _as_json(demo: DesignReport) -> dict[str, object]:
    import json

    data: dict[str, object] = json.loads(json.dumps(dfmcheck.Report((demo,), "0").to_dict()))
    return data


def test_the_same_table_twice_whatever_the_run_judged_by(demo: DesignReport, board: Board, rows: dict[str, Maker]) -> None:
    strict = dfmcheck.check(replace(board), "class-3", select=["annular-ring-outer"]).designs[0]
    assert {m.name: m for m in makers(strict)} == rows
    assert makers(demo) == makers(demo)


def test_who_accepts_a_value(rows: dict[str, Maker]) -> None:
    told = accepted_by(rows.values(), "track-width")
    assert "stevenage-technical" in told.by
    assert "jlcpcb-2l" in told.refused
    assert "jlcpcb-4l" not in {*told.by, *told.refused, *told.unsaid}, "its limits are for other boards"
    assert "mypcbshop" not in {*told.by, *told.refused, *told.unsaid}, "it states none"
    assert "pcbway-2l" in accepted_by(rows.values(), "copper-to-vscore").unsaid
    assert accepted_by(rows.values(), "acid-trap") == ((), (), ())


def test_every_profile_says_whether_it_is_a_maker() -> None:
    """Whoever adds a profile must decide; standards, levels, processes and guides of print are none."""
    others = {name for name in profile_names() if not load_profile(name, RULES).maker}
    guides = {"oem-process", "ersa-selective", "flying-probe", "philips-nxp-wave", "second-side-reflow", "selective-generic"}
    steps = {"wave", "reflow", "selective", "pip", "hand", "technolab", "standard"}
    assert {n for n in others if not n.startswith(("class-", "level-", "ict-"))} == guides | steps


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('maker = "friend"', "unknown maker 'friend'"),
        ('layers = "4"', "layers are those of a maker"),
        ('maker = "fabricator"\nlayers = "four"', 'write "4", "4-" or "4-6"'),
    ],
)
def test_a_profile_that_names_no_known_maker_is_refused(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"{text}\n")
    with pytest.raises(DfmError, match=what):
        load_profile(str(file), RULES)
