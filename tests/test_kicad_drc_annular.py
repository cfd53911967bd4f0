"""KiCad's DRC is the referee of annular rings: the same items with the same values under the same limit.

Every difference is one of these, and each is looked for below:

- KiCad tells up to 5 µm less for a pad that shares its number with others of its footprint: it flattens the curves of such
  pads to polygons within 5 µm; ours are exact.
- KiCad tells less for such a pad if one of the others has a hole near by: it takes that hole as an edge of the land. With us
  that is a matter of `hole-to-hole`.
- Pads nested in an SMD pad of their number: KiCad takes the copper of one layer for all, and not always the nearest edge (in
  its demo test_pads_inside_pads it tells 2.159 mm where 1.524 mm are left). We measure each layer, so we find more.
- KiCad's report stops at 199 items of a type; then only those are looked for.
"""

from collections import defaultdict

import numpy as np
import pytest
from referee import DEMOS, board_of, kicad_pairs, needs_kicad, under

from dfmcheck.board import PadType
from dfmcheck.provenance import Locator
from dfmcheck.ring import rings

pytestmark = [pytest.mark.kicad, pytest.mark.boards, needs_kicad]
CAP = 199
FLATTENING = 0.005

# Board, limit in mm, and how many items KiCad finds under it.
CASES = [
    ("stickhub/StickHub", 0.13, 87),
    ("kit-dev-coldfire-xilinx_5213/kit-dev-coldfire-xilinx_5213", 0.2, 80),
    ("flat_hierarchy/flat_hierarchy", 0.3, 9),
    ("royalblue54L_feather/RoyalBlue54L-Feather", 0.21, 43),
    ("royalblue54L_feather/RoyalBlue54L-Feather", 0.3, CAP),
    ("tiny_tapeout/tinytapeout-demo", 0.155, 25),
    ("video/video", 0.22, 1),
    ("video/video", 0.25, CAP),
    ("complex_hierarchy/complex_hierarchy", 0.4, 85),
    ("interf_u/interf_u", 0.35, 146),
    ("custom_pads_test/custom_pads_test", 5, 4),
]


def rings_by_item(board):
    """uuid -> the values of its rings on all layers."""
    ring, locate = rings(board, board.copper_layers), Locator(board)
    found = defaultdict(list)
    for hole, value in zip(ring.hole, ring.value):
        found[int(board.holes.item[hole])].append(float(value))
    return {locate.uuid(item): values for item, values in found.items()}


def namesakes(board):
    """uuid of each drilled pad -> the other pads of its component that have its number."""
    pads, locate = board.pads, Locator(board)
    _, which = np.unique([f"{c} {n}" for c, n in zip(pads.component, pads.number)], return_inverse=True)
    groups = [np.flatnonzero(which == k) for k in range(which.max(initial=-1) + 1)]
    return {
        locate.uuid(int(pads.item[pad])): (pad, group[group != pad])
        for group in groups
        for pad in group
        if len(group) > 1 and pads.hole[pad] >= 0
    }


def webs(board, pad, others):
    """Distances in mm from a pad's hole to those of the others."""
    holes, mine = board.holes, board.pads.hole[pad]
    rows = board.pads.hole[others]
    return [holes.core[mine].distance(holes.core[h]) - holes.radius[mine] - holes.radius[h] for h in rows[rows >= 0]]


@pytest.mark.parametrize(("name", "limit", "count"), CASES)
def test_kicad_finds_the_same_rings(name, limit, count):
    kicad = {next(iter(k)): min(v) for k, v in kicad_pairs(under(name, "annular_width", limit), "annular_width").items()}
    board = board_of(DEMOS / f"{name}.kicad_pcb")
    ours, shared = rings_by_item(board), namesakes(board)
    assert len(kicad) == count
    assert kicad.keys() <= ours.keys()
    for uuid, value in kicad.items():
        if uuid in shared:
            assert any(v - FLATTENING <= value <= v + 1e-3 for v in ours[uuid] + webs(board, *shared[uuid])), (value, ours[uuid])
        else:
            assert value == pytest.approx(min(ours[uuid]), abs=1e-3)
    if count < CAP:
        more = {u for u, v in ours.items() if min(v) < limit - 1e-6} - kicad.keys()
        assert more <= {u for u, (_, others) in shared.items() if (board.pads.type[others] == PadType.SMD).any()}
