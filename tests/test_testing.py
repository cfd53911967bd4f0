"""The tester of rules must itself refuse what proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfmcheck.testing import check_fixture

HEAD = "profile standard\nset track-width.min_outer=0.1 mm\nset track-width.min_inner=off"
GOOD = ((0, 0, HEAD), (1, 5, "expect track-width 0.099 mm error"), (1, 10, "ok track-width 0.1 mm"))


def fixture(
    folder: Path, texts: tuple[tuple[float, float, str], ...], name: str = "track-width", widths: tuple[float, ...] = (0.099, 0.1)
) -> Path:
    """A board with a track of each width, whose middles lie at (1, 5), (1, 10), ..., and texts on User.9."""
    rows = [
        "(kicad_pcb (version 20241229) (generator test)",
        '(layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user) (55 "User.9" user)) (net 0 "") (net 1 "A")',
        *(
            f'(segment (start 0 {5 + 5 * k}) (end 2 {5 + 5 * k}) (width {w}) (layer "F.Cu") (net 1))'
            for k, w in enumerate(widths)
        ),
        *(
            f'(gr_text "{text}" (at {x} {y}) (layer "User.9") (effects (font (size 1 1))))'.replace("\n", "\\n")
            for x, y, text in texts
        ),
        ")",
    ]
    path = folder / f"{name}.kicad_pcb"
    path.write_text("\n".join(rows))
    return path


def refused(folder: Path, texts: tuple[tuple[float, float, str], ...], **options: tuple[float, ...]) -> str:
    with pytest.raises(AssertionError) as error:
        check_fixture(fixture(folder, texts, **options))
    return str(error.value)


def test_a_fixture_that_says_what_is_there_passes(tmp_path: Path) -> None:
    result = check_fixture(fixture(tmp_path, GOOD))
    assert [(str(s), p.measured) for s, p in result.met] == [
        ("'expect track-width 0.099 mm error' at (1.000, 5.000)", 0.099),
        ("'ok track-width 0.1 mm' at (1.000, 10.000)", 0.1),
    ]


def test_what_it_states_in_mil_is_understood(tmp_path: Path) -> None:
    check_fixture(fixture(tmp_path, (*GOOD[:1], (1, 5, "expect track-width 3.9 mil"), *GOOD[2:])))


def test_lines_of_one_text_are_statements_of_one_place(tmp_path: Path) -> None:
    check_fixture(fixture(tmp_path, (*GOOD[:1], (1, 5, "# a note\nexpect track-width 0.099 mm"), *GOOD[2:])))


def test_a_variant_adds_to_its_fixture(tmp_path: Path) -> None:
    fixture(tmp_path, (GOOD[0], (1, 5, "ok track-width 0.1 mm")), name="track-width.keeps", widths=(0.1,))
    result = check_fixture(fixture(tmp_path, GOOD[:2], widths=(0.099,)))
    assert [path.name for path in result.paths] == ["track-width.kicad_pcb", "track-width.keeps.kicad_pcb"]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (GOOD[:2], "has no 'ok'"),
        ((GOOD[0], GOOD[2]), "has no 'expect'"),
        ((*GOOD, (1, 5, "expect track-width 0.099 mm")), "missing     'expect track-width 0.099 mm"),
        ((*GOOD, (1, 7, "expect track-width 0.09 mm")), "missing     'expect track-width 0.09 mm' at (1.000, 7.000)"),
        ((GOOD[0], (1, 5, "expect track-width 0.097 mm"), GOOD[2]), "unexpected  track-width 0.099 mm"),
        ((GOOD[0], (1.4, 5, "expect track-width 0.099 mm"), GOOD[2]), "unexpected  track-width 0.099 mm"),
        ((GOOD[0], (1, 5, "expect track-width 0.099 mm warning"), GOOD[2]), "unexpected  track-width 0.099 mm error"),
        ((GOOD[0], (1, 5, "expect track-width"), GOOD[2]), "missing     'expect track-width'"),
        ((*GOOD, (1, 5.1, "ok track-width")), None),
        ((GOOD[0], (1, 5, "ok track-width"), GOOD[2]), "although 'ok track-width' at (1.000, 5.000)"),
        ((*GOOD[:2], (1, 12, "ok track-width 0.1 mm")), "nothing is measured there"),
        ((*GOOD[:2], (1, 10, "ok track-width 0.2 mm")), "0.100 mm is measured there"),
        ((*GOOD[:2], (1, 10, "ok track-width")), "has no value just within it"),
        ((*GOOD, (3, 3, "expect track-wide 0.1 mm")), "no rule 'track-wide'"),
        ((*GOOD, (3, 3, "expect track-width 0.1")), "has no unit"),
        ((*GOOD, (3, 3, "expect track-width thin")), "not a number"),
        ((*GOOD, (3, 3, "expects track-width 0.1 mm")), "the words are expect, ok, profile"),
        ((*GOOD, (3, 3, "profile nobody")), "no profile 'nobody'"),
        ((*GOOD, (3, 3, "set track-width.min_outer=0.1")), "has no unit"),
        ((*GOOD, (3, 3, "set track-width.least=0.1 mm")), "no parameter 'least'"),
        ((*GOOD, (3, 3, "also board-size")), None),
        ((*GOOD, (3, 3, "also copper-waste")), "no rule 'copper-waste'"),
        ((*GOOD, (3, 3, "also outline-open")), "unexpected  outline-open"),
        ((*GOOD, (3, 3, "ok board-size")), "board-size is off"),
        ((*GOOD, (3, 3, "also board-size"), (3, 4, "ok board-size")), "board-size is skipped: needs outline"),
    ],
)
def test_sloppy_fixtures_are_refused(tmp_path: Path, texts: tuple[tuple[float, float, str], ...], why: str | None) -> None:
    if why is None:
        check_fixture(fixture(tmp_path, texts))
    else:
        assert why in refused(tmp_path, texts)


def test_a_value_far_beyond_the_limit_does_not_show_where_it_is(tmp_path: Path) -> None:
    texts = (GOOD[0], (1, 5, "expect track-width 0.05 mm"), GOOD[2])
    assert "has no value just beyond it (within 0.005 mm)" in refused(tmp_path, texts, widths=(0.05, 0.1))


def test_a_value_far_within_the_limit_is_no_near_miss(tmp_path: Path) -> None:
    texts = (*GOOD[:2], (1, 10, "ok track-width 0.12 mm"))
    assert "nothing is measured there" in refused(tmp_path, texts, widths=(0.099, 0.12))


def test_the_preferred_value_is_a_limit_too(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('title = "Mine"\n[limits.track-width]\nmin_outer = { min = "0.1 mm", prefer = "0.2 mm" }\n')
    head = (0, 0, f"profile {profile}")
    texts = (head, GOOD[1], (1, 10, "expect track-width 0.1 mm warning"), (1, 15, "expect track-width 0.199 mm warning"))
    keeps = (1, 20, "ok track-width 0.2 mm")
    check_fixture(fixture(tmp_path, (*texts, keeps), widths=(0.099, 0.1, 0.199, 0.2)))
    assert "0.200 mm has no value just within it" in refused(
        tmp_path, (*texts, (9, 9, "ok track-width")), widths=(0.099, 0.1, 0.199)
    )


def test_a_fixture_is_named_after_its_rule(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is no rule"):
        check_fixture(fixture(tmp_path, GOOD, name="tracks"))


def test_rules_of_others_are_tested_alike(tmp_path: Path) -> None:
    rule = tmp_path / "ours.toml"
    rule.write_text(
        '[thin-track]\ntitle = "Thin track"\ncategory = "fabrication.copper"\nseverity = "warning"\n'
        'check = "size.track"\nunit = "mm"\n'
        'measure = "Width."\nwhy = "Ours."\nfix = "Widen it."\nmessage = "{a} is {value} wide"\n'
        '[thin-track.params.min]\nsense = "min"\ntext = "width"\n'
    )
    texts = ((0, 0, "set thin-track.min=0.1 mm"), (1, 5, "expect thin-track 0.099 mm warning"), (1, 10, "ok thin-track 0.1 mm"))
    check_fixture(fixture(tmp_path, texts, name="thin-track"), rules=[rule])
