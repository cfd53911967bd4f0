"""Findings of package rules: they name files and lines instead of items of the board."""

from dataclasses import replace

import numpy as np
from small import board, track

from dfmcheck.board import Source
from dfmcheck.check import Measurements
from dfmcheck.checks._files import Row, told
from dfmcheck.engine import summary
from dfmcheck.findings import Grouper, judge
from dfmcheck.package import Package
from dfmcheck.readback import from_dict
from dfmcheck.report import DesignReport, Report
from dfmcheck.rule import load_rules
from dfmcheck.write.phrases import where

SOURCES = (
    Source("a/top.gbr", "gerber", b"1\n22\r\n333\n"),
    Source("b/top.gbr", "gerber", b"1\r22\r"),
    Source("a/x.drl", "drill", b""),
)
PACKAGE = Package("p", SOURCES, ())
RULE = replace(load_rules()["outline-open"], category="package", message="{a}: {detail}")


def findings(rows):
    grouper = Grouper(replace(board(track(0.2)), package=PACKAGE))
    m = told(rows, 3) if isinstance(rows, list) else rows
    return grouper.finish(grouper.group(RULE, {}, m, judge(RULE, {}, "error", m)))


def test_rows_of_one_file_and_cause_are_one_finding_with_a_place_a_line():
    found = findings([Row("open region", 2, 5, "region"), Row("open region", 2, 9, "region"), Row("no end", 2, 0, "end")])
    assert sorted((f.count, f.message, f.places[0].file, f.places[-1].line) for f in found) == [
        (1, "x.drl: no end", "a/x.drl", None),
        (2, "x.drl: 2 places; worst: x.drl: open region", "a/x.drl", 9),
    ]


def test_files_of_one_name_are_told_apart_and_a_shared_cause_is_one_finding():
    (found,) = findings([Row("two files", 0, cause="*twice"), Row("two files", 1, cause="*twice")])
    assert found.message == "2 places; worst: a/top.gbr: two files"
    assert [p.file for p in found.places] == ["a/top.gbr", "b/top.gbr"]
    assert len({p.identity for p in found.places}) == 1
    assert len({f.fingerprint for f in findings([Row("x", 0), Row("x", 1), Row("x", 2)])}) == 3


def test_what_is_absent_is_told_of_the_package_and_has_no_place():
    (found,) = findings([Row("no bottom copper", cause="*B.Cu", soften=1)])
    assert (found.message, found.severity) == ("the package: no bottom copper", "warning")
    assert where(found.places[0], told=True) == ""


def test_a_place_is_on_the_board_in_a_file_or_both():
    rows = [Row("here", 2, 7, x=1.0, y=2.0, layer=0), Row("there", 2, 7)]
    places = {f.message: where(f.places[0], told=True) for f in findings(rows)}
    assert places == {"x.drl: here": "at 1.000, 2.000 on F.Cu, a/x.drl:7", "x.drl: there": "a/x.drl:7"}


def test_the_json_report_keeps_files_and_comes_back_the_same():
    found = findings([Row("here", 2, 7, x=1.0, y=2.0), Row("there", 0)])
    design = DesignReport("d", (), (), {"chain": ["standard"]}, (), summary(board()), (), tuple(found))
    data = Report((design,), "0").to_dict()
    by_file = {f["places"][0]["file"]: f["places"][0] for f in data["designs"][0]["findings"]}
    assert (by_file["a/x.drl"]["line"], by_file["a/x.drl"]["x"]) == (7, 1.0)
    assert (by_file["a/top.gbr"]["line"], by_file["a/top.gbr"]["x"]) == (None, None)
    assert from_dict(data).to_dict()["designs"] == data["designs"]


def test_a_row_with_items_and_a_file_is_its_items():
    m = Measurements.of([1.0], checked=1, param="", a=0, x=0.0, y=0.0, file=2, line=3, detail="text")
    (found,) = findings(m)
    assert found.message == "track [A]: text"
    assert (found.places[0].file, found.places[0].line) == ("a/x.drl", 3)
    assert m.file.dtype == np.int32
