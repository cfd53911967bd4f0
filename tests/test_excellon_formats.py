"""Number formats: what headers, comments and digits say, alone and against each other; random holes come back in all of them."""

import numpy as np
import pytest
import shapely
from drilled import read, spots, whats, written
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.package import NumberFormat

F = NumberFormat
KICAD = ";FORMAT={{{}/ absolute / {} / {}}}"


@pytest.mark.parametrize(
    ("head", "numbers", "form"),
    [
        ("INCH,LZ", "X01Y0025", F("in", 2, 4, "leading")),
        ("INCH,TZ", "X10000Y2500", F("in", 2, 4, "trailing")),
        ("METRIC,LZ,000.000", "X0254Y00635", F("mm", 3, 3, "leading")),
        ("METRIC,TZ,0000.00", "X2540Y635", F("mm", 4, 2, "trailing")),
        ("METRIC,0000.00", "X+002540Y+000635", F("mm", 4, 2, "both")),
        ("INCH,LZ,00.0000", "X010000Y002500", F("in", 2, 4, "leading")),
        ("INCH", "X010000Y002500", F("in", 2, 4, "both")),
        ("METRIC,TZ\n;FILE_FORMAT=3:3", "X25400Y6350", F("mm", 3, 3, "trailing")),
        (";FILE_FORMAT=4:4\nMETRIC,LZ", "X00254Y000635", F("mm", 4, 4, "leading")),
        (";FILE_FORMAT=2:5\nINCH,LZ", "X0100000Y0025000", F("in", 2, 5, "leading")),
        ("; Format  : 2.4 / Absolute / Inch / Trailing\nINCH,LZ", "X01Y0025", F("in", 2, 4, "leading")),
        ("; Format  : 3.3 / Absolute / MM / Leading\nMETRIC,TZ", "X25400Y6350", F("mm", 3, 3, "trailing")),
        (KICAD.format('2:4', 'inch', 'suppress leading zeros') + "\nINCH,TZ", "X10000Y2500", F("in", 2, 4, "trailing")),
        (KICAD.format('3:3', 'metric', 'keep zeros') + "\nMETRIC,TZ", "X025400Y006350", F("mm", 3, 3, "both")),
        (KICAD.format('3:3', 'metric', 'suppress trailing zeros') + "\nMETRIC", "X0254Y00635", F("mm", 3, 3, "leading")),
        (KICAD.format('-:-', 'metric', 'decimal') + "\nMETRIC,TZ\nM71", "X25.4Y6.35", F("mm", 2, 2, "decimal")),
        ("M71,TZ", "X25.4Y6.35", F("mm", 2, 2, "decimal")),
        ("METRIC,TZ,000.000", "X25.4Y6350", F("mm", 3, 3, "trailing")),
    ],
)  # fmt: skip
def test_stated(head, numbers, form):
    drill = read(f"M48\n{head}\nT1C.5\n%\nT1\nX0Y0\n{numbers}\nM30\n")
    assert (drill.format, drill.stated, whats(drill), drill.candidates) == (form, True, [], (form,))
    assert spots(drill) == [(0, 0), (25.4, -6.35)]


@pytest.mark.parametrize(
    ("head", "numbers", "form", "others", "what"),
    [
        ("M72", "X9250Y4064\nX12100Y5314", "inch 2.4, trailing zeros kept", 1, "not stated"),
        ("METRIC,LZ", "X0254Y0635\nX01Y0003", "metric 3.3, leading zeros kept", 2, "not stated"),
        ("", "X25.4Y6.35\nX30.0Y6.0", "metric 2.2, decimal points", 1, "not stated"),
        ("METRIC\nM72", "X25.4Y6.35\nX30.0Y6.0", "metric 2.2, decimal points", 1, "contradicted"),
        ("INCH,LZ\nFMAT,2", "X00031339Y00031811\nX00060236Y00038189", "inch 3.5, both zeros kept", 2, "not stated"),
        ("INCH,TZ", "X01Y0025\nX0125Y0131", "inch 2.4, leading zeros kept", 1, "contradicted"),
        (";FILE_FORMAT=2:4\nINCH,LZ", "X01234567Y0025\nX01Y0131", "inch 2.4, leading zeros kept", 3, "contradicted"),
        (f"INCH,LZ\n{KICAD.format('2:4', 'inch', 'suppress leading zeros')}", "X12345Y131\nX123Y20",
         "inch 2.4, trailing zeros kept", 1, "contradicted"),
        ("INCH", "X1.5Y2\nX2.5Y1", "inch 1.1, decimal points", 1, "not stated"),
    ],
)  # fmt: skip
def test_chosen(head, numbers, form, others, what):
    drill = read(f"M48\n{head}\nT1C0.5\n%\nT1\n{numbers}\nM30\n")
    assert str(drill.format) == form
    assert (drill.stated, len(drill.candidates), drill.candidates[0]) == (False, 1 + others, drill.format)
    assert [(f.what, f.grave) for f in drill.faults] == [(f"format {what}", True)]
    assert drill.faults[0].message.endswith(f"read as {form}")


def test_the_first_format_that_makes_a_sensible_board_is_taken():
    """Holes of 0.8 mm a hundredth of an inch apart overlap: the digits must mean more."""
    row = "".join(f"X{4000 + 100 * k:08d}Y00050000\n" for k in range(10))
    drill = read(f"M48\nINCH,LZ\nT1C0.0315\n%\nT1\n{row}M30\n")
    assert (str(drill.format), spots(drill)[0]) == ("inch 4.4, both zeros kept", (10.16, -127))


def test_a_given_format_wins():
    drill = read("M48\nINCH,TZ\nT1C.5\n%\nT1\nX10000Y2500\nM30\n", format=F("mm", 3, 3, "trailing"))
    assert (spots(drill), drill.stated, drill.candidates) == ([(10, -2.5)], False, (F("mm", 3, 3, "trailing"),))
    assert read("M48\nINCH,TZ\nT1C.5\n%\nT1\nX10000Y2500\nM30\n", format=F("in", 2, 4, "trailing")).stated


def test_tools_keep_their_unit_where_the_unit_of_places_is_contradicted():
    drill = read("M48\nMETRIC\nT1C0.8\n%\nM72\nT1\nX1.5Y2.5\nX2.5Y2.5\nM30\n")
    assert (2 * drill.hits.radius).round(6).tolist() == [0.8, 0.8]
    drill = read("M48\nMETRIC\nT1C0.0315\n%\nM72\nT1\nX1.5Y2.5\nX2.5Y2.5\nM30\n")
    assert (2 * drill.hits.radius).round(4).tolist() == [0.8001, 0.8001]


def test_a_diameter_without_its_point():
    drill = read("M48\nINCH,TZ\nT1C32\nT2C1\n%\nT1\nX10000Y2500\nM30\n")
    assert (2 * drill.hits.radius / 25.4).round(6).tolist() == [0.032]
    assert whats(drill) == ["tool size unclear"]
    assert whats(read("M48\nMETRIC\nT1C3\n%\nT1\nX1.0Y2.5\nM30\n")) == []


FORMS = [F(u, i, d, z) for u, i, d in (("mm", 3, 3), ("mm", 4, 2), ("mm", 4, 4), ("in", 2, 4), ("in", 2, 5))
         for z in ("decimal", "leading", "trailing", "both")]  # fmt: skip
coordinate = st.floats(-240, 240).map(lambda v: round(v, 3))


@settings(deadline=None)
@given(
    st.sampled_from(FORMS), st.lists(st.tuples(coordinate, coordinate, st.booleans(), st.integers(1, 3)), min_size=1, max_size=30)
)
def test_random_holes_and_slots_come_back(form, holes):
    """Within half a step, in every format, with X or Y left out where it does not change."""
    kept = {"leading": "LZ", "trailing": "TZ", "both": "TZ", "decimal": "TZ"}[form.zeros]
    unit = "METRIC" if form.unit == "mm" else "INCH"
    lines, true, last, tool = [], [], (None, None), 0
    for x, y, slot, code in holes:
        if code != tool:
            lines.append(f"T{code}")
            tool = code
        if slot:
            lines.append(f"X{written(x, form)}Y{written(y, form)}G85X{written(-x, form)}Y{written(y + 1, form)}")
            true.append(((x, -y, -x, -y - 1), code))
            last = (None, None)
            continue
        parts = [f"{axis}{written(v, form)}" for axis, v, old in zip("XY", (x, y), last) if v != old]
        lines.append("".join(parts) or f"X{written(x, form)}")
        true.append(((x, -y), code))
        last = (x, y)
    head = f"M48\n;FILE_FORMAT={form.integers}:{form.decimals}\n{unit},{kept}\nT1C0.1\nT2C0.2\nT3C0.3\n%\n"
    drill = read(head + "\n".join(lines) + "\nM30\n")
    assert drill.stated
    step = 10.0**-form.decimals * (25.4 if form.unit == "in" else 1)
    assert len(drill.hits) == len(true)
    for core, tool, (ends, code) in zip(drill.hits.core, drill.hits.tool, true):
        found = shapely.get_coordinates(core).ravel()
        if len(found) != len(ends):  # a slot so short that it rounds to a hole
            assert np.hypot(ends[0] - ends[2], ends[1] - ends[3]) <= 2 * step
        assert np.abs(found - np.array(ends)[: len(found)]).max() <= 0.5001 * step + 1e-9
        assert drill.tools[tool].code == code


@pytest.mark.timeout(60)
def test_a_hundred_thousand_holes_in_a_moment():
    rng = np.random.default_rng(1)
    lines = [f"X{x:06d}Y{y:06d}" for x, y in rng.integers(0, 300000, (100_000, 2))]
    text = ("M48\nMETRIC,TZ,000.000\nT1C0.3\n%\nT1\n" + "\n".join(lines) + "\nM30\n").encode()
    drill = read(text)
    assert len(drill.hits) == 100_000
