"""How CAD tools name their files: extensions, and the words of names and layer titles."""

from __future__ import annotations

import re

T, B = "top", "bottom"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EXTENSIONS: dict[str, tuple[str, str]] = {
    # Protel, Altium, KiCad, EasyEDA, Upverter, Fritzing
    "gtl": ("copper", T), "gbl": ("copper", B), "gts": ("mask", T), "gbs": ("mask", B), "gto": ("silk", T), "gbo": ("silk", B),
    "gtp": ("paste", T), "gbp": ("paste", B), "gta": ("adhesive", T), "gba": ("adhesive", B), "gpt": ("user", T),
    "gpb": ("user", B), "gdl": ("user", ""),
    # Eagle, OSH Park's and other job files for it
    "cmp": ("copper", T), "sol": ("copper", B), "sld": ("copper", B), "stc": ("mask", T), "sts": ("mask", B), "plc": ("silk", T),
    "pls": ("silk", B), "crc": ("paste", T), "crs": ("paste", B), "tsm": ("mask", T), "bsm": ("mask", B), "tsk": ("silk", T),
    "bsk": ("silk", B), "tsp": ("paste", T), "bsp": ("paste", B), "tcr": ("paste", T), "bcr": ("paste", B), "tp": ("paste", T),
    "bp": ("paste", B),
    # OrCAD
    "top": ("copper", T), "bot": ("copper", B), "smt": ("mask", T), "smb": ("mask", B), "sst": ("silk", T), "ssb": ("silk", B),
    "spt": ("paste", T), "spb": ("paste", B), "ast": ("drawing", T), "asb": ("drawing", B), "fab": ("drawing", ""),
}  # fmt: skip
"""Kind and side by extension."""
OUTLINES = {"gko": 2, "gml": 2, "oln": 3, "out": 3, "outline": 3, "dim": 3, "mill": 3, "mil": 3}
"""`Claim.rank` of extensions that serve for the outline: keep-out layers are often drawn like it, and are often not it."""
DRILLS = _set("drl xln exc ncd tap drd cnc nc fdr rou drill hol nci npt xnc drill_l thruhole")
GERBERS = _set("gbr ger gb pho lpr art gdo fph spl gerber phd gbx pmm lgr x2 274 gbrx2")
"""Extensions that say the format and nothing of the use."""
PLANES = _set("gnd pwr vcc vdd pow")
DOCUMENTS = _set(
    "pdf png jpg jpeg gif svg bmp tif tiff webp md rst html htm doc docx odt rtf ppt pptx dxf dwg step stp wrl iges igs stl json"
    " xml yaml yml ini cfg gvp gpf gerberset db ps eps url webloc kicad_sch kicad_pro kicad_prl kicad_wks kicad_dru sch schdoc"
    " prjpcb pro dsn py sh bat scr cam lib gitignore gitattributes bak sha256 md5 asc exe rul lmc lbr"
)
REPORTS = _set("log rpt rep dri gpi apr extrep lst drr fdl fpl status ldp drill_report erc drc")
BOARDS = _set("kicad_pcb pcbdoc brd pcb lht fzz fz hyp t3001 pdsprj dip epcb emn")
ARCHIVES = _set("zip rar 7z gz tgz tar bz2 xz zst")
NETLISTS = _set("ipc d356 356 356a ipc356 d356a ipc-d-356")
TABLES = _set("csv tsv txt xls xlsx ods pos xy mnt mnb html bom xyrs cpl xml")
PARTS = _set("bom parts partlist partslist")
PLACES = _set("pos cpl pnp placement centroid xyrs mnt position positions")
JUNK = re.compile(r"\._.*|thumbs\.db|\.ds_store|desktop\.ini|\.git.*|~\$.*|\.~lock.*", re.I)
PAPERS = re.compile(
    r"(licen[cs]e|readme|read[ _-]me|copying|notice|authors|changelog|changes|source|manifest|how-to-order.*|.*notes?)(\W.*)?",
    re.I,
)

PHRASES = [
    ("solder paste", "paste"), ("paste mask", "paste"), ("metal mask", "paste"), ("solder cream", "paste"),
    ("crt yd", "courtyard"), ("peelable mask", "other"), ("carbon mask", "other"), ("gold mask", "other"),
    ("component mask", "top mask"), ("solder stop mask", "mask"), ("solder stop", "mask"), ("solder mask", "mask"),
    ("solder resist", "mask"), ("stop mask", "mask"), ("silk screen", "silk"), ("silk s", "silk"), ("component print", "silk"),
    ("board outline", "outline"), ("board outlline", "outline"), ("edge cuts", "outline"), ("edge cut", "outline"),
    ("board shape", "outline"), ("board edge", "outline"), ("board profile", "outline"), ("outline layer", "outline"),
    ("mechanical details", "outline"), ("drill map", "drawing"), ("drl map", "drawing"), ("doc fab", "drawing"),
    ("drill drawing", "drawing"), ("drill guide", "drawing"), ("nc legend", "drawing"), ("drill legend", "drawing"),
    ("pad master", "user"), ("non plated", "npth"), ("not plated", "npth"), ("un plated", "npth"), ("component side", "top"),
    ("solder side", "bottom"), ("inner layer", "inner"), ("internal plane", "plane"), ("mid layer", "inner"),
    ("power plane", "plane"), ("ground plane", "plane"), ("v score", "user"), ("v cut", "user"),
]  # fmt: skip
"""Words that mean something else together than apart; the longer ones first."""
WORDS: dict[str, str] = {
    word: meaning
    for meaning, words in {
        "top": "top front upper primary prm oben",
        "bottom": "bottom bot back lower btm secondary sec unten",
        "inner": "inner internal int inr intern mid midlayer innerlayer in",
        "copper": "cu copper etch etchlayer conductor conductive signal sig elec kupfer",
        "number": "l lyr layer ly art",
        "plane": "plane internalplane gnd ground pwr power vcc vdd gp",
        "mask": "mask soldermask resist solderresist smask stopmask stop sm masking",
        "paste": "paste solderpaste pastemask cream stencil metalmask",
        "silk": "silk silks silkscreen legend overlay slk sslk symbol silkscr ident place posi",
        "outline": "outline boardoutline edgecuts edge profile contour boundary dimension border umriss boardshape cutout",
        "adhesive": "adhes adhesive glue",
        "courtyard": "crtyd courtyard",
        "fab": "fab",
        "margin": "margin",
        "user": "user dwgs cmts eco document documentlayer vscore vcut mechanical mech",
        "keepout": "keepout",
        "drawing": "drawing drillmap drilldrawing drillguide assembly assy asm map guide fabrication title",
        "drill": "drill bohr drills drl hole holes ncdrill ncroute rout route routing slot slots mill via vias thru through",
        "pth": "pth plated plt",
        "npth": "npth nplt unplated nonplated",
        "other": "peelable carbon",
    }.items()
    for word in words.split()
}
COMPOUND = {
    "smc": "top mask", "sms": "bottom mask", "spc": "top paste", "sps": "bottom paste", "ssc": "top silk", "sss": "bottom silk",
    "tslk": "top silk", "bslk": "bottom silk", "smt": "top mask", "smb": "bottom mask", "sst": "top silk", "ssb": "bottom silk",
    "spt": "top paste", "spb": "bottom paste", "tsm": "top mask", "bsm": "bottom mask", "tstop": "top mask",
    "bstop": "bottom mask", "smtop": "top mask", "smbot": "bottom mask", "sptop": "top paste", "spbot": "bottom paste",
    "sstop": "top silk", "ssbot": "bottom silk", "astop": "top assembly", "asbot": "bottom assembly", "tplace": "top silk",
    "bplace": "bottom silk", "tcream": "top paste", "bcream": "bottom paste", "tmask": "top mask", "bmask": "bottom mask",
    "tsilk": "top silk", "bsilk": "bottom silk", "tpaste": "top paste", "bpaste": "bottom paste", "fcu": "top cu",
    "bcu": "bottom cu", "pthdrill": "pth drill", "npthdrill": "npth drill", "pmt": "top paste", "pmb": "bottom paste",
    "gerber": "", "gbr": "",
}  # fmt: skip
"""What Allegro, OrCAD, Eagle and others write in one word."""
GLUED = re.compile(
    r"(top|bottom|bot|front|back|inner)"
    r"(mask|soldermask|silk|silkscreen|paste|solderpaste|copper|layer|side|overlay|solder|assembly|resist|cu)"
)
PADS = re.compile(r"(art|smt|smb|smd|sm|sst|ssb|ss|sp|dd|drl|adt|adb|ad)(\d{2}\d?)(\d{2}\d?)?$")
PADS_KINDS = {
    "art": "copper", "sm": "mask", "smt": "mask", "smb": "mask", "ss": "silk", "sst": "silk", "ssb": "silk", "smd": "paste",
    "sp": "paste", "dd": "drawing", "ad": "drawing", "adt": "drawing", "adb": "drawing", "drl": "drill",
}  # fmt: skip
EAGLE = (1, 16)
"""Eagle's numbers of the top and bottom layers, however many lie between them."""
USER_LAYERS = {"dwgs": "Dwgs.User", "cmts": "Cmts.User", "drawings": "Dwgs.User", "comments": "Cmts.User"}
TYPES = frozenset(("copper", "mask", "paste", "silk", "adhesive", "courtyard", "fab"))
"""Meanings before which a single F or B is a side."""
PLAIN_TYPES = frozenset(("copper", "mask", "paste", "silk", "outline", "keepout", "user"))
DRILL_WORDS = _set("drill bohr drills drl hole holes ncdrill ncroute")
"""Words that alone make a file a drill file; vias and slots do not."""
