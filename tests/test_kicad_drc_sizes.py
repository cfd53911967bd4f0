"""KiCad's DRC is the referee of track widths and hole sizes: the same items with the same values under the same limit."""

import pytest
from referee import DEMOS, board_of, kicad_pairs, needs_kicad, our_places, under

pytestmark = [pytest.mark.kicad, pytest.mark.boards, needs_kicad]
CAP = 199  # KiCad's report stops at so many of a type

# Board, KiCad's constraint and type, our rules, limit in mm, how many items KiCad finds.
WIDTH = ("track_width", "track_width", ("track-width",))
HOLE = ("hole_size", "drill_out_of_range", ("drill-size", "slot-geometry"))
CASES = [
    ("stickhub/StickHub", WIDTH, 0.16, CAP),
    ("kit-dev-coldfire-xilinx_5213/kit-dev-coldfire-xilinx_5213", WIDTH, 0.21, 104),
    ("royalblue54L_feather/RoyalBlue54L-Feather", WIDTH, 0.12, 42),
    ("tiny_tapeout/tinytapeout-demo", WIDTH, 0.19, 115),
    ("flat_hierarchy/flat_hierarchy", WIDTH, 0.5, 14),
    ("stickhub/StickHub", HOLE, 0.35, 81),
    ("kit-dev-coldfire-xilinx_5213/kit-dev-coldfire-xilinx_5213", HOLE, 0.5, CAP),
    ("royalblue54L_feather/RoyalBlue54L-Feather", HOLE, 0.1, 183),
    ("royalblue54L_feather/RoyalBlue54L-Feather", HOLE, 0.65, CAP),
    ("flat_hierarchy/flat_hierarchy", HOLE, 0.76, 16),
]


@pytest.mark.parametrize(("name", "what", "limit", "count"), CASES)
def test_kicad_finds_the_same_sizes(name, what, limit, count):
    constraint, kind, rules = what
    kicad = kicad_pairs(under(name, constraint, limit), kind)
    ours = our_places(board_of(DEMOS / f"{name}.kicad_pcb"), rules, limit)
    for items, values in kicad.items():
        assert min(values) == pytest.approx(min(p.measured for p in ours[items]), abs=1e-3)
    if len(kicad) < CAP:
        assert kicad.keys() == ours.keys()
    assert len(kicad) == count
