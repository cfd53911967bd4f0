"""Config files: which one applies, what each setting means, and that nothing wrong in one is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfmcheck import api, config
from dfmcheck.errors import DfmError


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_closest_file_wins_and_the_dotted_name_first(tmp_path: Path) -> None:
    board = tmp_path / "a" / "b" / "x.kicad_pcb"
    assert config.find(board) is None or not config.find(board).is_relative_to(tmp_path)  # type: ignore[union-attr]
    found = [
        write(tmp_path / "pyproject.toml", "[tool.dfmcheck]\n"),
        write(tmp_path / ".dfmcheck.toml"),
        write(tmp_path / "a" / "pyproject.toml", "[tool.dfmcheck]\nstrict = true\n"),
        write(tmp_path / "a" / "b" / "dfmcheck.toml"),
        write(tmp_path / "a" / "b" / ".dfmcheck.toml"),
    ]
    for path in reversed(found):
        if path != found[0]:
            assert config.find(board) == path
        path.unlink()


def test_a_pyproject_that_does_not_speak_of_us_is_passed_over_even_if_broken(tmp_path: Path) -> None:
    mine = write(tmp_path / "dfmcheck.toml")
    write(tmp_path / "a" / "pyproject.toml", "[tool.black]\nline-length = ")
    assert config.find(tmp_path / "a" / "x.kicad_pcb") == mine


def test_all_settings(tmp_path: Path) -> None:
    path = write(
        tmp_path / ".dfmcheck.toml",
        """
profile = ["standard", "mine.toml"]
select = "fab"
ignore = ["drill-tool-count"]
fail-on = "warning"
strict = true
rules = ["extra"]
waivers = "waivers.toml"
set = { "copper-clearance.min" = "0.2 mm" }

[limits.track-width]
min = { min = "0.15 mm", prefer = "0.2 mm" }

[severity]
track-width = "note"

[[waiver]]
rule = "track-width"
fingerprint = "00"
reason = "here"
expires = 2027-01-01
""",
    )
    write(tmp_path / "waivers.toml", '# none yet\n\n[[waiver]]\nrule = "track-width"\nfingerprint = "11"\nreason = "there"\n')
    conf = config.load(path)
    shown = config.show_path(path)
    assert conf.profile == ("standard", str(tmp_path / "mine.toml"))
    assert (conf.select, conf.ignore, conf.fail_on, conf.strict) == (("fab",), ("drill-tool-count",), "warning", True)
    assert conf.rules == (str(tmp_path / "extra"),)
    assert conf.sets == (
        ("copper-clearance", "min", "0.2 mm", f"{shown}:9"),
        ("track-width", "min", {"min": "0.15 mm", "prefer": "0.2 mm"}, f"{shown}:12"),
    )
    assert conf.severity == {"track-width": ("note", f"{shown}:15")}
    assert [(w.reason, w.origin) for w in conf.waivers] == [
        ("here", f"{shown}:17"),
        ("there", f"{config.show_path(tmp_path / 'waivers.toml')}:3"),
    ]
    assert conf.accept_into(tmp_path / "b.kicad_pcb") == (tmp_path / "waivers.toml", "waiver")


def test_limits_and_severity_reach_the_plan_with_their_origin(tmp_path: Path) -> None:
    path = write(
        tmp_path / "dfmcheck.toml",
        'set = { "copper-clearance.min" = "0.2 mm" }\n[limits]\ntrack-width.min = "6 mil"\n[severity]\ntrack-width = "note"\n',
    )
    conf = config.load(path)
    plan = api.plan(["jlcpcb-2l"], sets=conf.sets, severity=conf.severity)
    shown = config.show_path(path)
    assert plan.limits["copper-clearance"]["min_inner"].value == 0.2
    assert plan.limits["copper-clearance"]["min_inner"].origin == f"{shown}:1"
    assert plan.limits["track-width"]["min_outer"].value == pytest.approx(0.1524)
    assert plan.limits["track-width"]["min_outer"].origin == f"{shown}:3"
    assert plan.limits.severity["track-width"] == "note"


def test_extends_is_overridden_key_by_key(tmp_path: Path) -> None:
    write(
        tmp_path / "base.toml",
        'profile = "base.profile.toml"\nstrict = true\nselect = ["fab"]\n'
        '[limits.track-width]\nmin = "1 mm"\n[severity]\ntrack-width = "note"\n',
    )
    own = write(
        tmp_path / "sub" / ".dfmcheck.toml", 'extends = "../base.toml"\nselect = ["copper"]\n[limits.track-width]\nmin = "2 mm"\n'
    )
    conf = config.load(own)
    assert conf.profile == (str(tmp_path / "sub" / ".." / "base.profile.toml"),)
    assert (conf.select, conf.strict) == (("copper",), True)
    assert [value for _, _, value, _ in conf.sets] == ["1 mm", "2 mm"]  # later wins
    assert set(conf.severity or ()) == {"track-width"}
    assert conf.path == own


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("profil = 'x'\n", 1, "unknown setting 'profil'; did you mean 'profile'?"),
        ("\nstrict = 1\n", 2, "strict must be true or false"),
        ("fail-on = 'fatal'\n", 1, "fail-on is one of error, warning, note, never"),
        ("select = [1]\n", 1, "select must be a text or a list of texts"),
        ("set = {'track-width' = '1 mm'}\n", 1, "write set as"),
        ("set = {'track-width.min' = 1}\n", 1, "write set as"),
        ("[limits]\ntrack-width = '1 mm'\n", 2, "limits of track-width must be a table"),
        ("[severity]\ntrack-width = 'off'\n", 2, "to switch it off, ignore it"),
        ("[[waiver]]\nrule = 'a'\n[[waiver]]\nrule = 'b'\nfingerprint = 'c'\n", 1, "a waiver needs a fingerprint"),
        (
            "[[waiver]]\nrule = 'a'\nfingerprint = 'b'\nreason = 'c'\n[[waiver]]\nrule = 'a'\nfingerprint = 'b'\nreason = ' '\n",
            5,
            "needs a reason",
        ),
        ("[[waiver]]\nrule = 'a'\nfinger = 'b'\n", 1, "a waiver has no key 'finger'"),
        ("[[waiver]]\nrule = 'a'\nfingerprint = 'b'\nreason = 'c'\nexpires = 'soon'\n", 1, "the waiver's expires is not a date"),
        ("[waiver]\nrule = 'a'\n", None, "write waivers as"),
        ("waivers = '../.bashrc'\n", 1, "waivers names a .toml file"),
        ("extends = '.dfmcheck.toml'\n", None, "in a circle"),
        ("a = " + "[" * 5000, None, "is nested too deeply"),
        ("a = \n", 1, "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    path = write(tmp_path / ".dfmcheck.toml", text)
    with pytest.raises(DfmError) as error:
        config.load(path)
    assert str(error.value).startswith(f"{config.show_path(path)}:{'' if line is None else f'{line}:'} ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_lines_of_pyproject_settings(tmp_path: Path) -> None:
    path = write(tmp_path / "pyproject.toml", "[project]\nname = 'x'\n\n[tool.dfmcheck]\nstrict = true\nselct = ['a']\n")
    with pytest.raises(DfmError, match=r"pyproject\.toml:6: unknown setting 'selct'; did you mean 'select'"):
        config.load(path)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"select": ["copper-clearence"]}, "no rule or tag 'copper-clearence'; did you mean 'copper-clearance'?"),
        ({"ignore": ["zzz*"]}, "no rule or tag 'zzz*'"),
        ({"sets": [api.split_set("track-widht.min=1mm", "--set")]}, "did you mean 'track-width'?"),
        ({"sets": [api.split_set("track-width.min=1", "--set")]}, "has no unit"),
        ({"severity": {"track-widht": ("note", "c.toml:3")}}, "c.toml:3: no rule 'track-widht'; did you mean 'track-width'?"),
        ({"rules": ["/nowhere/rules.toml"]}, "/nowhere/rules.toml"),
    ],
)
def test_a_plan_refuses_what_it_does_not_know(how: dict[str, object], message: str) -> None:
    with pytest.raises(DfmError) as error:
        api.plan(["jlcpcb-2l"], **how)  # type: ignore[arg-type]
    assert message in str(error.value)


def test_selection_by_id_tag_category_and_glob() -> None:
    def chosen(select: list[str], ignore: list[str] | None = None) -> frozenset[str]:
        return api.plan(["jlcpcb-2l"], select=select, ignore=ignore or []).selected

    assert chosen(["track-width"]) == {"track-width"}
    assert chosen(["annular-*"]) == {"annular-ring-outer", "annular-ring-inner"}
    assert {"track-width", "copper-clearance"} <= chosen(["copper"])
    assert chosen(["copper"], ["track-*"]) == chosen(["copper"]) - {"track-width"}
    assert chosen(["fabrication.copper"]) <= chosen(["fabrication"])
    assert not chosen(["track-width"], ["track-width"])


@pytest.mark.parametrize("text", ["track-width.min", "track-width=1mm", "=1mm", "track-width.min=", ".min=1mm"])
def test_set_has_one_form(text: str) -> None:
    with pytest.raises(DfmError, match=r"write RULE\.PARAM=VALUE"):
        api.split_set(text, "--set")


def test_a_strangers_config_cannot_make_us_read_a_device_or_run_wild(tmp_path: Path) -> None:
    for key in ("extends", "waivers"):
        (tmp_path / "odd.toml").mkdir(exist_ok=True)
        with pytest.raises(DfmError, match=r"odd\.toml: cannot be read: it is not a file"):
            config.load(write(tmp_path / ".dfmcheck.toml", f"{key} = 'odd.toml'\n"))
    with pytest.raises(DfmError, match="/dev/zero: cannot be read: it is not a file"):
        config.load(write(tmp_path / ".dfmcheck.toml", "extends = '/dev/zero'\n"))
