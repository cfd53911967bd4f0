"""What the names of files mean by the conventions of CAD tools: extensions, and words in names and in layer titles."""

from __future__ import annotations

import re
from dataclasses import replace

from ..board import Cover
from . import role_tables as tables
from .role_claim import Claim
from .role_tables import B, T


def split(path: str) -> tuple[str, str]:
    """Stem and lower-case extension of a path's last part; hidden files and files without a dot have no extension."""
    name = path.rsplit("/", 1)[-1]
    stem, _, extension = name.rpartition(".")
    if not stem:
        return name, ""
    return stem, extension.lower()


def tokens(text: str) -> list[str]:
    """Words of a name in lower case: split at anything but letters and digits, at changes of case and around numbers."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", text)
    return re.sub(r"[^0-9A-Za-z]+", " ", text).lower().split()


def plain(path: str) -> Claim | None:
    """What a file is that is no layer and no drill file, by its name alone."""
    name = path.rsplit("/", 1)[-1]
    stem, extension = split(path)
    words, shown = set(tokens(stem)), f".{extension}" if extension else name
    if tables.JUNK.fullmatch(name) or "__MACOSX/" in path:
        return Claim("document", f"a file of the operating system ({name})")
    if extension == "gbrjob":
        return Claim("job", f"Gerber job file ({shown})")
    for kind, extensions, said in _KINDS:
        if extension in extensions:
            return Claim(kind, f"{said} ({shown})")
    if extension in tables.TABLES:
        if words & tables.PARTS or extension == "bom":
            return Claim("bom", f"bill of materials ({name})")
        if words & tables.PLACES or {"pick", "place"} <= words or extension in ("pos", "mnt", "mnb", "xyrs", "xy", "cpl"):
            return Claim("placement", f"placement file ({name})")
    if extension in tables.REPORTS or {"nc", "param"} <= words:
        return Claim("report", f"report of a CAD tool ({shown})")
    paper = extension in ("txt", "md", "") and (tables.PAPERS.fullmatch(stem) or {"read", "me"} <= words)
    return Claim("document", f"document ({shown})") if paper or extension in tables.DOCUMENTS else None


_KINDS = (
    ("archive", tables.ARCHIVES, "archive"),
    ("netlist", tables.NETLISTS, "IPC-D-356 netlist"),
    ("board", tables.BOARDS, "board of a CAD tool"),
)


def layer(path: str, common: int = 0) -> Claim | None:
    """What a layer or drill file is by its name, None if the name tells nothing.

    common: how many leading words the names of the design's files share (the name of the board); they tell nothing unless
    the rest is silent.
    """
    shown = path.rsplit("/", 1)[-1]
    stem, extension = split(path)
    if not extension and len(stem) < 4:  # tl, bs, drl: an extension for a name
        extension = stem.lower() if stem.lower() in tables.DRILLS else f"g{stem.lower()}"
    told, drill = by_extension(extension), extension in tables.DRILLS
    words = tokens(stem if told or extension in tables.GERBERS or extension == "txt" else shown)
    spoken = _pads(stem, shown) or titled(words[common:], shown, drill=drill)
    if told is None and (spoken is None or (common and not spoken.side and spoken.kind in ("mask", "paste", "silk"))):
        spoken = titled(words, shown, drill=drill) or spoken
    return _join(spoken, told)


def by_extension(extension: str) -> Claim | None:
    """What an extension alone says."""
    words = f".{extension}"
    if extension in tables.EXTENSIONS:
        kind, side = tables.EXTENSIONS[extension]
        number = 1 if (kind, side) == ("copper", T) else 0
        return Claim(kind, words, side, number, rank=2 if kind in ("drawing", "user") else 3)
    if extension in tables.DRILLS or re.fullmatch(r"tx\d+", extension):
        return Claim("drill", words, plated=Cover.NO if extension == "npt" else Cover.UNKNOWN)
    if extension in tables.OUTLINES:
        return Claim("edge", words, rank=tables.OUTLINES[extension])
    if extension in tables.PLANES:
        return Claim("copper", words, "inner", plane=True)
    if match := re.fullmatch(r"gm(\d{0,2})", extension):
        return Claim("edge", f"{words}, a mechanical layer", rank=1)
    if re.fullmatch(r"g[dg][dg\d]\d?", extension):
        return Claim("drawing", f"{words}, a drill drawing")
    match = re.fullmatch(r"(gp|gl|g|in|ly)(\d{1,2})(l?)", extension)
    if not match:
        return None
    prefix, number, suffix = match[1], int(match[2]), match[3]
    if prefix == "gp":
        return Claim("copper", f"{words}, an internal plane", "inner", inner=number, plane=True)
    if prefix == "in":
        return Claim("copper", words, "inner", inner=number)
    return (
        Claim("copper", words, "inner", loose=number) if prefix == "g" and not suffix else Claim("copper", words, number=number)
    )


def titled(words: list[str], shown: str, *, drill: bool = False) -> Claim | None:
    """What the words of a file name or of a layer's title mean together; `drill` if it is known to be a drill file."""
    said = f"`{shown}`"
    words = _expand(words)
    meanings = _meanings(words)
    has = set(meanings)
    if "drawing" in has or ("map" in words and has & {"drill", "pth", "npth"}):
        return Claim("drawing", said)
    plating = has & {"pth", "npth"}
    if drill or plating or ("drill" in has and not has & tables.PLAIN_TYPES):
        plated = Cover.UNKNOWN if len(plating) != 1 else Cover.NO if "npth" in plating else Cover.YES  # both: one file for all
        surely = drill or plating or set(words) & tables.DRILL_WORDS
        return Claim("drill", said, plated=plated, span=_span(words, shown)) if surely else None
    for kind in ("courtyard", "adhesive"):
        if kind in has:
            return Claim(kind, said, _side(meanings, kind))
    if "fab" in has:
        side = _side(meanings, "fab")
        return Claim("fab" if side else "drawing", said, side)
    if "margin" in has and words[-1] == "margin":
        return Claim("user", said, layer="Margin")
    if "other" in has:
        return Claim("user", said, _side(meanings, "other"))
    last = max((i for i, m in enumerate(meanings) if m in tables.PLAIN_TYPES), default=-1)
    kind = meanings[last] if last >= 0 else ""
    if kind in ("mask", "paste", "silk"):
        return Claim(kind, said, _side(meanings, kind))
    if kind == "outline":
        return Claim("edge", said)
    if kind == "keepout":
        return Claim("edge", said, rank=2) if "layer" in words else Claim("user", said)
    if kind == "user":
        return _user(words, last, said)
    return _copper(words, meanings, said)


def _meanings(words: list[str]) -> list[str]:
    meanings = [tables.WORDS.get(word, "") for word in words]
    for i, word in enumerate(words):
        # One letter is a side only right before a type: F Cu, B Mask; Zuken's A and B stand after it.
        if word in ("f", "b") and i + 1 < len(words) and meanings[i + 1] in tables.TYPES:
            meanings[i] = T if word == "f" else B
        if word in ("a", "b") and i == len(words) - 1 and i and words[i - 1] in ("mask", "resist", "symbol", "paste"):
            meanings[i] = T if word == "a" else B
    return meanings


def _user(words: list[str], last: int, said: str) -> Claim:
    if "mech" in words or "mechanical" in words:
        return Claim("edge", said, rank=1)
    name = next((tables.USER_LAYERS[w] for w in words if w in tables.USER_LAYERS), "")
    number = next((int(w) for w in words[last + 1 :] if w.isdigit()), 0)
    if number and not name:
        name = f"Eco{number}.User" if "eco" in words else f"User.{number}"
    return Claim("user", said, layer=name)


def _copper(words: list[str], meanings: list[str], said: str) -> Claim | None:
    """Copper by a side, a layer number or a word such as GND; the last that is said counts."""
    side = next((m for m in reversed(meanings) if m in ("top", "bottom")), "")
    copper = "copper" in meanings
    for i in range(len(words) - 2, -1, -1):
        if not words[i + 1].isdigit() or len(words[i + 1]) > 3 or int(words[i + 1]) == 0:
            continue
        number, before = int(words[i + 1]), meanings[i]
        if before == "inner" or (before == "plane" and words[i] in ("plane", "internalplane", "gp")):
            return Claim("copper", said, "inner", inner=number, plane=before == "plane")
        if before == "plane" and not side:
            return Claim("copper", said, "inner", loose=number)  # GND2: layer 2, or the second of them
        if before in ("copper", "number") and number <= 64:
            if side and before == "copper":
                continue  # a copy: F_Cu (1)
            return Claim("copper", said, side, number)
    if side and (copper or meanings[-1] == side or words[-1:] == ["layer"] or words[-1:] == ["side"]):
        return Claim("copper", said, side, 1 if side == T else 0)
    if meanings and meanings[-1] == "inner" and words[-1] != "in":
        return Claim("copper", said, "inner")
    if "plane" in meanings[-2:]:
        return Claim("copper", said, "inner", plane=True, rank=2)
    return Claim("copper", said, rank=2) if copper else None


def _side(meanings: list[str], kind: str) -> str:
    """The side named nearest to the last word of a kind."""
    at = max(i for i, m in enumerate(meanings) if m == kind)
    sides = [(abs(i - at), -i, m) for i, m in enumerate(meanings) if m in ("top", "bottom")]
    return min(sides)[2] if sides else ""


def _expand(words: list[str]) -> list[str]:
    """Write out what stands for several words, and write several words that are one term as that."""
    text: list[str] = []
    for word in words:
        glued = tables.GLUED.fullmatch(word)
        text += tables.COMPOUND[word].split() if word in tables.COMPOUND else [glued[1], glued[2]] if glued else [word]
    line = f" {' '.join(text)} "
    for phrase, meaning in tables.PHRASES:
        line = line.replace(f" {phrase} ", f" {meaning} ")
    return line.split()


def _span(words: list[str], shown: str) -> tuple[int, int] | None:
    """Copper layers of a drill file's name: 1-2, L1-L4, front-in1, In1_Cu-In2_Cu; the bottom as 0 (in2-back); None if unsaid."""
    text = "-".join(w for w in words if w not in ("cu", "drill", "drl"))
    if match := re.search(r"(?:^|-)l-0?(\d{1,2})-(?:to-)?l-0?(\d{1,2})(?=-|$)", text):
        low, high = int(match[1]), int(match[2])
        return (low, high) if low < high else None
    if match := re.search(r"(?:^|-)(?:front|f|top|in-(\d{1,2}))-(?:to-)?(?:in-(\d{1,2})|back|b|bot|bottom)(?=-|$)", text):
        low, high = int(match[1] or 0) + 1, int(match[2]) + 1 if match[2] else 0
        return (low, high) if low < high or (low > 1 and not high) else None
    if match := re.search(r"[-_ ](\d{1,2})-(\d{1,2})\.\w+$", shown):  # board-1-4.drl, but not board1.2.drl
        low, high = int(match[1]), int(match[2])
        return (low, high) if 0 < low < high <= 64 and (low, high) != tables.EAGLE else None
    return None


def _pads(stem: str, shown: str) -> Claim | None:
    """PADS names a film by a prefix, the copper layer it belongs to and the number of a document layer: art01, sst001026."""
    match = tables.PADS.fullmatch(stem.lower())
    if not match:
        return None
    kind, number, words = tables.PADS_KINDS[match[1]], int(match[2]), f"`{shown}` (PADS)"
    if kind in ("drill", "drawing"):
        return Claim(kind, words)
    side = T if number == 1 else B
    return Claim("copper", words, T if number == 1 else "", number) if kind == "copper" else Claim(kind, words, side)


def _join(spoken: Claim | None, extension: Claim | None) -> Claim | None:
    """One claim of the words and the extension: words win, the extension completes what they leave open."""
    if spoken is None or extension is None:
        return spoken or extension
    if spoken.kind == "copper" and spoken.rank < 3:
        return extension
    if spoken.kind == "copper" == extension.kind:
        placed = spoken.number or spoken.inner
        return replace(
            spoken,
            side=spoken.side or extension.side,
            number=spoken.number or extension.number,
            inner=spoken.inner or (0 if placed else extension.inner),
            loose=0 if placed else extension.loose,
            plane=spoken.plane or extension.plane,
        )
    if spoken.kind == "drill" == extension.kind and spoken.plated == Cover.UNKNOWN:
        return replace(spoken, plated=extension.plated)
    if spoken.kind == extension.kind and not spoken.side:
        return extension if extension.side or (extension.rank >= spoken.rank and spoken.kind == "edge") else spoken
    films = ("copper", "mask", "paste", "silk")
    return extension if extension.kind in films and spoken.kind in ("copper", "edge", "drill", "user") else spoken
