"""What the pages for authors of rules list is what there is."""

from __future__ import annotations

import re
from dataclasses import fields

from shown import ROOT
from small import board as drawn

from dfmcheck import select, units
from dfmcheck.board import Board, Table
from dfmcheck.check import registry
from dfmcheck.config import _KEYS
from dfmcheck.rule import FACTS, MAKERS, PLACEHOLDERS, PROCESSES, Param, Rule

TOML = (ROOT / "docs" / "rules-in-toml.md").read_text("utf-8")
BOARD = (ROOT / "docs" / "board.md").read_text("utf-8")


def section(text: str, head: str) -> str:
    """Without its code blocks."""
    found = re.split(r"^## ", text.split(f"\n## {head}\n")[1], maxsplit=1, flags=re.M)[0]
    return re.sub(r"^```.*?^```$", "", found, flags=re.M | re.S)


def coded(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of all tables, heads and rules left out."""
    return [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def test_every_key_of_a_rule_and_a_parameter_is_told() -> None:
    rule, param = section(TOML, "Keys of a rule").split("Keys of a parameter")
    told = {name for row in rows(rule) for name in coded(row[0])}
    assert told == {f.name for f in fields(Rule)} - {"id", "origin"}
    told = {name for row in rows(param) for name in coded(row[0])}
    assert told == {f.name for f in fields(Param)} - {"name", "origin"}
    assert {word.strip("{}") for word in coded(rule) if word.startswith("{")} == PLACEHOLDERS


def test_every_key_of_a_profile_is_told() -> None:
    told = {name for row in rows(section(TOML, "Limits")) for name in coded(row[0])}
    code = (ROOT / "dfmcheck" / "rule.py").read_text("utf-8")
    known = re.search(r"known = (\{.*?\})  # fmt", code, re.S)
    assert known
    assert told == set(re.findall(r'"(\w+)"', known[1]))
    assert {*PROCESSES, *MAKERS} <= set(coded(section(TOML, "Limits")))
    assert "rules" in _KEYS


def test_every_fact_unit_and_tag_is_told() -> None:
    assert set(coded(section(TOML, "Facts"))) == FACTS
    table = rows(section(TOML, "Units"))
    assert {name for row in table for name in coded(row[0])} == units.UNITS
    for row in table:
        written = {word for word in re.split(r"[,;]\s*", row[1]) if word not in ("a bare number", "either")}
        assert written <= {form for name in coded(row[0]) for form in units._FACTORS[name]} | {""}, row
    told = section(TOML, "Selections")
    of_features, of_holes = told.split("Of features:")[1].split("Of holes:")
    assert set(coded(of_features)) == set(select.FEATURE_TAGS)
    assert set(coded(of_holes)) == set(select.HOLE_TAGS)


def test_the_checks_that_select_are_told() -> None:
    table = rows(section(TOML, "Checks"))
    told = {coded(row[0])[0]: row for row in table}
    # Of plug-ins that another test installed nothing is asked.
    known = {name: check for name, check in registry().items() if check.measure.__module__.startswith("dfmcheck.")}
    assert set(told) == {name for name, check in known.items() if check.selects}
    for name, row in told.items():
        for arg in known[name].args:
            assert f"args.{arg}" in " ".join(row), name


def test_the_tables_and_columns_of_a_board_are_told() -> None:
    board = drawn()
    held = {f.name: type(value) for f in fields(Board) if isinstance(value := getattr(board, f.name), Table)}
    table = {coded(row[0])[0]: coded(row[2]) for row in rows(section(BOARD, "The tables"))}
    assert table.keys() == held.keys()
    for name, columns in table.items():
        assert set(columns) <= {f.name for f in fields(held[name])}, name
    for name in coded(BOARD.split("Beside the tables a board has")[1].split(". No Gerber")[0]):
        assert name in {f.name for f in fields(Board)}, name
