"""Point sets on one another, and the drill files of packages on their lands."""

import numpy as np
import pytest
from handmade import Sheet, copper, drill, measure, sheets
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.board import Cover
from dfmcheck.check import Skip
from dfmcheck.registration import Cloud, Fit, anyhow, in_place, mode, shifted

RNG = np.random.default_rng(7)
A = RNG.uniform(0, 90, 300) + 1j * RNG.uniform(0, 60, 300)
B = np.r_[A[:260], RNG.uniform(0, 90, 200) + 1j * RNG.uniform(0, 60, 200)]
"""260 of the 300 points of A, and 200 others."""
WAYS = {
    "shift": (lambda z: z + 0.1, (False, 1, -0.1)),
    "far": (lambda z: z - 120 + 33j, (False, 1, 120 - 33j)),
    "mirror": (lambda z: 50 - np.conj(z), (True, 1, 50)),
    "flip": (lambda z: np.conj(z), (True, -1, 0)),
    "turn": (lambda z: 1j * z, (False, -1j, 0)),
    "upside down": (lambda z: -z, (False, -1, 0)),
    "inch": (lambda z: z / 25.4, (False, 25.4, 0)),
    "digit": (lambda z: 10 * z, (False, 0.1, 0)),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_done_to_points_is_found_and_undone(way):
    done, (mirrored, factor, shift) = WAYS[way]
    fit = anyhow(Cloud(done(A)), Cloud(B), 0.01)
    assert (fit.mirrored, fit.matched) == (mirrored, 260)
    assert fit.factor == pytest.approx(factor)
    assert fit.shift == pytest.approx(shift, abs=1e-4)


@pytest.mark.parametrize("done", [lambda z: 1.001 * z, lambda z: z * np.exp(0.002j), lambda z: 0.9995 * z + 0.05j])
def test_a_small_scale_or_turn_is_found(done):
    fit = anyhow(Cloud(done(A)), Cloud(B), 0.01)
    assert fit.matched == 260
    np.testing.assert_allclose(fit.apply(done(A)), A, atol=0.002)


def test_points_that_lie_right_stay_whatever_else_would_do():
    grid = (np.arange(10)[:, None] + 1j * np.arange(10)).ravel()
    assert anyhow(Cloud(grid), Cloud(grid), 0.01) == Fit(False, 1 + 0j, 0j, 100, 1.0)
    assert shifted(Cloud(grid), Cloud(grid), 0.01, 2.0).shift == 0


def test_pairs_are_those_of_brute_force():
    cloud = Cloud(B)
    i, j = cloud.pairs(A, 3.0)
    near = np.argwhere(np.abs(A[:, None] - cloud.points[None, :]) <= 3.0)
    assert sorted(zip(i.tolist(), j.tolist())) == sorted(map(tuple, near.tolist()))
    i, j = cloud.nearest(A, 3.0)
    distance = np.abs(A[:, None] - cloud.points[None, :])
    assert i.tolist() == np.flatnonzero(distance.min(axis=1) <= 3.0).tolist()
    np.testing.assert_array_equal(np.abs(A[i] - cloud.points[j]), distance.min(axis=1)[i])


@given(st.booleans(), st.booleans(), st.integers(0, 3), st.floats(0.1, 9), st.complex_numbers(max_magnitude=100))
@settings(max_examples=50, deadline=None)
def test_fits_compose_and_undo_one_another(m1, m2, quarter, scale, shift):
    f, g = Fit(m1, scale * 1j**quarter, shift, 1, 1.0), Fit(m2, 2 - 1j, 3 + 1j, 1, 1.0)
    np.testing.assert_allclose(f.then(g).apply(A), g.apply(f.apply(A)), atol=1e-9)
    np.testing.assert_allclose(f.inverse().apply(f.apply(A)), A, atol=1e-9)


def test_nothing_matches_nothing():
    none = Cloud(np.empty(0, np.complex128))
    assert anyhow(none, Cloud(B), 0.01).matched == anyhow(Cloud(B), none, 0.01).matched == 0
    assert mode(none.points, 0.01) == 0
    assert in_place(Cloud(A), Cloud(B), 0.01).share == pytest.approx(260 / 300)


# -- drill files -------------------------------------------------------------------------------------------------------


def drilled(change=lambda files: None, **tunes):
    files = sheets()
    change(files)
    return measure("drill-registration", files.values(), **tunes)


def test_a_good_package_is_silent_and_tells_its_worst_offset():
    m, told = drilled()
    assert (told, m.checked) == ({}, 48)
    assert m.worst == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("way", [w for w in WAYS if w != "digit"])
@pytest.mark.parametrize("file", ["pth", "npth"])
def test_a_drill_file_that_lies_elsewhere_is_named(way, file):
    if file == "npth" and way == "inch":
        pytest.skip("three holes do not tell their unit")
    _, told = drilled(lambda files: files.update({file: files[file].moved(WAYS[way][0])}))
    far = file == "npth" and way != "shift"  # three holes far from all openings say nothing
    assert told.keys() == (set() if far else {file})


def test_what_was_done_to_a_drill_file_is_said():
    said = {"shift": "0.100 mm off (x +0.100", "mirror": "mirrored left to right", "inch": "as inches taken for millimetres are"}
    for way, words in said.items():
        _, told = drilled(lambda files, way=way: files.update(pth=files["pth"].moved(WAYS[way][0])))
        assert words in told["pth"]


@pytest.mark.parametrize(("off", "found"), [(0.024, False), (0.027, True), (-0.024j, False), (0.027j, True)])
def test_the_tolerance_has_an_edge(off, found):
    m, told = drilled(lambda files: files.update(pth=files["pth"].moved(lambda z: z + off)))
    assert ("pth" in told) == found
    assert m.worst == pytest.approx(abs(off), abs=1e-6)


def test_a_tighter_profile_finds_less():
    assert drilled(lambda files: files.update(pth=files["pth"].moved(lambda z: z + 0.02)), tol=0.013)[1].keys() == {"pth"}


def test_holes_of_another_revision_have_no_land_and_their_lands_no_hole():
    def stale(files):
        old = files["pth"]
        old.holes = [(at + (1.4 if n < 3 else 0), size) for n, (at, size) in enumerate(old.holes)]

    m, told = drilled(stale)
    assert "3 of its 45 plated holes fall on no land (93.3 %" in told["pth"]
    assert "3 lands that its attributes call drilled have no hole" in told["f.cu"]
    bare = m.x[m.cause == "bare"]
    assert sorted(bare) == sorted(at.real + 1.4 for at, _ in sheets()["pth"].holes[:3])
    assert "pth" not in drilled(stale, match_min=90)[1]


def test_unplated_holes_off_both_openings_are_told():
    _, told = drilled(lambda files: files.update(npth=files["npth"].moved(lambda z: z + 0.05)))
    assert "0.050 mm off (x +0.050" in told["npth"]


def test_without_copper_or_holes_there_is_nothing_to_judge():
    files = sheets()
    with pytest.raises(Skip, match="copper"):
        measure("drill-registration", [files["pth"]])
    with pytest.raises(Skip, match="drill file"):
        measure("drill-registration", [files["f.cu"], files["b.cu"]])


@pytest.mark.parametrize(
    ("span", "words"),
    [((1, 2), ""), ((1, 4), "no copper at 100% of its holes on L4"), ((2, 3), "have a land on L1"), ((2, 4), "L1")],
)
def test_the_layers_of_a_blind_drill_file_have_its_lands(span, words):
    files = sheets()
    blind = [(at + 1.3, 0.3) for at, _ in files["pth"].holes[20:40]]
    for layer, lands in (("f.cu", blind), ("b.cu", [])):
        files[layer].flashes += [(at, 0.5) for at, _ in lands]
    inner = [(at, 1.6) for at, _ in files["pth"].holes]
    files["pth"].role = drill(Cover.YES, (1, 4))
    for number in (2, 3):
        sheet = type(files["f.cu"])(copper("inner", number), inner + ([(at, 0.5) for at, _ in blind] if number == 2 else []))
        files[sheet.name] = sheet
    sheet = type(files["f.cu"])(drill(Cover.YES, span), holes=blind)
    made = [*files.values(), sheet]
    _, told = measure("drill-registration", made)
    assert [words in text for text in told.values()] == [True] * bool(words)


# -- crowds ------------------------------------------------------------------------------------------------------------


def test_a_crowd_is_registered_as_a_few_are_within_bounds(monkeypatch):
    """What a tree and samples find is what all pairs tell."""
    rng = np.random.default_rng(3)
    a = Cloud(rng.uniform(0, 8, 900) + 1j * rng.uniform(0, 8, 900))
    b = Cloud(a.points[::3] + 0.03 - 0.02j)
    every = [
        shifted(a, b, 0.002),
        anyhow(a, b, 0.002),
        *(c.tolist() for c in b.nearest(a.points, 0.1)),
        b.has(a.points, 0.1).tolist(),
    ]
    looked = []
    monkeypatch.setattr("dfmcheck.registration._CROWD", 2000)
    monkeypatch.setattr("dfmcheck.registration._DIFFERENCES", 500)
    monkeypatch.setattr(
        Cloud, "pairs", lambda self, p, reach, way=Cloud.pairs: looked.append(self._likely(p, reach)) or way(self, p, reach)
    )
    bounded = [
        shifted(a, b, 0.002),
        anyhow(a, b, 0.002),
        *(c.tolist() for c in b.nearest(a.points, 0.1)),
        b.has(a.points, 0.1).tolist(),
    ]
    assert bounded[2:] == every[2:]
    for one, other in zip(bounded[:2], every[:2]):
        assert abs(one.shift - other.shift) < 1e-6
        assert one.matched == other.matched == 300
    assert max(looked) < 2 * 2000


def test_films_that_share_nothing_are_not_all_searched_and_so_it_is_told(monkeypatch):
    tried = []
    monkeypatch.setattr("dfmcheck.frames._SEARCHES", 100_000)
    monkeypatch.setattr("dfmcheck.frames._relation", lambda a, b: tried.append((a, b)))
    files = []
    for n in range(1, 21):
        rng = np.random.default_rng(n)
        files.append(Sheet(copper("inner", n + 1), [(complex(*rng.uniform(0, 50, 2)), 1.0) for _ in range(12)]))
    m, _ = measure("layer-alignment", files)
    assert len(tried) == 9  # of 190
    assert m.detail.tolist() == [
        "the films have so little in common that not all were held against one another: is it the package of one board?"
    ]


def test_more_films_than_a_board_has_are_not_all_compared_and_so_it_is_told(monkeypatch):
    monkeypatch.setattr("dfmcheck.frames.MOST_FILMS", 5)
    m, _ = measure("layer-alignment", sheets().values())
    assert [d.partition(":")[0] for d in m.detail] == ["of 8 films and drill files only 5 are held against one another"]
