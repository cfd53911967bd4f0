"""The table for spreadsheets, read back by a CSV reader, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
import reports
from reports import demo, design, finding, item, report

from dfmcheck.report import Report
from dfmcheck.write.csv import COLUMNS, safe, to_csv

NUMBERS = {"finding", "place", "of", "x (mm)", "y (mm)", "measured", "limit", "line"}


def rows(made: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(made), newline=""), strict=True))


def test_every_place_is_a_row_with_its_values_and_units() -> None:
    made = demo()
    table = rows(made)
    assert len(table) == sum(f.count for f in made.findings) > len(made.findings)
    places = [(f, p) for f in made.findings for p in f.places]
    for row, (f, p) in zip(table, places, strict=True):
        assert (row["rule"], row["severity"], row["fingerprint"], row["unit"]) == (f.rule, f.severity, f.fingerprint, p.unit)
        for column, value in (("x (mm)", p.x), ("y (mm)", p.y), ("measured", p.measured)):
            assert row[column] == "" if value != value else float(row[column]) == pytest.approx(value, abs=5e-5)
        for n, before in ((0, ""), (1, "other ")):
            if n < len(p.items):
                assert row[f"{before}net"].lstrip("'") == (p.items[n].net or "")
                assert row[f"{before}component"] == (p.items[n].component or "")
    assert {row["category"] for row in table} > {"fabrication.copper"}


def test_the_table_is_as_rfc_4180_has_it() -> None:
    made = report(design(finding(1, item('a,"b"', "x\ny"))))
    text = to_csv(made, Path("out.csv"))
    assert text.startswith("\ufeffdesign,finding,")  # Excel knows UTF-8 by it
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert len(lines) == 3
    assert not any("\n" in line or "\r" in line for line in lines)
    assert '"a,""b"""' in lines[1]
    printed = to_csv(made)
    assert printed == text.lstrip("\ufeff").replace("\r\n", "\n")
    assert next(csv.reader(io.StringIO(printed))) == list(COLUMNS)


def test_nothing_is_a_formula_and_numbers_stay_numbers() -> None:
    table = rows(reports.hostile())
    assert len(table) > len(reports.HOSTILE)
    for row in table:
        for column, cell in row.items():
            if column in NUMBERS:
                float(cell or 0)
            else:
                assert cell.lstrip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"), (column, cell)
                assert ";=" not in cell
                assert cell.isprintable()
    assert {"'+5V", "'-12V", "'=1+1", "'@SUM(A1)"} <= {row["net"] for row in table}
    low = replace(finding(1).places[0], x=-3.25, measured=-0.1)
    (row,) = rows(report(design(replace(finding(1), places=(low,)))))
    assert (row["x (mm)"], row["measured"]) == ("-3.25", "-0.1")


SAFE = [("GND", "GND"), ("a-b", "a-b"), ("+5V", "'+5V"), (" =1", "' =1"), ("a;=1", "a; =1"), (-1.5, -1.5), (None, None)]


@pytest.mark.parametrize(("cell", "told"), SAFE)
def test_a_cell_is_changed_only_where_it_could_be_taken_for_a_formula(cell: object, told: object) -> None:
    assert safe(cell) == told  # type: ignore[arg-type]


def test_waived_and_fixed_findings_are_there_and_say_so() -> None:
    found = [replace(finding(1), waived="as meant"), replace(finding(2), change="fixed"),
             replace(finding(3), review={"disposition": "ask", "remark": "why so small?"})]  # fmt: skip
    table = rows(report(design(*found)))
    assert [(row["waived because"], row["change"], row["disposition"], row["remark"]) for row in table] == [
        ("as meant", "", "", ""), ("", "fixed", "", ""), ("", "", "ask", "why so small?"),
    ]  # fmt: skip
