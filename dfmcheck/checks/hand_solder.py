"""Room for an iron at the joints of leaded parts."""

from __future__ import annotations

import numpy as np

from .. import around, shape
from ..board import Kind, PadType
from ..check import Context, Measurements, check
from ..exposed import thermal_holes


@check("hand_solder", minima="gap seen_limit", maxima="angle_max")
def hand_solder(ctx: Context) -> Measurements:
    """Distance in mm from the through-hole joints of a part to the nearest point of each other body on the soldering side.

    The soldering side is the one opposite the part. `seen_limit` judges what is nearer than that, `gap` all else; what keeps
    both is judged by `angle_max`: the angle in degrees at which the body rises as seen from the joint. A row is a part and
    a neighbour, at the nearest of its joints. All neighbours on one side are one finding a parameter.
    """
    board, parts, c, f = ctx.board, ctx.board.derived.parts(), ctx.board.components, ctx.board.features
    rows = around.standing(board)
    copper = board.copper_layers
    joint_pads = (board.pads.type == PadType.THT) & np.isin(board.pads.component, rows)
    joint_pads[board.holes.pad[thermal_holes(board)]] = False  # vias in all but name
    tht = np.append(joint_pads, False)[f.pad]
    under = np.append(1 - c.side, -1)[f.component]
    joints = (
        np.flatnonzero((f.kind == Kind.PAD) & tht & (f.layer == board.outer_layer(under))) if len(copper) else rows[:0]
    )
    reach = ctx.reach("gap", "seen_limit")
    if "angle_max" in ctx.judged():
        reach = max(reach, float(np.nanmax(np.append(parts.height[rows], 0.0))) / np.tan(np.radians(_least(ctx))))
    i, j, _ = around.near(f.core[joints], parts.envelope[rows], reach + f.radius[joints])
    joint, b = joints[i], rows[j]
    distance = shape.distance(f.core[joint], f.radius[joint], parts.envelope[b], 0.0)
    keep = (c.side[b] == under[joint]) & (f.component[joint] != b) & (distance <= reach)
    joint, b, distance = joint[keep], b[keep], distance[keep]
    order = np.lexsort((joint, np.round(distance, 6), b, f.component[joint]))
    a = f.component[joint[order]]
    first = order[np.r_[True, (a[1:] != a[:-1]) | (b[order][1:] != b[order][:-1])]] if len(order) else order
    joint, b, distance = joint[first], b[first], distance[first]
    angle = np.degrees(np.arctan2(parts.height[b], np.maximum(distance, 0.0)))
    tight = ctx.limits["seen_limit"].value if "seen_limit" in ctx.judged() else None
    param = np.where(distance < (-np.inf if tight is None else tight), "seen_limit", "gap").astype(object)
    param[(distance >= ctx.reach("gap", "seen_limit")) & np.isfinite(angle)] = "angle_max"
    x, y = shape.witness(f.core[joint], f.radius[joint], parts.envelope[b], 0.0)
    m = Measurements.of(
        np.where(param == "angle_max", angle, distance), checked=len(joints), param=param, a=f.item[joint], b=c.item[b], x=x, y=y,
        layer=f.layer[joint], cause=[f"*{p}" for p in param],
        inferred=around.guessed(board, b) | ((param == "angle_max") & (parts.height_source[b] == "family")),
        detail=[
            f"a body {h:.1f} mm high at {d:.2f} mm" if p == "angle_max" else ""
            for p, h, d in zip(param, parts.height[b], distance)
        ],
    )  # fmt: skip
    return m.take(np.isin(param, ctx.judged()))


def _least(ctx: Context) -> float:
    """The smallest angle in degrees that is judged."""
    limit = ctx.limits["angle_max"]
    return max(min(v for v in (limit.value, limit.prefer) if v is not None), 1.0)
