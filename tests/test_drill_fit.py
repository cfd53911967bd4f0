"""The copper tells which number format a drill file has, where the file does not or where it errs."""

import numpy as np
import pytest
from drilled import read, spots, whats, written
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.package import NumberFormat
from dfmcheck.read.drill_fit import fit

F = NumberFormat
FORMS = [F(u, i, d, z) for u, i, d in (("in", 2, 4), ("mm", 3, 3), ("mm", 4, 2)) for z in ("leading", "trailing", "both")]
RNG = np.random.default_rng(3)
LANDS = np.unique(RNG.integers(20, 1800, (160, 2)) * 0.05, axis=0)
"""mm, y down: a board of 90 mm with its lands on a grid of 0.05 mm."""


def program(form: NumberFormat, head: str, holes: np.ndarray = LANDS, tool: str = "T1C0.5") -> str:
    lines = [f"X{written(x, form)}Y{written(-y, form)}" for x, y in holes]
    return f"M48\n{head}\n{tool}\n%\nT1\n" + "\n".join(lines) + "\nM30\n"


def fitted(text: str, lands: np.ndarray = LANDS):
    return fit(text.encode(), "test.drl", read(text), lands)


@pytest.mark.parametrize("form", [*FORMS, F("in", 2, 5, "leading"), F("in", 3, 5, "trailing"), F("in", 3, 5, "both"),
                                  F("mm", 3, 3, "decimal"), F("in", 2, 4, "decimal")])  # fmt: skip
def test_no_header_at_all(form):
    text = program(form, "FMAT,2", tool="T1C0.5" if form.unit == "mm" else "T1C0.02")
    drill = fitted(text.replace("M48\n", ""))
    assert (drill.stated, whats(drill)) == (False, ["format not stated"])
    assert drill.fit > 0.99
    step = 10.0**-form.decimals * (25.4 if form.unit == "in" else 1)
    assert np.abs(np.array(spots(drill)) - LANDS).max() <= 0.51 * step + 1e-4
    assert drill.candidates[0] == drill.format
    assert 0.4 < 2 * drill.hits.radius[0] < 0.6
    assert "fall on copper lands" in drill.faults[0].message


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("INCH,LZ", F("in", 4, 4, "both")), ("INCH,LZ", F("in", 3, 5, "both")), ("METRIC,LZ", F("mm", 4, 2, "leading")),
        ("METRIC\nM72", F("in", 2, 4, "decimal")), ("INCH\nM71", F("mm", 3, 3, "decimal")), ("INCH,TZ", F("in", 2, 4, "leading")),
        ("METRIC,TZ", F("mm", 4, 2, "trailing")),
    ],
)  # fmt: skip
def test_words_that_leave_it_open_or_contradict_each_other(head, form):
    drill = fitted(program(form, head, tool="T1C0.5" if "METRIC" in head else "T1C0.02"))
    assert not drill.stated
    assert drill.fit > 0.99
    assert np.abs(np.array(spots(drill)) - LANDS).max() <= 0.0051
    assert 0.4 < 2 * drill.hits.radius[0] < 0.6


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("METRIC,TZ,000.000", F("mm", 4, 2, "trailing")), ("INCH,LZ", F("in", 2, 4, "trailing")),
        ("METRIC", F("in", 2, 4, "decimal")),
        (";FILE_FORMAT=2:4\nINCH,TZ", F("mm", 3, 3, "trailing")),
    ],
)  # fmt: skip
def test_a_stated_format_is_overruled_by_overwhelming_evidence(head, form):
    drill = fitted(program(form, head))
    assert np.abs(np.array(spots(drill)) - LANDS).max() <= 0.0051
    assert [(f.what, f.grave) for f in drill.faults] == [("format contradicted", True)]
    assert (drill.stated, drill.candidates[0]) == (False, drill.format)


def test_a_stated_format_is_kept_without_overwhelming_evidence():
    text = program(F("mm", 3, 3, "trailing"), "METRIC,TZ,000.000")
    good = fitted(text)
    assert (good.stated, good.fit, good.faults) == (True, 1.0, ())
    moved = fitted(text, LANDS + 1.234)
    assert (moved.stated, moved.faults, moved.format) == (True, (), good.format)
    assert moved.fit < 0.05
    wrong = program(F("mm", 4, 2, "trailing"), "METRIC,TZ,000.000")
    few = fit(wrong.encode(), "test.drl", read(wrong), np.r_[LANDS[:100], LANDS[100:] + 0.3])
    assert few.stated
    assert spots(few) == spots(read(wrong))


def test_few_holes_prove_nothing():
    text = program(F("in", 2, 4, "leading"), "M72", np.array([[2.54, 5.08], [25.4, 12.7]]), "T1C0.02")
    drill = fitted(text)
    assert (spots(drill), whats(drill)) == (spots(read(text)), ["format not stated"])
    assert "nothing proves" in drill.faults[0].message


def test_no_lands_prove_nothing():
    text = program(F("in", 2, 4, "leading"), "M72", tool="T1C0.02")
    drill = fitted(text, np.empty((0, 2)))
    assert np.isnan(drill.fit)
    assert "nothing proves" in drill.faults[0].message
    stated = read(program(F("in", 2, 4, "leading"), "INCH,LZ"))
    assert fit(b"", "test.drl", stated, np.empty((0, 2))) is stated


def test_lands_that_are_all_moved_still_tell_the_format():
    for form in (F("in", 2, 4, "leading"), F("in", 2, 4, "trailing"), F("mm", 3, 3, "trailing")):
        drill = fitted(
            program(form, "FMAT,2", tool="T1C0.5" if form.unit == "mm" else "T1C0.02"), LANDS + np.array([40.02, -7.31])
        )
        assert np.abs(np.array(spots(drill)) - LANDS).max() <= 0.0026
        assert "elsewhere" in drill.faults[0].message
        assert drill.fit < 0.1


def test_holes_read_too_small_on_one_land_are_no_fit():
    """All holes of a board read as a hundredth of it lie on the land at the origin."""
    form = F("in", 2, 4, "trailing")
    small = LANDS[LANDS.max(axis=1) < 30]
    drill = fitted(program(form, "M72", small, "T1C0.02"), np.r_[LANDS, [[0.0, 0.0], [0.1, 0.1]]])
    assert np.abs(np.array(spots(drill)) - small).max() <= 0.0026


def test_diameters_of_an_outside_table_stay():
    text = program(F("in", 2, 4, "leading"), "FMAT,2", tool="")
    drill = fit(text.encode(), "test.drl", read(text, tools={1: 0.9}), LANDS)
    assert (2 * drill.hits.radius).tolist() == [0.9] * len(LANDS)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(FORMS))
def test_random_boards_without_a_header(seed, form):
    """Half of the holes have lands, as where pads are drawn instead of flashed; the scale is never wrong."""
    rng = np.random.default_rng(seed)
    lands = np.unique(rng.integers(20, 1800, (40, 2)) * 0.05, axis=0)
    text = program(form, "FMAT,2", lands, "T1C0.5" if form.unit == "mm" else "T1C0.02")
    drill = fitted(text, lands[::2])
    assert np.abs(np.array(spots(drill)) - lands).max() <= 0.0051
