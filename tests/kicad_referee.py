"""Run by KiCad's own Python: dump what pcbnew makes of a board, as JSON. Areas are mm2, lengths mm.

python3 kicad_referee.py BOARD > dump.json
"""

import json
import sys

import pcbnew

MM = 1e6
ERROR = 100  # nm; how far curves may be from their polygons


def box(poly):
    b = poly.BBox()
    return [b.GetLeft() / MM, b.GetTop() / MM, b.GetRight() / MM, b.GetBottom() / MM]


def shape(item, layer, clearance=0):
    poly = pcbnew.SHAPE_POLY_SET()
    item.TransformShapeToPolygon(poly, layer, clearance, ERROR, pcbnew.ERROR_INSIDE)
    poly.Simplify()
    return [poly.Area() / MM**2, *box(poly)] if poly.OutlineCount() else [0.0]


def opening(pad, layer, margin):
    """The mask or paste opening as it is plotted: some shapes are pads of the other size, not widened by a distance."""
    if layer in (pcbnew.F_Paste, pcbnew.B_Paste):
        resized = (pcbnew.PAD_SHAPE_ROUNDRECT, pcbnew.PAD_SHAPE_CHAMFERED_RECT)
    else:
        resized = () if pad.GetBoard().GetDesignSettings().m_SolderMaskMinWidth else (pcbnew.PAD_SHAPE_ROUNDRECT,)
    if pad.GetShape(layer) not in resized:
        return shape(pad, layer, margin.x) if margin.x == margin.y else [margin.x / MM, margin.y / MM]
    size = pcbnew.VECTOR2I(pad.GetSize(layer))
    wider = pcbnew.VECTOR2I(size.x + 2 * margin.x, size.y + 2 * margin.y)
    if min(wider.x, wider.y) <= 0:
        return [0.0]
    pad.SetSize(layer, wider)
    out = shape(pad, layer)
    pad.SetSize(layer, size)
    return out


def text_shape(item):
    poly = pcbnew.SHAPE_POLY_SET()
    item.TransformTextToPolySet(poly, 0, ERROR, pcbnew.ERROR_INSIDE)
    poly.Simplify()
    return [poly.Area() / MM**2, *box(poly)] if poly.OutlineCount() else [0.0]


def main(path):
    board = pcbnew.LoadBoard(path)
    board.BuildConnectivity()
    name = lambda layer: pcbnew.LSET.Name(layer)  # noqa: E731
    copper = list(board.GetEnabledLayers().CuStack())
    out = {
        "pads": {},
        "vias": {},
        "tracks": {},
        "zones": {},
        "graphics": {},
        "texts": {},
        "courtyards": {},
        "components": {},
        "dimensions": [],
    }
    for pad in board.GetPads():
        layers = {name(i): shape(pad, i) for i in copper if pad.IsOnLayer(i) and pad.FlashLayer(i)}
        for i in (pcbnew.F_Mask, pcbnew.B_Mask):
            if pad.IsOnLayer(i):
                margin = pad.GetSolderMaskExpansion(i)
                layers[name(i)] = opening(pad, i, pcbnew.VECTOR2I(margin, margin))
        for i in (pcbnew.F_Paste, pcbnew.B_Paste):
            if pad.IsOnLayer(i):
                layers[name(i)] = opening(pad, i, pad.GetSolderPasteMargin(i))
        drill = pad.GetDrillSize()
        out["pads"][pad.m_Uuid.AsString()] = {
            "layers": layers,
            "drill": [drill.x / MM, drill.y / MM],
            "net": pad.GetNetname(),
            "angle": pad.GetOrientationDegrees(),
        }
    for track in board.GetTracks():
        uuid = track.m_Uuid.AsString()
        if track.GetClass() == "PCB_VIA":
            flashed = [name(i) for i in copper if track.IsOnLayer(i) and track.FlashLayer(i)]
            out["vias"][uuid] = {
                "layers": flashed,
                "drill": track.GetDrillValue() / MM,
                "net": track.GetNetname(),
                "tented": [track.IsTented(pcbnew.F_Mask), track.IsTented(pcbnew.B_Mask)],
            }
        else:
            out["tracks"][uuid] = [name(track.GetLayer()), track.GetLength() / MM, *shape(track, track.GetLayer())]
    zones = list(board.Zones()) + [z for f in board.GetFootprints() for z in f.Zones()]
    for zone in zones:
        fills = {}
        for i in zone.GetLayerSet().Seq():
            if zone.HasFilledPolysForLayer(i):
                fill = zone.GetFilledPolysList(i)
                if fill.OutlineCount():
                    fills[name(i)] = [fill.Area() / MM**2, *box(fill)]
        out["zones"][zone.m_Uuid.AsString()] = {
            "fills": fills,
            "net": zone.GetNetname(),
            "rule": zone.GetIsRuleArea(),
            "outline": zone.Outline().Area() / MM**2,
        }
    items = list(board.GetDrawings()) + [g for f in board.GetFootprints() for g in f.GraphicalItems()]
    items += [field for f in board.GetFootprints() for field in f.GetFields()]
    for item in items:
        kind, uuid = item.GetClass(), item.m_Uuid.AsString()
        if kind in ("PCB_TEXT", "PCB_FIELD"):
            visible = item.IsVisible()
            place = item.GetTextPos()
            out["texts"][uuid] = {
                "visible": visible,
                "text": item.GetShownText(True),
                "angle": item.GetDrawRotation().AsDegrees(),
                "layer": name(item.GetLayer()),
                "at": [place.x / MM, place.y / MM],
                "outline_font": bool(item.GetFontName()) and item.GetFontName() != "KiCad Font",
                "shape": text_shape(item) if visible else None,
            }
        elif kind.startswith("PCB_DIM"):
            out["dimensions"].append(item.GetShownText(True))
        elif kind == "PCB_SHAPE":
            out["graphics"][uuid] = [name(item.GetLayer()), *shape(item, item.GetLayer())]
    for f in board.GetFootprints():
        uuid = f.m_Uuid.AsString()
        f.BuildCourtyardCaches()
        sides = {}
        for i in (pcbnew.F_CrtYd, pcbnew.B_CrtYd):
            poly = f.GetCourtyard(i)
            sides[name(i)] = poly.Area() / MM**2 if poly.OutlineCount() else None
        out["courtyards"][uuid] = sides
        at = f.GetPosition()
        out["components"][uuid] = {
            "ref": f.GetReference(),
            "value": f.GetValue(),
            "at": [at.x / MM, at.y / MM],
            "angle": f.GetOrientationDegrees(),
            "flipped": f.IsFlipped(),
            "attributes": f.GetAttributes(),
            "tie": f.IsNetTie(),
        }
    edge = pcbnew.SHAPE_POLY_SET()
    out["outline"] = edge.Area() / MM**2 if board.GetBoardPolygonOutlines(edge) else None
    json.dump(out, sys.stdout)


main(sys.argv[1])
