"""Potentials of nets, the table of spacings, and the rule that puts them together, by hand and by brute force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from kicad_boards import board
from small import measure

from dfmcheck import api, config
from dfmcheck.board import Board, Kind
from dfmcheck.check import Skip
from dfmcheck.errors import DfmError
from dfmcheck.voltage import parse_volts, potentials, spacing, volts_in

NETS = '(net 0 "") (net 1 "HV_300V") (net 2 "GND") (net 3 "+48V") (net 4 "SIG") (net 5 "+5V")'
QUIET = NETS.replace("HV_300V", "HV").replace("+48V", "+24V")
LIMITS = {"inner": 0.05, "outer_masked": 0.05, "outer_bare": 0.1, "lead_bare": 0.13}


@pytest.mark.parametrize(("case", "volts", "mm"), [
    ("B1", 0, 0.05), ("B1", 30, 0.05), ("B1", 31, 0.1), ("B1", 300, 0.2), ("B1", 500, 0.25), ("B1", 700, 0.75),
    ("B2", 15, 0.1), ("B2", 50, 0.6), ("B2", 150, 0.6), ("B2", 151, 1.25), ("B2", 301, 2.5), ("B2", 600, 3.0),
    ("B4", 16, 0.05), ("B4", 100, 0.13), ("B4", 101, 0.4), ("B4", -300, 0.4), ("B4", 600, 1.105),
    ("A6", 15, 0.13), ("A6", 15.5, 0.25), ("A6", 50, 0.4), ("A6", 100, 0.5), ("A6", 250, 0.8), ("A6", 500, 1.5),
])  # fmt: skip
def test_the_table(case: str, volts: float, mm: float) -> None:
    assert spacing(case, np.array([volts]))[0] == pytest.approx(mm)


@pytest.mark.parametrize(("text", "volts"), [
    ("300 V", 300), ("300V", 300), ("1.5 kV", 1500), ("-12 V", -12), ("500 mV", 0.5), ("230 V AC", 325.27), ("+48 V", 48),
])  # fmt: skip
def test_declared_potentials(text: str, volts: float) -> None:
    assert parse_volts(text) == pytest.approx(volts, abs=0.01)


@pytest.mark.parametrize("text", ["300", "V", "300 W", "12-24 V", "300 V DC?", "", True, 300])
def test_what_is_no_potential(text: object) -> None:
    with pytest.raises(DfmError, match="is no potential"):
        parse_volts(text)


@pytest.mark.parametrize(("name", "volts"), [
    ("HV_300V", 300), ("HV=1.5kV", 1500), ("+12V", 12), ("-12V", -12), ("3V3", 3.3), ("+1V8", 1.8), ("VBUS_48V", 48),
    ("+3.3V", 3.3), ("230VAC", 325.27), ("VCC_400V_ISO", 400), ("DC_60V", 60), ("300V", 300),
    ("24V_EN", None), ("300V_SENSE", None), ("GPIO33V3", None), ("VDD33V", None), ("V48", None), ("IO_V12", None),
    ("Net-(RV12-Pad3)", None), ("SDA", None), ("R12V5X", None), ("12V_PG", None),
])  # fmt: skip
def test_volts_in_names(name: str, volts: float | None) -> None:
    assert volts_in(name) == (None if volts is None else pytest.approx(volts, abs=0.01))


def with_volts(b: Board, **volts: float) -> Board:
    return replace(b, settings={**b.settings, "voltages": volts})


def test_who_declares_a_potential() -> None:
    known = potentials(board(nets=NETS))
    assert known.volts.tolist() == [48, 5, 0, 300, pytest.approx(np.nan, nan_ok=True)]
    assert known.declared.tolist() == [True, False, False, True, False]
    known = potentials(replace(board(nets=NETS), settings={"voltages": {"SI*": 20.0, "*": -1.0}}))
    assert known.volts.tolist() == [-1, -1, -1, -1, 20]
    assert known.declared.all()
    assert not known.guessed.any()


def test_a_net_class_declares_too() -> None:
    b = board(nets=NETS)
    b = replace(b, nets=replace(b.nets, netclass=np.array(["", "", "", "", "HV=400V", ""], object)))
    assert potentials(b).volts.tolist()[4] == 400


def track(x0: float, y0: float, x1: float, y1: float, net: int, width: float = 0.2, layer: str = "F.Cu") -> str:
    return f'(segment (start {x0} {y0}) (end {x1} {y1}) (width {width}) (layer "{layer}") (net {net}))'


def test_nothing_declared_is_no_pass() -> None:
    b = board(track(0, 0, 5, 0, 2), track(0, 1, 5, 1, 5), nets=QUIET)
    with pytest.raises(Skip, match="voltages"):
        measure(b, "voltage-clearance", **LIMITS)


def test_rails_of_few_volts_are_judged_only_against_what_is_declared() -> None:
    b = board(track(0, 0, 5, 0, 2), track(0, 0.3, 5, 0.3, 5), track(0, 0.6, 5, 0.6, 1), track(0, 5, 5, 5, 3), nets=NETS)
    m = measure(b, "voltage-clearance", **LIMITS)
    pairs = {frozenset(b.nets.name[b.items.net[[i, j]]]) for i, j in zip(m.a, m.b)}
    assert pairs == {frozenset(("HV_300V", "GND")), frozenset(("HV_300V", "+5V"))}
    assert m.soften.tolist() == [1] * len(m)
    m = measure(with_volts(b, **{"+5V": 5.0, "GND": 0.0}), "voltage-clearance", **LIMITS)
    assert frozenset(("+5V", "GND")) in {frozenset(b.nets.name[b.items.net[[i, j]]]) for i, j in zip(m.a, m.b)}


@pytest.mark.parametrize("seed", range(4))
def test_gaps_and_what_they_ask_for_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = []
    for k in range(200):
        x, y = rng.uniform(0, 20, 2)
        dx, dy = rng.uniform(-0.6, 0.6, 2)
        items.append(track(x, y, x + dx, y + dy, 1 + k % 5, 0.1 + 0.1 * (k % 3), ("F.Cu", "In1.Cu", "B.Cu")[k % 3]))
    for _ in range(12):
        x, y, w, h = *rng.uniform(0, 20, 2), *rng.uniform(1, 4, 2)
        items.append(
            f"(gr_rect (start {x:.4f} {y:.4f}) (end {x + w:.4f} {y + h:.4f}) (stroke (width 0) (type solid)) (fill yes) "
            '(layer "F.Mask"))'
        )
    b = board(*items, nets=NETS)
    known, f = potentials(b), b.features
    m = measure(b, "voltage-clearance", **LIMITS)
    bare = shapely.union_all(shapely.buffer(f.core[b.layers.role[f.layer] == "mask"], f.radius[b.layers.role[f.layer] == "mask"]))
    rows = np.flatnonzero((b.layers.role[f.layer] == "copper") & (f.kind == Kind.TRACK))
    expected: dict[tuple[str, int, int], tuple[float, float]] = {}
    for n, i in enumerate(rows.tolist()):
        for j in rows[:n].tolist():
            p, q = f.net[i], f.net[j]
            if f.layer[i] != f.layer[j] or p == q or np.isnan(known.volts[[p, q]]).any() or not known.declared[[p, q]].any():
                continue
            volts, key = abs(known.volts[p] - known.volts[q]), tuple(sorted((int(f.item[i]), int(f.item[j]))))
            d = shapely.distance(f.core[i], f.core[j]) - f.radius[i] - f.radius[j]
            side = b.layers.side[f.layer[i]]
            found = {"inner" if side == "inner" else "outer_masked": ("B1" if side == "inner" else "B4", d)}
            if side == "top":
                one, two = (f.core[k].buffer(f.radius[k], quad_segs=64) for k in (i, j))
                bare_d = min((one & bare).distance(two) if not (one & bare).is_empty else np.inf,
                             (two & bare).distance(one) if not (two & bare).is_empty else np.inf)  # fmt: skip
                found["outer_bare"] = ("B2", bare_d)
                if bare_d <= d + 1e-3:
                    found.pop("outer_masked")
            for param, (case, value) in found.items():
                limit = LIMITS[param] + float((spacing(case, np.array([volts])) - spacing(case, np.zeros(1)))[0])
                if 0.01 < value < limit - 0.01 and volts:  # shapes that overlap are shorts
                    expected[param, *key] = value, limit
    got = {
        (str(m.param[k]), *sorted((int(m.a[k]), int(m.b[k])))): (float(m.value[k]), LIMITS[m.param[k]] + float(m.more[k]))
        for k in range(len(m))
    }
    breached = {k for k, (value, limit) in got.items() if 0.01 < value < limit - 0.01}
    assert breached == set(expected)
    assert len(expected) >= 5
    for k, (value, limit) in expected.items():
        assert got[k][1] == pytest.approx(limit)
        assert got[k][0] == pytest.approx(value, abs=2e-3)


def test_the_config_file_declares(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('[voltages]\n"*" = "5 V"\nGND = "1 V"\n')
    path = tmp_path / ".dfmcheck.toml"
    path.write_text('extends = "base.toml"\n[voltages]\n"HV*" = "1.5 kV"\nGND = "0 V"\n')
    found = config.load(path).voltages
    assert list((found or {}).items()) == [("HV*", 1500.0), ("GND", 0.0), ("*", 5.0)]
    path.write_text('[voltages]\nHV = "300"\n')
    with pytest.raises(DfmError, match=r"300.*is no potential"):
        config.load(path)
    path.write_text("voltages = 3\n")
    with pytest.raises(DfmError, match="voltages must be a table"):
        config.load(path)


def test_what_is_declared_reaches_the_rule() -> None:
    b = board(track(0, 0, 5, 0, 2), track(0, 0.5, 5, 0.5, 4), nets=QUIET)
    report = api.check(b, select=["voltage-clearance"], voltages={"SIG": "300 V"})
    (finding,) = report.designs[0].findings
    assert finding.severity == "error"
    assert "0.300 mm apart" in finding.message
    assert "300 V, IPC-2221 case B4" in finding.message
    result = next(r for r in api.check(b, select=["voltage-clearance"]).designs[0].rules if r.id == "voltage-clearance")
    assert result.status == "skipped"
    assert "[voltages]" in (result.why_skipped or "")
