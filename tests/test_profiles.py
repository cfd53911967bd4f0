"""The rule catalogue, the profiles, and their loader: what is shipped is well-formed, and what is wrong is told by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfmcheck import select, units
from dfmcheck.errors import DfmError
from dfmcheck.rule import Limits, Rule, load_profile, load_rules, profile_names, resolve
from dfmcheck.tomlfile import read_toml

REPOSITORY = Path(__file__).parent.parent
AXES = {"standard", "class-1", "class-2", "class-3", "level-a", "level-b", "level-c"}
# Rules that speak of the board as a whole, not of items.
OF_THE_BOARD = {"fiducial-global"}
# The fit of a lead, the opening about a land: from level to level the window moves, so that its upper end falls with the lower.
WINDOWS = {("tht-hole-to-lead", "max"), ("mask-clearance", "max")}
RULES = load_rules()
PROFILES = {name: load_profile(name, RULES) for name in profile_names()}


def limits(*names: str, sets: tuple[tuple[str, str, str, str], ...] = ()) -> Limits:
    return resolve(names, RULES, sets)


# --- the shipped catalogue ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_row_says_all_that_a_person_needs(rule: Rule) -> None:
    assert all(len(text) > 15 for text in (rule.measure, rule.why, rule.fix, rule.traps))
    assert rule.tags, "a rule without tags cannot be selected by theme"
    assert "{a}" in rule.message or rule.category == "fabrication.outline" or rule.id in OF_THE_BOARD
    if not rule.always:
        assert "{limit}" in rule.message
        assert "{value}" in rule.message
    for param in rule.params.values():
        assert param.alias is False or param.unit == rule.unit
        assert (param.default_value is not None) == (param.sense == "tune")


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_selections_use_known_tags(rule: Rule) -> None:
    texts = [rule.args.get("a"), rule.args.get("b"), *(t for p in rule.params.values() for t in (p.a, p.b))]
    words = {word for text in texts if text for word in re.findall("[a-z]+", text)}
    assert words <= set(select.FEATURE_TAGS) or words <= set(select.HOLE_TAGS)


def test_origins_point_to_the_line_of_the_row() -> None:
    for rule in RULES.values():
        path, line = rule.origin.split(":")
        assert (REPOSITORY / path).read_text("utf-8").split("\n")[int(line) - 1] == f"[{rule.id}]"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_profile_names_source_and_day_and_its_limits_point_to_their_line(profile) -> None:
    assert profile.title
    assert re.fullmatch(r"20\d\d(-\d\d)?|undated", profile.revision)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", profile.read)
    assert profile.address.startswith("http") or profile.name in AXES
    text = (REPOSITORY / "rules" / "profiles" / f"{profile.name}.toml").read_text("utf-8").split("\n")
    for rule, params in profile.limits.items():
        for name, limit in params.items():
            path, line = limit.origin.split(":")
            assert path == f"rules/profiles/{profile.name}.toml"
            assert re.match(rf"{name} = ", text[int(line) - 1]), f"{rule}.{name} is not at {limit.origin}"
            assert limit.source
            assert limit.unit == RULES[rule].params[name].unit


def test_every_limit_is_within_reason() -> None:
    """A slip of a factor of ten or an inch for a millimetre would show here."""
    spans = {
        "mm": (0.0, 1200.0), "mm2": (1, 500), "ratio": (0.1, 100.0), "count": (0, 30), "%": (0, 120), "deg": (1, 120),
        "1/in2": (1, 500), "1/cm2": (1, 50), "degC": (200, 280), "mg/mm2": (20, 400), "mg/mm": (1, 20), "oz/in2": (20, 200),
    }  # fmt: skip
    for profile in PROFILES.values():
        for rule, params in profile.limits.items():
            for name, limit in params.items():
                for value in filter(None, (limit.value, limit.prefer)):
                    low, high = spans[limit.unit]
                    assert low <= value <= high, f"{profile.name}: {rule}.{name}"
                    if rule.startswith(("copper-clearance", "track-width", "annular", "hole-to-copper", "pad-spacing")):
                        assert 0.05 <= value <= 1.0, f"{profile.name}: {rule}.{name}"


def test_comments_in_mil_agree_with_the_millimetres() -> None:
    found = 0
    for path in (REPOSITORY / "rules" / "profiles").glob("*.toml"):
        for line in path.read_text("utf-8").split("\n"):
            if match := re.search(r'"([\d.]+) mm".*#.*?([\d.]+) mil', line):
                assert units.parse(f"{match[2]} mil", "mm") == pytest.approx(float(match[1]), abs=1e-9), f"{path.name}: {line}"
                found += 1
    assert found > 20


def test_what_a_profile_does_not_state_stays_off_and_is_listed() -> None:
    seeed = PROFILES["seeed"]
    assert "drill-aspect-ratio" in seeed.unstated
    assert "drill-aspect-ratio" not in limits("seeed")
    assert "min_inner" not in limits("seeed")["track-width"]
    assert "track-width" not in seeed.unstated
    assert not any(RULES[rule].always for rule in seeed.unstated)
    assert PROFILES["standard"].unstated == ()


# --- the standard -------------------------------------------------------------------------------------------------------

# Profiles that cost extra, or ask for more than their maker must have.
SPECIAL = {"ace-minimum", "epec-advanced", "multi-cb-special", "rushpcb-advanced", "stevenage-advanced", "stevenage-technical"}
SPECIAL |= {f"eurocircuits-class{n}" for n in (3, 4, 5, 7, 8, 9)}
# Assemblers state what they like best, not what they can place: the catalogue's levels draw from them, and they set no standard.
SPECIAL |= {"alfatron", "ginzinger", "jlcpcb-assembly", "oem-process", "philips-nxp-wave", "quick-teck", "reflow"}
SPECIAL |= {"seeed-assembly", "technolab"}
# Boards that manufacturers build all the time break what these manufacturers state, so that figure is only preferred.
RELAXED = {("hole-to-hole", "diff_net"), ("silk-over-opening", "to_opening")}
# 4, 5 and 10 mil, which the trade prints as round metric figures as often.
ROUND = {0.1016: 0.1, 0.127: 0.125, 0.254: 0.25}


def stated(rule: str, param: str) -> dict[str, float]:
    """By company, the most capable value that its plain profiles state. A company is the first word of a profile's name."""
    found: dict[str, float] = {}
    best = min if RULES[rule].params[param].sense == "min" else max
    for name, profile in PROFILES.items():
        limit = profile.limits.get(rule, {}).get(param)
        if name not in AXES | SPECIAL and limit is not None and limit.value is not None:
            company = name.split("-")[0]
            found[company] = best(found.get(company, limit.value), limit.value)
    return found


def test_the_standard_is_what_the_third_most_capable_manufacturer_builds() -> None:
    ours = PROFILES["standard"].limits
    thirds = 0
    for rule in RULES.values():
        for param in rule.judged:
            values = sorted(stated(rule.id, param.name).values(), reverse=param.sense == "max")
            if len(values) < 3:
                continue
            limit = ours[rule.id][param.name]
            if (rule.id, param.name) in RELAXED:
                assert (limit.prefer, len(limit.note) > 80) == (pytest.approx(values[2]), True)
                continue
            assert limit.value == pytest.approx(ROUND.get(values[2], values[2])), f"{rule.id}.{param.name}"
            assert sum(v <= limit.value + 0.005 if param.sense == "min" else v >= limit.value for v in values) >= 3
            assert len(limit.source.split(",")) == 3, "the three are named at the value"
            thirds += 1
    assert thirds >= 20


def test_the_standard_falls_back_to_level_c_where_few_state_a_value() -> None:
    ours, level_c, class_1 = (PROFILES[n].limits for n in ("standard", "level-c", "class-1"))
    compared = 0
    for rule, params in ours.items():
        for name, limit in params.items():
            axis = level_c if limit.source.startswith("level C") else class_1 if limit.source.startswith("class 1") else None
            if axis is not None:
                assert len(stated(rule, name)) < 3 or (rule, name) in RELAXED
                assert limit.value == axis[rule][name].value, f"{rule}.{name}"
                compared += 1
    assert compared >= 15


def test_the_standard_prefers_level_b_or_class_2() -> None:
    ours = PROFILES["standard"].limits
    for rule, params in ours.items():
        for name, limit in params.items():
            for axis, text in (("level-b", "prefer: level B"), ("class-2", "prefer: class 2")):
                if text in limit.note:
                    assert limit.prefer == PROFILES[axis].limits[rule][name].value, f"{rule}.{name}"


@pytest.mark.parametrize(("lax", "strict"), [("level-b", "level-a"), ("class-1", "class-2"), ("class-2", "class-3")])
def test_the_axes_are_ordered(lax: str, strict: str) -> None:
    for rule, params in PROFILES[lax].limits.items():
        for name, limit in params.items():
            other = PROFILES[strict].limits[rule][name]
            ordered = other.value >= limit.value if limit.sense == "min" else other.value <= limit.value
            assert ordered or limit.sense == "tune" or (rule, name) in WINDOWS, f"{rule}.{name}"  # a tune has no side


def test_a_manufacturer_finer_class_asks_for_no_more() -> None:
    for coarse in range(3, 9):
        one, two = (limits(f"eurocircuits-class{n}") for n in (coarse, coarse + 1))
        for rule, params in one.items():
            assert all(two[rule][name].value <= limit.value for name, limit in params.items())


def test_eurocircuits_rings_are_on_the_tool() -> None:
    """Pattern class 6: land of 0.6 mm, hole of 0.25 mm finished, tool of 0.35 mm: a ring of exactly 0.125 mm."""
    ring = limits("eurocircuits")["annular-ring-outer"]
    assert set(ring) == {"tool_via", "tool_tht", "tool_allowance"}
    assert (0.6 - (0.25 + ring["tool_allowance"].value)) / 2 == pytest.approx(ring["tool_via"].value)


# --- chains and settings ------------------------------------------------------------------------------------------------


def test_later_profiles_win_key_by_key() -> None:
    both = limits("standard", "jlcpcb-2l")
    assert both["track-width"]["min_outer"].value == 0.127
    assert both["track-width"]["min_outer"].prefer is None, "the whole limit is replaced"
    assert both["track-width"]["min_inner"] == limits("standard")["track-width"]["min_inner"]
    assert both["track-width"]["min_outer"].origin.startswith("rules/profiles/jlcpcb-2l.toml:")
    assert both.chain == ("standard", "jlcpcb-2l")
    assert both.revision == "2026-11 + 2026"
    assert both.read == "2026-11-22"


def test_a_profile_applies_what_it_extends_first() -> None:
    chain = limits("multi-cb-special")
    assert chain.chain == ("multi-cb", "multi-cb-special")
    assert chain["drill-aspect-ratio"]["through_max"].value == 12
    assert chain["copper-to-edge"]["outer_track"].value == 0.2, "from multi-cb"


def test_set_reaches_one_parameter_or_all_of_a_sense() -> None:
    one = limits("standard", sets=(("copper-clearance", "min_outer", "8 mil", "--set"),))["copper-clearance"]
    assert one["min_outer"].value == pytest.approx(0.2032)
    assert one["min_outer"].prefer is None
    assert one["min_outer"].origin == "--set"
    assert one["min_inner"].value == 0.1
    every = limits("standard", sets=(("copper-clearance", "min", "0.3mm", "--set"),))["copper-clearance"]
    assert {limit.value for limit in every.values()} == {0.3}


def test_set_leaves_parameters_on_another_footing_alone() -> None:
    ring = limits("eurocircuits", sets=(("annular-ring-outer", "min", "0.2 mm", "--set"),))["annular-ring-outer"]
    assert ring["tool_via"].value == 0.125
    assert ring["design_via"].value == ring["design_tht"].value == 0.2
    web = limits("standard", sets=(("board-web", "min", "3 mm", "--set"),))["board-web"]
    assert (web["web_min"].value, web["web_min_x_thickness"].prefer) == (3.0, 1.0)


def test_set_of_a_parameter_that_is_itself_called_min() -> None:
    inner = limits("eurocircuits", sets=(("hole-to-copper-inner", "min", "0.4 mm", "--set"),))["hole-to-copper-inner"]
    assert (inner["min"].value, inner["tool"].value) == (0.4, 0.2)


def test_off_takes_a_limit_away() -> None:
    assert "blind_buried_allowed" in limits("standard")["via-span"]
    assert "blind_buried_allowed" not in limits("standard", "level-c")["via-span"]
    sets = (("acid-trap", "min", "off", "--set"),)
    assert "acid-trap" not in limits("standard", sets=sets)


def test_five_mil_are_0_127_mm() -> None:
    imperial = limits(sets=(("track-width", "min_outer", "5 mil", "--set"),))["track-width"]["min_outer"].value
    metric = limits("jlcpcb-2l")["track-width"]["min_outer"].value
    assert metric == 0.127
    assert abs(imperial - metric) < 1e-12
    assert not units.below(imperial, metric)
    assert not units.below(metric, imperial)


@pytest.mark.parametrize(
    ("rule", "param", "value", "expected"),
    [
        ("copper-clearence", "min", "0.2mm", r"--set: .*no rule 'copper-clearence'; did you mean 'copper-clearance'\?"),
        ("copper-clearance", "min_out", "0.2mm", r"no parameter 'min_out'; did you mean 'min_outer'\?"),
        ("copper-clearance", "max", "0.2mm", "no parameter 'max'"),
        ("copper-clearance", "min", "0.2", "no unit"),
        ("copper-clearance", "min", "0.2 kg", "kg"),
        ("copper-clearance", "min", "-0.2 mm", "must not be negative"),
        ("drill-tool-count", "max", "3 mm", "mm"),
        ("outline-open", "min", "1 mm", r"no parameter 'min'"),
    ],
)
def test_a_wrong_set_is_refused(rule: str, param: str, value: str, expected: str) -> None:
    with pytest.raises(DfmError, match=expected):
        limits(sets=((rule, param, value, "--set"),))


# --- broken files -------------------------------------------------------------------------------------------------------

PROFILE = 'title = "T"\nsource = "S"\nrevision = "2026"\nread = "2026-01-01"\n'


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("tittle = 1\n", 5, r"unknown key of a profile 'tittle'; did you mean 'title'\?"),
        ("[limits.track-with]\nmin_outer = '1 mm'\n", 5, r"no rule 'track-with'; did you mean 'track-width'\?"),
        ("[limits.track-width]\n\nmin_outer = 0.2\n", 7, "0.2 has no unit|'0.2' has no unit"),
        ("[limits.track-width]\n# a comment\nmin_outer = '2'\n", 7, "no unit"),
        ("[limits.track-width]\nmin_outr = '1 mm'\n", 6, r"no parameter 'min_outr'; did you mean 'min_outer'\?"),
        ("[limits.track-width]\nmin_outer = { max = '1 mm' }\n", 6, "is a min, not a max"),
        ("[limits.track-width]\nmin_outer = { min = '1 mm', prefered = '2 mm' }\n", 6, "'prefered'.* mean 'prefer'"),
        ("[limits.track-width]\nmin_outer = { min = '1 mm', prefer = '0.5 mm' }\n", 6, "laxer"),
        ("[limits.track-width]\nmin_outer = { source = 'a b' }\n", 6, "has no number"),
        ("[limits.track-width]\nmin_outer = { min = '1 mm', source = 'pag' }\n[sources]\npage = 'x'\n", 6, "mean 'page'"),
        ("[limits.track-width]\nmin_outer = { min = true }\n", 6, "not a number"),
        ("[limits.outline-open]\njoin_tol = { min = '1 mm' }\n", 6, "write value"),
        ("[severity]\ntrack-width = 'fatal'\n", 6, "severity 'fatal'"),
        ("[severity]\ntrack = 'error'\n", 6, "no rule 'track'"),
        ("extends = 'standard'\n", 5, "extends must be a list"),
        ("extends = ['standrd']\n", 5, r"no profile 'standrd'; did you mean 'standard'\?"),
        ("limits = 3\n", 5, "limits must be a table"),
        ("[limits.track-width\n", 5, "not valid TOML"),
    ],
)
def test_a_defect_of_a_profile_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    path = write(tmp_path, PROFILE + text)
    with pytest.raises(DfmError, match=expected) as told:
        limits(path)
    assert str(told.value).startswith(f"{path}:{line}: ")
    assert "\n" not in str(told.value)


ROW = """
[my-rule]
title = "T"
category = "c"
severity = "error"
check = "gap"
unit = "mm"
measure = "m"
why = "w"
fix = "f"
message = "{a} {value} {limit}"
tags = [
  "one",  # with a bracket ] in a comment
  "t]wo",
]
[my-rule.params.min]
sense = "min"
text = "t"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ('title = "T"\n', "\n", 2, "lacks title"),
        ('severity = "error"', 'severity = "fatal"', 5, "unknown severity 'fatal'"),
        ('unit = "mm"', 'unit = "furlong"', 7, "unknown unit 'furlong'"),
        ('fix = "f"', 'fix = "f"\nneeds = ["mask", "cuortyards"]', 11, r"unknown fact 'cuortyards'.*'courtyards'"),
        ("{value}", "{valeu}", 11, r"unknown placeholder 'valeu'.*'value'"),
        ("{value}", "{value", 11, "message: unexpected '{'"),
        ('why = "w"', 'why = "w"\nwhence = "x"', 10, "unknown key of a rule 'whence'"),
        ('sense = "min"', 'sense = "minimum"', 17, r"unknown sense 'minimum'"),
        ('sense = "min"', 'sense = "min"\ndefault = "1 mm"', 16, "a tune needs a default"),
        ('sense = "min"', 'sense = "tune"\ndefault = "1 mm"', 2, "always = true"),
        ('text = "t"', 'text = "t"\nsides = 2', 19, "unknown key of a parameter 'sides'"),
        ("[my-rule]", "[My_Rule]", 2, "lower-case words"),
        ("[my-rule]", "[track-width]", 2, "exists already, see rules/fabrication.toml:"),
        ('measure = "m"', "measure = 3", 8, "measure must be a text"),
    ],
)
def test_a_defect_of_a_rule_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, expected: str) -> None:
    text = ROW.replace(old, new, 1).replace("[my-rule.params", new[:-1] + ".params" if old == "[my-rule]" else "[my-rule.params")
    path = write(tmp_path, text)
    with pytest.raises(DfmError, match=expected) as told:
        load_rules([path])
    assert str(told.value).startswith(f"{path}:{line}: ")


def test_rules_of_a_folder_join_the_catalogue(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    rules = load_rules([tmp_path])
    assert rules["my-rule"].origin == f"{tmp_path / 'mine.toml'}:2"
    assert rules["my-rule"].tags == {"one", "t]wo"}
    assert set(rules) == set(RULES) | {"my-rule"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(DfmError, match="holds no rule file"):
        load_rules([tmp_path / "empty"])


def test_profiles_extend_files_beside_them_and_a_circle_is_told(tmp_path: Path) -> None:
    write(tmp_path, PROFILE + "extends = ['standard', 'b.toml']\n[severity]\nacid-trap = 'warning'\n", "a.toml")
    write(tmp_path, PROFILE + "[limits.track-width]\nmin = '0.2 mm'\n", "b.toml")
    chain = limits(str(tmp_path / "a.toml"))
    assert chain.chain == ("standard", "b", "a")
    assert {limit.value for limit in chain["track-width"].values()} == {0.2}
    assert chain["track-width"]["min_outer"].origin == f"{tmp_path / 'b.toml'}:6"
    assert chain.severity == {"acid-trap": "warning"}
    write(tmp_path, PROFILE + "extends = ['a.toml']\n", "b.toml")
    with pytest.raises(DfmError, match="circle: a -> b -> a"):
        limits(str(tmp_path / "a.toml"))


def test_an_absent_or_unreadable_profile(tmp_path: Path) -> None:
    with pytest.raises(DfmError, match=r"no profile 'jlcpcb-2'; did you mean 'jlcpcb-2l'\?"):
        limits("jlcpcb-2")
    with pytest.raises(DfmError, match="cannot be read: No such file"):
        limits(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"\n')
    with pytest.raises(DfmError, match="not UTF-8"):
        limits(str(tmp_path / "latin.toml"))
    deep = write(tmp_path, f"a = {'[' * 100_000}", "deep.toml")
    with pytest.raises(DfmError, match="nested too deeply"):
        limits(deep)


def test_lines_are_those_of_the_text(tmp_path: Path) -> None:
    text = 'a = """\n[not.a.table]\nkey = 1\n"""\nb = [\n  1, # ]\n  "]",\n]\n["quoted key"]\nc.d = { e = 1 }\n'
    text += "[[list]]\nf = 1\n[[list]]\nf = 2\n"
    file = read_toml(Path(write(tmp_path, text)))
    expected = {("a",): 1, ("b",): 5, ("quoted key",): 9, ("quoted key", "c", "d"): 10, ("list",): 11, ("list", "f"): 12}
    assert dict(file.lines) == expected
    assert file.line("quoted key", "c", "d", "e") == 10
