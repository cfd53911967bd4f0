"""What names tell of a component: the family in the name of a footprint or its library, in a reference, in a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_CODES = "01005|0201|0402|0603|0805|1008|1206|1210|1806|1808|1812|1825|2010|2220|2225|2512"
METRIC = {
    "0402": "01005", "0603": "0201", "1005": "0402", "1608": "0603", "2012": "0805", "3216": "1206", "3225": "1210",
    "4532": "1812", "5025": "2010", "6332": "2512", "5750": "2220",
}  # fmt: skip
"""Imperial size codes by the metric ones, as makers of resistors and capacitors pair them."""

# The first row that a name matches tells the family. `<` and `>` stand for the edges of a word of letters. What is no part
# comes first: "TestPoint_THTPad" and "MountingHole_3.2mm_M3_Pad" hold words of others as well. `chip`, `conn`, `led`, `array`,
# `switch` and `leaded` are told apart by the lands.
_NAMES = (
    ("fiducial", "fiducial", "<fid>", "fid_?mark", "registration[-_ ]?mark", "passermarke"),
    ("testpoint", "test[-_ ]?(point|pad|pin|pt)", "<tp>", "mess?punkt", "measurement[-_ ]?point"),
    ("nettie", "net[-_ ]?tie"),
    ("jumper", "solder[-_ ]?(jumper|bridge|link)", "<sj>", "jumper[-_ ]?(pad|smd|solder)", "l(oe|ö)tbr(ue|ü)cke"),
    ("card-edge", "card[-_ ]?edge", "edge[-_ ]?finger", "buspci", "castellat\\w*_\\dx\\d", "pcb[-_ ]?(trace|edge)",
     "touch[-_ ]?pad", "captouch", "<pcie?[-_ ]?x\\d+", "m\\.?2[-_ ]?edge", "tag[-_ ]?connect", "<tc20[357]0"),
    ("hole", "mount(ing)?[-_ ]?hole", "(?<![a-z])hole", "[-_]hole", "tooling", "mouse[-_ ]?bite", "<npth>", "bohrung",
     "stitch", "^drill", "^m\\d(\\.\\d)?[-_ ]?(screw|bolt)?>$"),
    ("mark", "logo", "^symbol", "oshw", "silkscreen_", "artwork", "kibuzzard", "<label>", "<sign>", "_sign"),
    ("array", "array", "network", "r_?net", "<\\d[x*]0?(201|402|603|805)", "\\(4x0603\\)", "convex", "concave", "<cay1?\\d",
     "<exb-?\\w?\\d", "<yc\\d{3}", "<ra\\d{4}"),
    ("module", "module", "<esp(32|-?\\d\\d|8266)", "wroom", "wrover", "castellat", "arduino", "pro_?micro", "teensy",
     "nodemcu", "wemos", "raspberry", "rpi", "<xiao", "ttgo", "t-display", "breakout",
     "<pico(?![-_]?(blade|lock|ez|spox|clasp))", "<hc-?0[56]>", "rfm\\d\\d", "<xbee", "feather(?!.*header)"),
    ("shield", "shield(?!ed)", "rf[-_ ]?can>"),
    ("mech", "heat[-_ ]?sink", "stand[-_ ]?off", "spacer", "smtso", "<97[47]\\d{7}", "^m\\d(\\.\\d)?-\\d+mm", "stabili[sz]er"),
    ("conn", "hot[-_ ]?swap", "kailh.*socket"),
    ("tall", "electrolytic", "<c?p?_?elec", "<elko", "panasonic_(smd_)?[a-g]\\d?>"),
    ("switch", "buzzer", "speaker", "piezo", "switch", "<sw>", "push[-_ ]?button", "button", "(?<!con)tact(?!u)", "encoder",
     "relay", "potentiometer", "trimmer", "trimpot", "<pot>", "battery", "batt", "cr20\\d\\d", "cr12\\d\\d", "cherry",
     "<mx1a", "<mx[-_]", "<choc", "<kailh(?!.*socket)", "<evqp?", "<pts[-_ ]?\\d", "<skr[kp]", "<skqg", "<skhh", "<kmr\\d",
     "<b3[usf]", "<tl3\\d", "<ts-?1\\d", "<1?ts\\d", "transformer", "^pb-", "<reed"),
    ("conn", "conn(ector|_|\\d|>)", "header", "<hdr", "<jst", "molex", "usb", "hdmi", "displayport", "rj-?(45|1[0-2]|9)",
     "jack", "terminal", "schraubklemme", "buchse", "stecker", "stiftleiste", "d-?sub", "<d[abe]-?(9|15|25)>", "<fpc", "<ffc",
     "sma[-_](amphenol|molex|samtec|edge|jack|vert|right|\\d{4})", "<u\\.?fl", "ipe?x[-_]", "<mhf", "coax", "barrel",
     "sd[-_ ]?card", "micro[-_ ]?sd", "sim[-_ ]?card", "<sim\\d\\d", "phoenix", "samtec", "hirose", "amphenol", "<bornier",
     "<idc", "receptacle", "plug", "pogo", "(?<!s)dimm>", "<ak300", "placeholder", "so-?dimm", "<bnc", "<xlr",
     "<pads?[-_ ]?row", "<pin_array", "<pinh", "<hn\\dx\\d", "<ph-?\\d+[-_ ]?pin", "<kf\\d{3}", "<xh-?\\d",
     "<df\\d\\d?[-_a-z]", "<bm\\d\\d[-_b]", "screw"),
    ("xtal", "crystal", "xtal", "oscill?at", "<osc>", "resonator", "<hc-?(49|18|33)", "<abm\\d", "<abls", "tcxo",
     "quar[tz]z?", "<tsx-?\\d"),
    ("BGA", "bga", "wlcsp", "<csp>", "<wlp", "ucsp", "<wlb"),
    ("PLCC", "plcc", "<soj"),
    ("QFN", "qfn", "dfn", "<mlf", "<(x\\d|[uvw])?son(?!d)", "lga", "<mlp", "<l?lcc>", "lfcsp", "powerpak", "<llp", "uqfn",
     "<vqfn", "<pdso-n"),
    ("QFP", "qfp"),
    ("SOT", "<t?sot", "<sc-?(70|59|88|74|89|90|82)", "d2?pak", "<to-?(252|263|268|269)", "<sot23", "<tsop-?[56]>"),
    ("SO", "soic", "<[hmpqtuv]*s+op(?!t)", "<so[-_ ]?p?\\d", "<so>", "<micro-?so", "pdso", "<umax"),
    ("DIP", "<[cps]*dip", "<dil>", "<dil\\d"),
    ("led", "(?<![a-z])led", "neopixel", "ws28\\d\\d", "sk68\\d\\d", "apa102"),
    ("axial", "axial", "<do-?(35|34|41|15|27|201)>", "<r\\d$", "<d\\d$"),
    ("radial", "radial", "<c_?disc", "<c_rect", "<c1$", "<cp_?rad"),
    ("leaded", "<to-?(92|220|247|126|3|218|39|18|5|46)>", "<tht>", "fuse_?holder", "<pga\\d", "<sip-?\\d", "_sip-?\\d",
     "<varistor", "<rv_disc"),
    ("chip", f"(?<!\\d)({_CODES})(?!\\d)", "metric", "<chip", "melf", "<sod-?\\d", "<do-?(214|216|219|220|213)",
     "<d_sm[abc]>", "<sm[abc]f?>", "<dsn\\d", "tantal", "<eia-?\\d", "<[rcf]_\\d", "powerdi", "<ferrite", "<msd\\d"),
    ("coil", "^l_", "inductor", "<ihlp", "<srn\\d", "choke", "drossel", "<coil"),
)  # fmt: skip
_LIBRARIES = (
    ("conn", "conn"), ("switch", "button"), ("switch", "switch"), ("switch", "taster"), ("xtal", "crystal"), ("xtal", "oscil"),
    ("xtal", "quarz"), ("led", "<leds?>"), ("mark", "^symbols?$"), ("mark", "logo"), ("mark", "signs?>"), ("mark", "graphic"),
    ("module", "^(rf_|mcu_)?modules?$"), ("fiducial", "fiducial"), ("testpoint", "^test_?points?$"), ("testpoint", "<pads>"),
    ("jumper", "jumpers?>"),
)  # fmt: skip


class _Pattern:
    """A pattern that is compiled only once a name holds its letters: compiling all takes longer than reading a small board."""

    __slots__ = ("family", "literal", "pattern", "search")

    def __init__(self, family: str, pattern: str) -> None:
        self.family, self.pattern = family, pattern
        self.search: Callable[[str], object] | None = None
        self.literal = max(_NO_LITERAL.sub(" ", pattern).split(), key=len, default="")

    def fits(self, name: str) -> bool:
        """Whether a name in small letters holds it."""
        if self.literal not in name:
            return False
        if self.search is None:
            edges = re.sub("(?<![?!(])<(?![!=])", "(?<![a-z])", self.pattern.replace(">", "(?![a-z])"))
            self.search = re.compile(edges).search
        return self.search(name) is not None


_NO_LITERAL = re.compile(r"\(\?[^()]*\)|\([^()]*\)\??|\[[^]]*\][?*+]?|\\[dw][?*+]?|[^\\]\?|\.\*|\.|\\|\{\d\}|[<>^$+|()]")
"""What need not stand in a name, letter by letter, for a pattern to fit."""
_BY_NAME = tuple(_Pattern(family, pattern) for family, *patterns in _NAMES for pattern in patterns)
_BY_LIBRARY = tuple(_Pattern(family, pattern) for family, pattern in _LIBRARIES)
_CODE = re.compile(rf"(?<!\d)({_CODES})(?!\d)")
_METRIC_CODE = re.compile(r"(?<!\d)(\d{4})[-_ ]?metric", re.IGNORECASE)
_IPC = re.compile(r"(?:CAP|RES|IND|LED|DIO|FUS|BEAD)[CM](\d{4})X", re.IGNORECASE)
"""How IPC-7351 names land patterns of chips: by the metric code."""
_BOTH_CODES = re.compile(rf"(?<!\d)({_CODES})[-_ /]({'|'.join(METRIC)})(?!\d)")
_METRIC_ALONE = re.compile(r"(?<![\d.])(1005|1608|2012|3216|4532|6332)(?![\d.])")
_DIODE = re.compile(r"(?<![a-z])sod-?(\d)\d\d", re.IGNORECASE)
SMALL = frozenset({"01005", "0201", "0402", "0603"})
_VALUES = frozenset({"fiducial", "testpoint", "hole", "led", "mech", "leaded", "module", "conn", "xtal"})
_FREQUENCY = re.compile(r"\d+([.,]\d+)?\s*[km]hz", re.IGNORECASE)
_REFS = {
    "J": "conn", "P": "conn", "CN": "conn", "CON": "conn", "X": "conn", "USB": "conn", "TB": "conn", "Y": "xtal", "XTAL": "xtal",
    "OSC": "xtal", "XT": "xtal", "TP": "testpoint", "FID": "fiducial", "FD": "fiducial", "JP": "jumper", "SJ": "jumper",
    "NT": "nettie", "H": "hole", "MH": "hole", "MK": "hole", "LOGO": "mark", "SW": "switch", "S": "switch", "SWITCH": "switch",
    "BTN": "switch", "BUT": "switch", "K": "switch", "BT": "switch", "BAT": "switch", "RV": "switch", "POT": "switch",
    "BZ": "switch", "LS": "switch", "SPK": "switch", "SH": "shield", "HS": "mech", "F": "leaded", "LED": "led", "L": "coil",
    "R": "axial", "C": "radial", "D": "axial", "Q": "leaded", "T": "leaded", "RN": "array", "RP": "array",
    "RA": "array", "RM": "array",
}  # fmt: skip
_PREFIX = re.compile(r"[A-Za-z]+")


@lru_cache(maxsize=8192)
def families_of_name(name: str) -> tuple[str, ...]:
    """Families that the name of a footprint tells, without its library, the likeliest first."""
    name = name.lower()
    return tuple(dict.fromkeys(pattern.family for pattern in _BY_NAME if pattern.fits(name)))


@lru_cache(maxsize=8192)
def size_class(footprint: str) -> str:
    """chip-S or chip-L where a footprint's name tells a diode package or a size code, else ''."""
    code, diode = size_of_name(footprint), _DIODE.search(footprint)
    if diode:
        return "chip-L" if diode[1] in "1234" else "chip-S"
    return ("chip-S" if code in SMALL else "chip-L") if code else ""


@lru_cache(maxsize=1024)
def family_of_library(library: str) -> str:
    """Family that the name of a library tells, '' where it holds parts of many."""
    return next((pattern.family for pattern in _BY_LIBRARY if pattern.fits(library.lower())), "")


@lru_cache(maxsize=8192)
def family_of_value(value: str) -> str:
    """Family that a value tells: a frequency, or the name of what needs no other one."""
    if _FREQUENCY.match(value):
        return "xtal"
    told = families_of_name(value)
    return told[0] if told and told[0] in _VALUES else ""


@lru_cache(maxsize=8192)
def size_of_name(footprint: str) -> str:
    """Imperial size code in a footprint's name, '' without: `R_0402_1005Metric`, `C_1005Metric` and `RESC1005X40N` are 0402."""
    metric = _METRIC_CODE.search(footprint) or _IPC.match(footprint)
    if metric and metric[1] in METRIC:
        return METRIC[metric[1]]
    codes = codes_of_name(footprint)
    return codes[0] if codes else ""


def codes_of_name(footprint: str) -> list[str]:
    """All size codes in a name as imperial ones; a metric code behind its imperial one (`0402_1005`, `0201_0603`) counts once,
    one that is no imperial code (`1005_C`) counts by itself."""
    found = _CODE.findall(footprint)
    for imperial, metric in _BOTH_CODES.findall(footprint):
        if METRIC[metric] == imperial:
            found = [imperial, *(code for code in found if code not in (imperial, metric))]
    return list(dict.fromkeys(found or (METRIC[code] for code in _METRIC_ALONE.findall(footprint))))


@lru_cache(maxsize=8192)
def prefix(ref: str) -> str:
    """Letters that a reference starts with, in capitals."""
    found = _PREFIX.match(ref)
    return found[0].upper() if found else ""


def family_of_prefix(ref: str) -> str:
    """Family that a reference's letters suggest, '' where they leave it open."""
    return _REFS.get(prefix(ref), "")
