"""Zones and drawn copper as text, for tests of poured copper on the boards of `small`."""

import numpy as np
import shapely


def points(ring):
    return "(pts " + " ".join(f"(xy {x:.9f} {y:.9f})" for x, y in np.asarray(ring)[:, :2]) + ")"


def zone(*fills, outline=None, net=1, name="A", layer="F.Cu", gap=0.3, width=0.3, thickness=0.1, connect="", extra=""):
    """A copper zone with its stored fills (polygons without holes, or rings of points); the outline is around them all."""
    rings = [f.exterior.coords if isinstance(f, shapely.Polygon) else f for f in fills]
    around = outline if outline is not None else shapely.box(*shapely.union_all([shapely.Polygon(r) for r in rings]).bounds)
    stored = " ".join(f'(filled_polygon (layer "{layer}") {points(r)})' for r in rings)
    return (
        f'(zone (net {net}) (net_name "{name}") (layer "{layer}") (hatch edge 0.5) (connect_pads {connect} (clearance 0.2)) '
        f"(min_thickness {thickness}) (filled_areas_thickness no) (fill yes (thermal_gap {gap}) (thermal_bridge_width {width})) "
        f"{extra} (polygon {points(around.exterior.coords)}) {stored})"
    )


def slit(polygon):
    """One ring for a polygon with holes, as KiCad stores fills: slits of no width lead to each hole and back."""
    outer = list(polygon.exterior.coords)[:-1]
    for hole in polygon.interiors:
        inner = list(hole.coords)[:-1]
        ring = np.array(outer)
        k, j = min(
            ((k, j) for k in range(len(outer)) for j in range(len(inner))),
            key=lambda p: np.hypot(*(ring[p[0]] - np.array(inner[p[1]]))),
        )
        outer = [*outer[: k + 1], *inner[j:], *inner[: j + 1], *outer[k:]]
    return outer


def drawn(ring, *, layer="F.Cu"):
    return f'(gr_poly {points(ring)} (stroke (width 0) (type solid)) (fill yes) (layer "{layer}"))'


def hole(x, y, radius, sides=64):
    """A regular polygon whose flats (not its corners) are at `radius`."""
    a = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    return shapely.Polygon(np.c_[x + radius / np.cos(np.pi / sides) * np.cos(a), y + radius / np.cos(np.pi / sides) * np.sin(a)])
