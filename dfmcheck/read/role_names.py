"""What the names of files mean by the conventions of CAD tools: extensions, and words in names and in layer titles."""

from __future__ import annotations

import re

from ..board import Cover
from .role_claim import Claim

T, B = "top", "bottom"
_EXTENSIONS: dict[str, tuple[str, str]] = {
    # Protel, Altium, KiCad, EasyEDA, Upverter, Fritzing
    "gtl": ("copper", T), "gbl": ("copper", B), "gts": ("mask", T), "gbs": ("mask", B), "gto": ("silk", T), "gbo": ("silk", B),
    "gtp": ("paste", T), "gbp": ("paste", B), "gta": ("adhesive", T), "gba": ("adhesive", B),
    # Eagle
    "cmp": ("copper", T), "sol": ("copper", B), "stc": ("mask", T), "sts": ("mask", B), "plc": ("silk", T), "pls": ("silk", B),
    "crc": ("paste", T), "crs": ("paste", B), "tsp": ("paste", T), "bsp": ("paste", B), "tsm": ("mask", T), "bsm": ("mask", B),
    "tsk": ("silk", T), "bsk": ("silk", B), "tcr": ("paste", T), "bcr": ("paste", B), "tp": ("paste", T), "bp": ("paste", B),
    # OrCAD
    "top": ("copper", T), "bot": ("copper", B), "smt": ("mask", T), "smb": ("mask", B), "sst": ("silk", T), "ssb": ("silk", B),
    "spt": ("paste", T), "spb": ("paste", B), "ast": ("drawing", T), "asb": ("drawing", B), "fab": ("drawing", ""),
    "gpt": ("user", T), "gpb": ("user", B), "gdl": ("user", ""), "gdo1": ("drawing", ""),
}  # fmt: skip
_WEAK_EDGE = {"gko": 2, "gml": 2, "oln": 3, "out": 3, "outline": 3, "dim": 3, "mill": 3, "brd": 0}
_DRILLS = (
    "drl",
    "xln",
    "exc",
    "ncd",
    "tap",
    "drd",
    "cnc",
    "nc",
    "fdr",
    "rou",
    "drill",
    "hol",
    "nci",
    "xnc",
    "drill_l",
    "thruhole",
)
GERBERS = ("gbr", "ger", "gb", "pho", "art", "gdo", "fph", "spl", "gerber", "phd", "gbx", "pmm", "lgr", "x2", "274", "gbrx2")
_DOCUMENTS = ("pdf", "png", "jpg", "jpeg", "gif", "svg", "bmp", "tif", "tiff", "webp", "md", "rst", "html", "htm", "doc", "docx",
              "odt", "rtf", "ppt", "pptx", "dxf", "dwg", "step", "stp", "wrl", "iges", "igs", "stl", "json", "xml", "yaml", "yml",
              "ini", "cfg", "gvp", "gpf", "gerberset", "db", "ps", "eps", "url", "webloc", "kicad_sch", "kicad_pro", "kicad_prl",
              "kicad_wks", "kicad_dru", "sch", "schdoc", "prjpcb", "pro", "dsn", "py", "sh", "bat", "scr", "cam", "lib",
              "gitignore", "gitattributes", "bak", "sha256", "md5", "asc", "exe", "rul", "lmc", "lbr")  # fmt: skip
_REPORTS = (
    "log",
    "rpt",
    "rep",
    "dri",
    "gpi",
    "apr",
    "extrep",
    "lst",
    "drr",
    "fdl",
    "status",
    "ldp",
    "drill_report",
    "erc",
    "drc",
)
_BOARDS = ("kicad_pcb", "pcbdoc", "brd", "pcb", "lht", "fzz", "fz", "hyp", "t3001", "pdsprj", "dip", "epcb", "emn")
_ARCHIVES = ("zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "zst")
_NETLISTS = ("ipc", "d356", "356", "356a", "ipc356", "d356a", "ipc-d-356")
_JUNK = re.compile(r"\._.*|thumbs\.db|\.ds_store|desktop\.ini|\.git.*|~\$.*|\.~lock.*", re.I)
_PAPERS = re.compile(
    r"(licen[cs]e|readme|read[ _-]me|copying|notice|authors|changelog|changes|source|manifest|how-to-order.*|.*notes?)(\W.*)?",
    re.I,
)

_PHRASES = [  # in this order
    ("solder paste", "paste"), ("paste mask", "paste"), ("metal mask", "paste"), ("solder cream", "paste"),
    ("peelable mask", "other"), ("carbon mask", "other"), ("gold mask", "other"),
    ("component mask", "top mask"), ("solder stop mask", "mask"), ("solder stop", "mask"), ("solder mask", "mask"), ("solder resist", "mask"),
    ("stop mask", "mask"), ("silk screen", "silk"), ("silk s", "silk"), ("component print", "silk"),
    ("board outline", "outline"), ("board outlline", "outline"), ("edge cuts", "outline"), ("edge cut", "outline"), ("board shape", "outline"), ("board edge", "outline"),
    ("board profile", "outline"), ("outline layer", "outline"), ("mechanical details", "outline"),
    ("drill map", "drawing"), ("drl map", "drawing"), ("drill drawing", "drawing"), ("drill guide", "drawing"), ("nc legend", "drawing"),
    ("drill legend", "drawing"), ("pad master", "user"), ("non plated", "npth"), ("not plated", "npth"), ("un plated", "npth"),
    ("component side", "top"), ("solder side", "bottom"), ("inner layer", "inner"), ("internal plane", "plane"),
    ("mid layer", "inner"), ("power plane", "plane"), ("ground plane", "plane"), ("v score", "user"), ("v cut", "user"),
]  # fmt: skip
_WORDS: dict[str, str] = {}
for _meaning, _words in {
    "top": "top front upper primary oben",
    "bottom": "bottom bot back lower btm secondary unten",
    "inner": "inner internal int inr intern mid midlayer innerlayer in",
    "copper": "cu copper etch etchlayer conductor conductive signal sig elec kupfer",
    "number": "l lyr layer ly art",
    "plane": "plane gnd ground pwr power vcc vdd gp",
    "mask": "mask soldermask resist solderresist smask stopmask stop sm masking",
    "paste": "paste solderpaste pastemask cream stencil metalmask",
    "silk": "silk silks silkscreen legend overlay slk sslk symbol silkscr ident place",
    "outline": "outline boardoutline edgecuts edge profile contour boundary dimension border umriss boardshape cutout cutouts",
    "adhesive": "adhes adhesive glue",
    "courtyard": "crtyd courtyard",
    "fab": "fab",
    "margin": "margin",
    "user": "user dwgs cmts eco document documentlayer vscore vcut keepouts mechanical mech",
    "keepout": "keepout",
    "drawing": "drawing drillmap drilldrawing drillguide assembly assy asm map guide fabrication title legendtable",
    "drill": "drill drills drl hole holes ncdrill ncroute rout route routing slot slots mill milling via vias thru through tool",
    "pth": "pth plated plt",
    "npth": "npth nplt unplated nonplated",
    "other": "peelable carbon",
}.items():
    _WORDS.update(dict.fromkeys(_words.split(), _meaning))
_COMPOUND = {
    "smc": "top mask", "sms": "bottom mask", "spc": "top paste", "sps": "bottom paste", "ssc": "top silk", "sss": "bottom silk",
    "tslk": "top silk", "bslk": "bottom silk", "smt": "top mask", "smb": "bottom mask", "sst": "top silk", "ssb": "bottom silk",
    "spt": "top paste", "spb": "bottom paste", "tsm": "top mask", "bsm": "bottom mask", "tstop": "top mask", "bstop": "bottom mask",
    "tplace": "top silk", "bplace": "bottom silk", "tcream": "top paste", "bcream": "bottom paste", "tmask": "top mask",
    "bmask": "bottom mask", "tsilk": "top silk", "bsilk": "bottom silk", "tpaste": "top paste", "bpaste": "bottom paste",
    "fcu": "top cu", "bcu": "bottom cu", "pthdrill": "pth drill", "npthdrill": "npth drill", "gerber": "", "gbr": "",
}  # fmt: skip
_GLUED = re.compile(
    r"(top|bottom|bot|front|back|inner)(mask|soldermask|silk|silkscreen|paste|solderpaste|copper|layer|side|overlay|solder|assembly|resist|cu)"
)
_PADS = re.compile(r"(art|sm|sst|ssb|ss|smd|dd|drl|adt|adb|ad|pp)(\d{2}\d?)(\d{2}\d?)?$")
_PADS_DOCUMENT = {21: ("mask", T), 28: ("mask", B), 26: ("silk", T), 29: ("silk", B), 23: ("paste", T), 22: ("paste", B),
                  24: ("drawing", ""), 27: ("drawing", T), 30: ("drawing", B)}  # fmt: skip
_PADS_KINDS = {"sm": "mask", "ss": "silk", "sst": "silk", "ssb": "silk", "smd": "paste", "pp": "paste", "dd": "drawing", "adt": "drawing",
               "adb": "drawing", "ad": "drawing"}  # fmt: skip
_SIDE_WORDS = {"top": T, "bottom": B, "inner": "inner"}
_USER_LAYERS = {"dwgs": "Dwgs.User", "cmts": "Cmts.User", "drawings": "Dwgs.User", "comments": "Cmts.User"}


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
    if _JUNK.fullmatch(name) or "__MACOSX/" in path:
        return Claim("document", f"a file of the operating system ({name})")
    words = set(tokens(stem))
    if extension in _ARCHIVES:
        return Claim("archive", f"archive (.{extension})")
    if extension == "gbrjob":
        return Claim("job", "Gerber job file (.gbrjob)")
    if extension in _NETLISTS:
        return Claim("netlist", f"IPC-D-356 netlist (.{extension})")
    if extension in _BOARDS:
        return Claim("board", f"board of a CAD tool (.{extension})")
    if extension in ("csv", "tsv", "txt", "xls", "xlsx", "ods", "pos", "xy", "mnt", "mnb", "html", "bom", "xyrs", "cpl", "xml"):
        if words & {"bom", "parts", "partlist", "partslist"} or extension == "bom":
            return Claim("bom", "bill of materials by its name")
        if (
            words & {"pos", "cpl", "pnp", "placement", "centroid", "xyrs", "mnt", "position", "positions"}
            or {"pick", "place"} <= words
        ):
            return Claim("placement", "placement file by its name")
        if extension in ("pos", "mnt", "mnb", "xyrs", "xy", "cpl"):
            return Claim("placement", f"placement file (.{extension})")
    if extension in _REPORTS or {"nc", "param"} <= words:
        return Claim("report", f"report of a CAD tool ({(extension and '.' + extension) or name})")
    if _PAPERS.fullmatch(stem if extension in ("txt", "md", "") else "") or extension in _DOCUMENTS:
        return Claim("document", f"document ({name})" if not extension else f"document (.{extension})")
    return None


def layer(path: str, common: int = 0) -> Claim | None:
    """What a layer or drill file is by its name, None if the name tells nothing.

    common: how many leading words the names of the design's files share (the name of the board); they tell nothing unless
    the rest is silent.
    """
    stem, extension = split(path)
    if extension and (extension in GERBERS or extension in _DRILLS or extension == "txt" or by_extension(extension)):
        words = tokens(stem)
    else:
        words = tokens(path.rsplit("/", 1)[-1])
    shown = path.rsplit("/", 1)[-1]
    told = by_extension(extension)
    spoken = titled(words[common:], shown, drill=extension in _DRILLS)
    if told is None and (spoken is None or (common and not spoken.side and spoken.kind in ("mask", "paste", "silk"))):
        spoken = titled(words, shown, drill=extension in _DRILLS) or spoken
    pads = _pads(stem, shown) if extension in ("pho", "gbr", "drl") else None
    return _join(pads or spoken, told)


def by_extension(extension: str) -> Claim | None:
    words = f".{extension}"
    if extension in _EXTENSIONS:
        kind, side = _EXTENSIONS[extension]
        number = 1 if (kind, side) == ("copper", T) else 0
        return Claim(kind, words, side, number, rank=2 if kind in ("drawing", "user") else 3)
    if extension in _DRILLS:
        return Claim("drill", words)
    if _WEAK_EDGE.get(extension):
        return Claim("edge", words, rank=_WEAK_EDGE[extension])
    if match := re.fullmatch(r"(?:g|gl|in)(\d{1,2})l?", extension):
        number = int(match[1])
        if extension.startswith("in"):
            return Claim("copper", words, "inner", inner=number)
        if extension.startswith("gl") or extension.endswith("l"):
            return Claim("copper", words, number=number)
        return Claim("copper", words, "inner", loose=number)
    if match := re.fullmatch(r"gp(\d{1,2})", extension):
        return Claim("copper", f"{words}, an internal plane", "inner", inner=int(match[1]), plane=True)
    if extension in ("gnd", "pwr", "vcc", "vdd", "pow"):
        return Claim("copper", words, "inner", plane=True)
    if match := re.fullmatch(r"gm(\d{1,2})", extension):
        return Claim("edge", f"{words}, a mechanical layer", rank=1, number=0)
    if re.fullmatch(r"g[dg]\d{1,2}", extension):
        return Claim("drawing", f"{words}, a drill drawing")
    if extension.startswith("tx") and extension[2:].isdigit():
        return Claim("drill", words)
    return None


def titled(words: list[str], shown: str, *, drill: bool = False) -> Claim | None:
    """What the words of a file name or of a layer's title mean together; `drill` if it is known to be a drill file."""
    said = f"`{shown}`"
    words = _expand(words)
    meanings = [_WORDS.get(w, "") for w in words]
    # One letter is a side only right before a type: F Cu, B Mask; Zuken's A and B stand after it.
    for i, word in enumerate(words):
        if word in ("f", "b") and i + 1 < len(words) and meanings[i + 1] in _TYPES:
            meanings[i] = "top" if word == "f" else "bottom"
        if word in ("a", "b") and i == len(words) - 1 and i and words[i - 1] in ("mask", "resist", "symbol", "paste"):
            meanings[i] = "top" if word == "a" else "bottom"
    has = set(meanings)
    if "drawing" in has or ("map" in words and has & {"drill", "pth", "npth"}):
        return Claim("drawing", said)
    if drill or has & {"pth", "npth"} or ("drill" in has and not has & _PLAIN_TYPES):
        if not drill and not has & {"pth", "npth"} and not set(words) & _DRILL_WORDS:
            return None
        plated = Cover.NO if "npth" in has else Cover.YES if "pth" in has else Cover.UNKNOWN
        return Claim("drill", said, plated=plated, span=_span(words))
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
    last = max((i for i, m in enumerate(meanings) if m in _PLAIN_TYPES), default=-1)
    if last >= 0:
        kind = meanings[last]
        if kind in ("mask", "paste", "silk"):
            return Claim(kind, said, _side(meanings, kind))
        if kind == "outline":
            return Claim("edge", said)
        if kind == "keepout":
            return Claim("edge", said, rank=2) if "layer" in words else Claim("user", said)
        if kind == "user":
            mechanical = bool(set(words) & {"mech", "mechanical"})
            name = next((_USER_LAYERS[w] for w in words if w in _USER_LAYERS), "")
            number = next((int(w) for w in words[last + 1 :] if w.isdigit()), 0)
            if "eco" in words and number:
                name = f"Eco{number}.User"
            return (
                Claim("edge", said, rank=1)
                if mechanical
                else Claim("user", said, layer=name or (f"User.{number}" if number else ""))
            )
        return _copper(words, meanings, said)
    return _copper(words, meanings, said)


_TYPES = {"copper", "mask", "paste", "silk", "adhesive", "courtyard", "fab"}
_PLAIN_TYPES = {"copper", "mask", "paste", "silk", "outline", "keepout", "user"}
_DRILL_WORDS = {"drill", "drills", "drl", "hole", "holes", "ncdrill", "ncroute"}


def _copper(words: list[str], meanings: list[str], said: str) -> Claim | None:
    """Copper by a side, a layer number or a word such as GND; the last that is said counts."""
    side = next((m for m in reversed(meanings) if m in ("top", "bottom")), "")
    copper = "copper" in meanings
    for i in range(len(words) - 2, -1, -1):
        if not words[i + 1].isdigit() or len(words[i + 1]) > 3 or int(words[i + 1]) == 0:
            continue
        number, before = int(words[i + 1]), meanings[i]
        if before == "inner" or (before == "plane" and words[i] in ("plane", "gp")):
            return Claim("copper", said, "inner", inner=number, plane=before == "plane")
        if before in ("copper", "number") and number <= 64:
            if side and before == "copper" and not _near(meanings, i, side):
                continue
            return Claim("copper", said, side, number)
    if side and (copper or meanings[-1] == side or words[-1:] == ["layer"] or words[-1:] == ["side"]):
        return Claim("copper", said, side, 1 if side == T else 0)
    if meanings and meanings[-1] == "inner" and words[-1] != "in":
        return Claim("copper", said, "inner")
    if "plane" in meanings[-2:]:
        return Claim("copper", said, "inner", plane=True, rank=2)
    return Claim("copper", said, rank=2) if copper else None


def _near(meanings: list[str], i: int, side: str) -> bool:
    return side in meanings[max(0, i - 2) : i + 4]


def _side(meanings: list[str], kind: str) -> str:
    """The side named nearest to the last word of a kind."""
    at = max(i for i, m in enumerate(meanings) if m == kind)
    sides = [(abs(i - at), -i, _SIDE_WORDS[m]) for i, m in enumerate(meanings) if m in ("top", "bottom")]
    return min(sides)[2] if sides else ""


def _expand(words: list[str]) -> list[str]:
    text: list[str] = []
    for word in words:
        glued = _GLUED.fullmatch(word)
        text += _COMPOUND[word].split() if word in _COMPOUND else [glued[1], glued[2]] if glued else [word]
    line = f" {' '.join(text)} "
    for phrase, meaning in _PHRASES:
        line = line.replace(f" {phrase} ", f" {meaning} ")
    return line.split()


def _span(words: list[str]) -> tuple[int, int] | None:
    """Copper layers of a drill file's name: 1-2, L1-L4, front-in1, In1_Cu-In2_Cu; None where it names none or the far side."""
    text = "-".join(w for w in words if w not in ("cu", "drill", "drl"))
    if match := re.search(r"(?:^|-)l-0?(\d{1,2})-(?:to-)?l-0?(\d{1,2})(?=-|$)", text):
        low, high = int(match[1]), int(match[2])
        return (low, high) if low < high else None
    if match := re.search(r"(?:^|-)(front|f|top|in-(\d{1,2}))-(?:to-)?in-(\d{1,2})(?=-|$)", text):
        low = int(match[2]) + 1 if match[2] else 1
        return (low, int(match[3]) + 1) if low <= int(match[3]) else None
    if match := re.search(r"(?:^|-)(\d{1,2})-(?:to-)?(\d{1,2})$", text):
        low, high = int(match[1]), int(match[2])
        return (low, high) if 0 < low < high <= 64 else None
    return None


def _pads(stem: str, shown: str) -> Claim | None:
    """PADS: art01 is copper layer 1; sm0121, ss0126, smd0123 hold the layer and the number of the document layer."""
    match = _PADS.fullmatch(stem.lower())
    if not match:
        return None
    prefix, number, document = match[1], int(match[2]), int(match[3] or 0)
    words = f"`{shown}` (PADS)"
    if prefix == "art":
        return Claim("copper", words, T if number == 1 else "", number)
    if prefix == "drl":
        return Claim("drill", words)
    if document in _PADS_DOCUMENT:
        kind, side = _PADS_DOCUMENT[document]
        return Claim(kind, words, side)
    return Claim(_PADS_KINDS[prefix], words, T if number == 1 or prefix.endswith("t") else B)


def _join(spoken: Claim | None, extension: Claim | None) -> Claim | None:
    """One claim of the words and the extension: words win, the extension completes what they leave open."""
    if spoken is None or extension is None:
        return spoken or extension
    if spoken.kind == "copper" and spoken.rank < 3:
        return extension
    if spoken.kind == "copper" == extension.kind:
        return Claim("copper", f"{spoken.words}", spoken.side or extension.side, spoken.number or extension.number,
                     spoken.inner or (0 if spoken.number else extension.inner), 0 if spoken.number or spoken.inner else extension.loose,
                     spoken.plane or extension.plane)  # fmt: skip
    if spoken.kind == extension.kind and not spoken.side:
        return extension if extension.side or (extension.rank >= spoken.rank and spoken.kind == "edge") else spoken
    if (
        extension.rank == 3
        and extension.kind in ("copper", "mask", "paste", "silk")
        and spoken.kind in ("copper", "edge", "drill", "user")
    ):
        return extension
    return spoken
