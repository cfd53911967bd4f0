"""What the content of a file says it is: its format, and the comments and titles that CAD tools write."""

from __future__ import annotations

import re
from dataclasses import replace

from ..board import Cover
from . import role_names, role_tables
from .role_claim import Claim

_HEAD = 1 << 16
_MAGIC = {
    b"%PDF": "document", b"\x89PNG": "document", b"\xff\xd8\xff": "document", b"\xd0\xcf\x11\xe0": "document",
    b"PK\x03\x04": "archive", b"Rar!": "archive", b"7z\xbc\xaf": "archive", b"\x1f\x8b": "archive", b"BZh": "archive",
    b"\x00\x05\x16\x07": "junk", b"\x00\x00\x00\x01Bud1": "junk",
}  # fmt: skip
_GERBER = re.compile(
    rb"%FS[LTD]?[AI]?|%ADD\d|%MO(IN|MM)\*|%TF\.|%AM[^*%]+\*|G04[^*]*\*|D0?[123]\*|%LP[DC]\*|G5?4?D\d\d+\*|M0[02]\*"
)
_DRILL = re.compile(
    rb"^[ \t]*M48\b|^T0*\d+(?:[FSB]\d+)*C[\d.]|^(?:METRIC|INCH)(?:,|\s*$)|^;\s*(?:T\d+ +Holesize|DRILL file)"
    rb"|^(?:G0[0-3])?(?:X[-+\d.]+)?Y[-+\d.]+(?:G85X?[-+\d.]+(?:Y[-+\d.]+)?)?\s*$|^X[-+\d.]+\s*$|^M1[56]\s*$", re.M
)  # fmt: skip
_IPC356 = re.compile(r"^(?:P  (?:CODE|JOB|UNITS|DIM|TITLE|IMAGE|VER)\b|[34][0-9]7\S.{20,}[AD]\d\d)", re.M)
_COLOURS = {255: ("copper", "top"), 16711680: ("copper", "bottom"), 65535: ("silk", "top"), 32896: ("silk", "bottom"),
            8421504: ("paste", "top"), 128: ("paste", "bottom"), 8388736: ("mask", "top")}  # fmt: skip
"""Altium's colours of layers as it comes; others share theirs."""
_ALLEGRO = {"PASTEMASK": "paste", "SOLDERMASK": "mask", "SILKSCREEN": "silk", "AUTOSILK": "silk", "ASSEMBLY": "drawing"}
"""Words in Allegro's subclasses, the ones that decide first: a paste film may show the mask's tooling holes as well."""

_PLACES = {"posx", "midx", "centerx", "x", "xmm", "refx", "locationx", "centerxmm", "midxmm"}
_TURNS = {"rot", "rotation", "angle", "side", "layer", "tb"}
_AMOUNTS = {"quantity", "qty", "count", "quantityperpcb", "amount"}
_PARTS = {"reference", "references", "designator", "designators", "part", "parts", "refdes", "ref", "refs", "component", "name"}
"""Headings of placement tables and of parts lists, letters only."""


def form(data: bytes) -> str:
    """What kind of data it is: gerber drill ipc356 job board document archive junk bom placement report text binary, or empty."""
    if not data.strip():
        return "empty"
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    head = data[:_HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    if head.count(b"\0"):
        return "binary"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{") and re.search(rb'"(?:GenerationSoftware|FilesAttributes|GeneralSpecs)"', text):
        return "job"
    if text.startswith((b"(kicad_pcb", b"(pcb ", b"ha:pcb-rnd-board")) or re.match(
        rb"<\?xml[^>]*>\s*(?:<!DOCTYPE[^>]*>\s*)?<eagle", text
    ):
        return "board"
    if text[:1] in (b"<", b"{"):
        return "document"
    if re.search(rb"%TF\.FileFunction,JobInfo", text):
        return "job"
    gerber, drill = len(_GERBER.findall(text[:8192])), len(_DRILL.findall(text[:8192]))
    if re.search(rb"^[ \t]*M48\b", text[:8192], re.M) or drill > gerber:
        return "drill"
    if gerber:
        return "gerber"
    return _tabular(text.decode("utf-8", "replace"))


def _tabular(text: str) -> str:
    if _IPC356.search(text):
        return "ipc356"
    for line in text.splitlines()[:12]:
        cells = {re.sub(r"[^a-z]", "", cell.lower()) for cell in re.split(r"[,;\t|]", line)}
        if len(cells) < 3:
            continue
        if cells & _PLACES and cells & _TURNS:
            return "placement"
        if cells & _AMOUNTS and cells & _PARTS:
            return "bom"
    return "text"


def title(data: bytes) -> Claim | None:
    """What the comments and names in a Gerber or drill file say of its use, None if nothing that is known."""
    text = data[:_HEAD].decode("latin-1")
    allegro = re.findall(r"^G04 Layer: {1,2}([A-Z][^/*\r\n]{0,60})/([^*\r\n]{1,80})\*", text, re.M)
    if allegro:
        return _allegro(allegro)
    if found := _drill_title(text):
        return found
    group = re.search(r"%LNGROUP(\d{1,4})\*%", text)
    if group and (named := re.search(r"G04 Title: [^*\r\n]{0,200}, ([^*\r\n,]{0,80})\*", text)):
        return _geda(named[1].strip(), group[1])
    titles = [
        *re.findall(r"G04 Layer ?: +([^*/\r\n]{1,200})\*", text)[:1],
        *re.findall(r"^; ?Layer: *([^\r\n]{1,200})$", text, re.M)[:1],
        *re.findall(r"%LN([^*%]{1,200})\*%", text)[:1],
        *re.findall(r"G04 Film Name: +([^*\r\n]{1,200})\*", text)[:1],
        *re.findall(r"%IN([^*%]{1,200})\*%", text)[:1],
    ]
    for raw in titles:
        shown = raw.strip()
        name = shown.replace("\\", "/").rsplit("/", 1)[-1]
        stem, extension = role_names.split(name)
        words = role_names.tokens(stem if extension in role_tables.GERBERS or role_names.by_extension(extension) else name)
        spoken = role_names.titled(words, shown)
        if spoken:
            return spoken
    return _altium(text)


def _geda(name: str, number: str) -> Claim:
    """A layer of gEDA that is neither the top nor the bottom: its user's own name for it is all that tells its use."""
    words = f"layer `{name}` (group {number})"
    spoken = role_names.titled(role_names.tokens(name), name)
    if spoken is None and not re.fullmatch(r"(signal|inner|layer|unused)\W*\d*", name.lower()):
        return Claim("unknown", words)
    return replace(spoken, words=words) if spoken else Claim("copper", words, "inner")


def _altium(text: str) -> Claim | None:
    if match := re.search(r"G04 Layer_Physical_Order=(\d{1,2})\s*\*", text):
        number = int(match[1])
        return Claim("copper", f"Layer_Physical_Order={number}", "top" if number == 1 else "", number)
    match = re.search(r"G04 Layer_Color=(\d+)\s*\*", text)
    if match and (found := _COLOURS.get(int(match[1]))):
        return Claim(found[0], f"Layer_Color={match[1]}", found[1], 1 if found == ("copper", "top") else 0, rank=1)
    return None


def _allegro(layers: list[tuple[str, str]]) -> Claim | None:
    """Allegro lists the class/subclass pairs that a film was plotted from."""
    names = [f"{a.strip().upper()}/{b.strip().upper()}" for a, b in layers]
    said = "Layer: " + ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    if any("NCLEGEND" in n or "NCDRILL_FIGURE" in n or re.match(r"DRAWING FORMAT/(ASS|FAB)", n) for n in names):
        return Claim("drawing", said)
    for name in names:
        group, sub = name.split("/", 1)
        if group in ("ETCH", "CONDUCTOR"):
            side = {"TOP": "top", "BOTTOM": "bottom"}.get(sub, "inner")
            return Claim("copper", said, side, 1 if side == "top" else 0)
    for key, kind in _ALLEGRO.items():
        for name in names:
            if key in name:
                return Claim(kind, said, "top" if name.endswith("TOP") else "bottom" if name.endswith("BOTTOM") else "")
    if all(re.search(r"/(BOARD_|DESIGN_)?(OUTLINE|CUTOUT)$", name) for name in names):
        return Claim("edge", said)
    return Claim("drawing", said) if any(name.startswith("DRAWING FORMAT/") for name in names) else None


def _drill_title(text: str) -> Claim | None:
    if match := re.search(r"^; *Contents: *([^\r\n]{1,200})", text, re.M):  # Siemens
        words = match[1].strip()
        plated = Cover.NO if "non-plated" in words.lower() else Cover.YES if "plated" in words.lower() else Cover.UNKNOWN
        return Claim("drill", f"Contents: {words}", plated=plated)
    types = set(re.findall(r"^; *TYPE=(NON_PLATED|PLATED)", text, re.M))  # Altium, EasyEDA, P-CAD
    if types:
        plated = {("PLATED",): Cover.YES, ("NON_PLATED",): Cover.NO}.get(tuple(types), Cover.UNKNOWN)
        return Claim("drill", "TYPE=" + ", ".join(sorted(types)), plated=plated)
    holes = re.findall(r"^;[^\r\n]{0,40}Holesize[^\r\n]{0,100}?\b(NON_PLATED|PLATED|OPTIONAL)\b", text, re.M)  # Allegro
    if holes:
        plated = Cover.YES if set(holes) == {"PLATED"} else Cover.NO if set(holes) == {"NON_PLATED"} else Cover.UNKNOWN
        span = re.search(r"layers \S{1,40} and \S{1,40}", text)
        return Claim("drill", f"holes {', '.join(sorted(set(holes)))}" + (f", {span[0]}" if span else ""), plated=plated)
    return None
