"""What names tell of a component: the family in a footprint's name, in a reference, in a value."""

from __future__ import annotations

import re
from functools import lru_cache

_CODES = "01005|0201|0402|0603|0805|1008|1206|1210|1806|1808|1812|1825|2010|2220|2225|2512"
_METRIC = {
    "0402": "01005", "0603": "0201", "1005": "0402", "1608": "0603", "2012": "0805", "3216": "1206", "3225": "1210",
    "4532": "1812", "5025": "2010", "6332": "2512", "5750": "2220",
}  # fmt: skip
_EDGE = r"(?<![a-z])"
_END = r"(?![a-z])"
# The first pattern that a name holds tells the family. What is no part comes first: a name such as "TestPoint_THTPad"
# or "MountingHole_3.2mm_M3_Pad" holds words of others as well.
_NAMES: tuple[tuple[str, str], ...] = tuple(
    (family, pattern)
    for family, pattern in (
        ("fiducial", r"fiducial|(?<![a-z])fid(?![a-z])|fiduciary|registration[-_ ]?mark"),
        ("testpoint", r"test[-_ ]?(point|pad|pin)|(?<![a-z])tp(?![a-z])|(?<![a-z])tp_|measurement[-_ ]?point|mess?punkt"),
        ("jumper", r"solder[-_ ]?(jumper|bridge|link)|net[-_ ]?tie|(?<![a-z])sj(?![a-z])|jumper[-_ ]?(pad|smd|solder)"),
        ("hole", r"mount(ing)?[-_ ]?hole|(?<![a-z])m\d(\.\d)?[-_ ]?hole|tooling|screw[-_ ]?hole|mouse[-_ ]?bite|stand[-_ ]?off[-_ ]?hole"),
        ("card-edge", r"card[-_ ]?edge|edge[-_ ]?finger|edge[-_ ]?conn?ector[-_ ]?pcb|buspci|pcie?[-_ ]?x\d+|m\.?2[-_ ]?edge|tag[-_ ]?connect"),
        ("mark", r"logo|symbol[-_ :]|oshw|silkscreen|artwork|(?<![a-z])kibuzzard|label"),
        ("module", r"module|(?<![a-z])esp(32|-?\d\d)|wroom|wrover|stamp|castellat|rf[-_ ]?mod"),
        ("shield", r"shield|rf[-_ ]?can"),
        ("mech", r"heat[-_ ]?sink|stand[-_ ]?off|spacer|smtso|screw(?!.?term)|clip|holder(?=.*fuse)"),
        ("xtal", r"crystal|xtal|oscillator|(?<![a-z])osc(?![a-z])|resonator|hc[-_ ]?49|hc[-_ ]?18|abm\d|tcxo"),
        ("tall", r"electrolytic|cp_elec|buzzer|relay|(?<![a-z])emx|button|tact|push|switch|(?<![a-z])sw(?![a-z])|battery|potentiometer|trimmer"),
        ("conn", r"conn(ector)?|header|socket|jst|molex|usb|hdmi|rj[-_ ]?45|rj[-_ ]?11|jack|terminal|d-?sub|fpc|ffc|sma[-_]|u\.?fl|ipex|mhf|coax|barrel|sd[-_ ]?card|micro[-_ ]?sd|sim[-_ ]?card|phoenix|samtec|hirose|amphenol|bornier|idc|receptacle|plug|pogo|dimm|simm"),
        ("BGA", r"bga|csp(?!i)|(?<![a-z])wlp|ucsp|dsbga"),
        ("PLCC", r"plcc|(?<![a-z])led[-_ ]?.*(3528|5050|ws28|sk68)|ws2812|sk6812"),
        ("QFN", r"qfn|dfn|(?<![a-z])mlf|(?<![a-z])son(?![a-z])|lga|mlp|lcc|lfcsp|uson|wson|vson|powerpak|qsmd|pqfn"),
        ("QFP", r"qfp"),
        ("SO", r"soic|s?sop(?!ad)|tssop|(?<![a-z])so[-_ ]?p?\d|(?<![a-z])so(?![a-z])|msop|vsop|soj|tsop"),
        ("SOT", r"(?<![a-z])t?sot|sc-?(70|59|88|74|89|90|82)|dpak|ddpak|d2pak|to-?(252|263|268|269)|(?<![a-z])dck"),
        ("DIP", r"(?<![a-z])[cps]?dip|(?<![a-z])dil"),
        ("axial", r"axial|do-?(35|34|41|201|15|27)(?!\d)"),
        ("radial", r"radial|c_disc|_disc_|cp_rad"),
        ("THT", r"(?<![a-z])to-?(92|220|247|126|3|218|39|18|5)(?!\d)|led_d\d|tht"),
        ("chip", r"(?<!\d)(" + _CODES + r")(?!\d)|metric|chip|melf|(?<![a-z])sod-?\d|do-?(214|216|219|220|213)|(?<![a-z])sm[abcd](?![a-z])|tantal|eia-?\d|(?<![a-z])[rcl]_"),
    )
)  # fmt: skip
_PATTERN = re.compile("|".join(f"(?P<f{i}>{pattern})" for i, (_, pattern) in enumerate(_NAMES)), re.IGNORECASE)
_CODE = re.compile(rf"(?<!\d)({_CODES})(?!\d)")
_METRIC_CODE = re.compile(r"(?<!\d)(\d{4})[-_ ]?metric", re.IGNORECASE)
_REFS = {
    "J": "conn", "P": "conn", "CN": "conn", "CON": "conn", "X": "conn", "USB": "conn", "Y": "xtal", "XTAL": "xtal", "XT": "xtal",
    "TP": "testpoint", "FID": "fiducial", "FD": "fiducial", "JP": "jumper", "SJ": "jumper", "NT": "jumper", "H": "hole",
    "MH": "hole", "LOGO": "mark", "G": "mark", "SW": "tall", "S": "tall", "K": "tall", "BT": "tall", "BZ": "tall", "LS": "tall",
    "SH": "shield", "HS": "mech",
}  # fmt: skip
_PREFIX = re.compile(r"[A-Za-z]+")


@lru_cache(maxsize=4096)
def family_of_name(footprint: str) -> str:
    """Family that a footprint's name tells, `chip` and `conn` where the lands must say which; '' where it tells none."""
    best: tuple[int, str] | None = None
    for found in _PATTERN.finditer(footprint):
        which = int((found.lastgroup or "f0")[1:])
        if best is None or which < best[0]:
            best = which, _NAMES[which][0]
    return best[1] if best else ""


@lru_cache(maxsize=4096)
def size_of_name(footprint: str) -> str:
    """Imperial size code in a footprint's name, '' without: `R_0402_1005Metric` and `C_1005Metric` are 0402."""
    metric = _METRIC_CODE.search(footprint)
    if metric and metric[1] in _METRIC:
        return _METRIC[metric[1]]
    found = _CODE.search(footprint)
    return found[1] if found else ""


@lru_cache(maxsize=4096)
def prefix(ref: str) -> str:
    """Letters that a reference starts with, in capitals."""
    found = _PREFIX.match(ref)
    return found[0].upper() if found else ""


def family_of_prefix(ref: str) -> str:
    """Family that a reference's letters suggest, '' where they leave it open."""
    return _REFS.get(prefix(ref), "")
