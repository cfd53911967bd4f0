"""What can go wrong on a board, counted once each: a component, its placement, each of its terminations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..board import Board, Ints, Objects, PadType
from ..exposed import exposed_pads
from ..fiducials import FINE
from ..flow.plan import Flow
from ..flow.work import Work, work
from ..pressed import press_fit_holes

COMPONENT, PLACEMENT, TERMINATION = range(3)
OF = ("components", "placements", "terminations")
_BY_METHOD = {"wave": "joint_wave", "selective": "joint_selective", "hand": "joint_hand", "pip": "joint_pip"}
_BY_FAMILY = {
    "chip-S": "joint_chip", "chip-L": "joint_chip", "SOT": "joint_gull_wing", "SO": "joint_gull_wing", "QFP": "joint_gull_wing",
    "QFN": "joint_qfn", "BGA": "joint_bga",
}  # fmt: skip
_CHIPS = ("chip-S", "chip-L")


@dataclass(frozen=True, slots=True, eq=False)
class Opportunities:
    """One row per opportunity for a defect."""

    of: Ints
    """COMPONENT, PLACEMENT or TERMINATION."""
    key: Objects
    """str: the key of `[dpmo]` that it counts by."""
    part: Ints
    """Row of `Board.components`, -1 where nothing names the part."""
    joint: Ints
    """By row of `Board.pads`: row here of the joint that it is or belongs to, -1 for none."""
    placement: Ints
    """By row of `Board.components`: row here of its placement, -1 for what nobody places."""

    def __len__(self) -> int:
        return len(self.key)


def opportunities(board: Board, flow: Flow) -> Opportunities:
    """Components that are fitted, their placements, and their terminations: soldered joints and press-fit pins.

    A flow says how each is soldered. What is inserted, pressed or fastened is placed by hand; leads in paste are placed with
    the SMD parts. A part of a pitch of `FINE` or less and any array are fine-pitch placements.
    """
    does, parts = work(board), board.derived.parts()
    placed = np.flatnonzero(does.kind != "").astype(np.int32)
    family, surface, method = parts.family[placed], flow.surface[placed], flow.method[placed]
    machine = (surface != "") | (method == "pip") | (does.kind[placed] == "smd")
    fine = (parts.pitch[placed] <= FINE) | (family == "BGA")
    place = np.select(
        [~machine, fine, np.isin(family, _CHIPS)], ["place_manual", "place_fine_pitch", "place_chip"], "place_other"
    )  # fmt: skip
    pads, owners, how = _terminations(board, does, flow)
    n = len(placed)
    joint = np.full(len(board.pads), -1, np.int32)
    joint[pads] = 2 * n + np.arange(len(pads), dtype=np.int32)
    placement = np.full(len(board.components), -1, np.int32)
    placement[placed] = n + np.arange(n, dtype=np.int32)
    return Opportunities(
        of=np.repeat(np.arange(3, dtype=np.int32), (n, n, len(pads))),
        key=np.concatenate([np.full(n, "component", object), place.astype(object), how]),
        part=np.concatenate([placed, placed, owners]).astype(np.int32),
        joint=_pieces(board, joint), placement=placement,
    )  # fmt: skip


def _terminations(board: Board, does: Work, flow: Flow) -> tuple[Ints, Ints, Objects]:
    """Row of `Board.pads`, row of `Board.components` and key of `[dpmo]` of each soldered joint and press-fit pin."""
    joints, parts = board.derived.joints(), board.derived.parts()
    key = np.full(len(joints), "joint_other", object)
    own = joints.component
    lead = joints.barrel & does.lead[joints.pad]
    family, method, surface = (np.append(column, "")[own] for column in (parts.family, flow.method, flow.surface))
    for name, word in _BY_FAMILY.items():
        key[~joints.barrel & (family == name)] = word
    key[~joints.barrel & (surface == "wave")] = "joint_wave"
    key[joints.barrel & ~lead] = "joint_pip"  # pegs that are soldered with the lands beside them
    for name, word in _BY_METHOD.items():
        key[lead & (method == name)] = word
    pins = np.unique(board.holes.pad[press_fit_holes(board)])
    pins = pins[(board.pads.type[pins] == PadType.THT) & np.append(does.kind != "", False)[board.pads.component[pins]]]
    pins = np.setdiff1d(pins, joints.pad).astype(np.int32)
    pads = np.concatenate([joints.pad, pins]).astype(np.int32)
    return pads, board.pads.component[pads], np.concatenate([key, np.full(len(pins), "joint_press_fit", object)])


def _pieces(board: Board, joint: Ints) -> Ints:
    """The joints by pad, with all pieces of an exposed pad given the one joint that they make."""
    pads = board.pads
    pieces = np.flatnonzero(exposed_pads(board) & (pads.component >= 0) & (pads.number != ""))
    known = {
        (part, number): row
        for part, number, row in zip(pads.component[pieces].tolist(), pads.number[pieces].tolist(), joint[pieces].tolist())
        if row >= 0
    }
    out = joint.copy()
    for piece in pieces[joint[pieces] < 0].tolist():
        out[piece] = known.get((int(pads.component[piece]), pads.number[piece]), -1)
    return out
