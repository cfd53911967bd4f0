"""KiCad's DRC is the referee of annular rings: the same items with the same values under the same limit.

Every difference is one of these, and each is looked for below:

| difference | why |
|---|---|
| KiCad tells up to 5 µm less for a pad that shares its number with others of its footprint | it flattens the curves of such pads to polygons within 5 µm; ours are exact |
| ours is less for a pad that an SMD pad of its number covers on one side | KiCad takes the copper of one layer for all; on the other side the land is the pad alone |
| KiCad tells less for a pad whose neighbour of its number has a hole near by | it takes that hole as an edge of the land; ours is a matter of `hole-to-hole` |
| (KiCad's demo test_pads_inside_pads is no case) | for pads nested in pads it tells 2.159 mm where 1.524 mm are left to the nearer edge |
| KiCad names at most 199 items | its report stops there; then only its own are looked for |
"""

from collections import defaultdict

import numpy as np
import pytest
from referee import DEMOS, drc, kicad_pairs, needs_kicad

import dfmcheck
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


def webs_to_namesakes(board):
    """uuid -> distances in mm from its hole to holes of pads of the same number and component; for pads that have such."""
    pads, holes, locate = board.pads, board.holes, Locator(board)
    name = [f"{c} {n}" for c, n in zip(pads.component, pads.number)]
    _, which, count = np.unique(name, return_inverse=True, return_counts=True)
    webs = {}
    for pad in np.flatnonzero((count[which] > 1) & (pads.hole >= 0)):
        mine = pads.hole[pad]
        others = np.setdiff1d(pads.hole[which == which[pad]], [mine, -1])
        webs[locate.uuid(int(pads.item[pad]))] = [
            holes.core[mine].distance(holes.core[h]) - holes.radius[mine] - holes.radius[h] for h in others
        ]
    return webs


@pytest.mark.parametrize(("name", "limit", "count"), CASES)
def test_kicad_finds_the_same_rings(name, limit, count):
    path = DEMOS / f"{name}.kicad_pcb"
    kicad = {next(iter(k)): min(v) for k, v in kicad_pairs(drc(path, (("annular_width", limit),)), "annular_width").items()}
    board = dfmcheck.read(path)
    ours, webs = rings_by_item(board), webs_to_namesakes(board)
    assert len(kicad) == count
    assert kicad.keys() <= ours.keys()
    for uuid, value in kicad.items():
        if uuid in webs:
            assert any(v - FLATTENING <= value <= v + 1e-3 for v in ours[uuid] + webs[uuid]), (value, ours[uuid], webs[uuid])
        else:
            assert value == pytest.approx(min(ours[uuid]), abs=1e-3)
    if count < CAP:
        more = {u for u, v in ours.items() if min(v) < limit - 1e-6} - kicad.keys()
        assert more <= {u for u in webs.keys() & ours.keys() if min(ours[u]) < limit <= max(ours[u])}
