"""Gerber job files: every field is taken as it is written, and refused where it cannot be what it says."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from dfmcheck.errors import DfmError
from dfmcheck.read.job import looks_like_job, read_job

WHOLE: dict[str, Any] = {
    "Header": {"GenerationSoftware": {"Vendor": "KiCad"}},
    "GeneralSpecs": {
        "ProjectId": {"Name": "two", "GUID": "1", "Revision": "rev?"}, "Size": {"X": 20.1, "Y": 10.05}, "LayerNumber": 2,
        "BoardThickness": 1.6, "Finish": "ENIG",
    },
    "DesignRules": [{"Layers": "Outer", "PadToPad": 0.2}],
    "FilesAttributes": [
        {"Path": "two-F_Cu.gtl", "FileFunction": "Copper,L1,Top", "FilePolarity": "Positive"},
        {"Path": "two-F_Mask.gts", "FileFunction": "SolderMask,Top", "FilePolarity": "Negative"},
    ],
    "MaterialStackup": [
        {"Type": "SolderMask", "Name": "Top Solder Mask", "Thickness": 0.01, "Color": "Black"},
        {"Type": "Copper", "Name": "F.Cu", "Thickness": 0.035},
        {"Type": "Dielectric", "Name": "F.Cu/B.Cu", "Thickness": 1.51, "Material": "FR4", "Notes": "Type: core"},
        {"Type": "Copper", "Name": "B.Cu"},
    ],
}  # fmt: skip


def test_every_field_is_taken() -> None:
    data = json.dumps(WHOLE).encode()
    assert looks_like_job(data)
    job = read_job(data, "two.gbrjob")
    assert (job.layers, job.width, job.height, job.thickness) == (2, 20.1, 10.05, 1.6)
    assert (job.finish, job.project) == ("ENIG", "two")
    assert job.files == {"two-F_Cu.gtl": ("Copper", "L1", "Top"), "two-F_Mask.gts": ("SolderMask", "Top")}
    assert job.negative == {"two-F_Mask.gts"}
    assert [layer[:2] for layer in job.stackup] == [
        ("Top Solder Mask", "mask"), ("F.Cu", "copper"), ("F.Cu/B.Cu", "core"), ("B.Cu", "copper"),
    ]  # fmt: skip
    assert job.stackup[2][2:] == (1.51, "FR4", "")
    assert job.stackup[0][4] == "Black"
    assert math.isnan(job.stackup[3][2])
    assert job.rules == {"Outer.PadToPad": 0.2}


def test_what_is_unsaid_stays_unsaid() -> None:
    job = read_job(b'\xef\xbb\xbf{"GeneralSpecs": {"LayerNumber": "4"}}', "x")
    assert (job.layers, job.finish, job.files, job.stackup) == (4, "", {}, ())
    assert math.isnan(job.width)
    assert math.isnan(job.thickness)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("GeneralSpecs",), [], "GeneralSpecs is not an object"),
        (("GeneralSpecs", "Size"), 3, "Size is not an object"),
        (("GeneralSpecs", "Size", "X"), -1, "X is not a number from 0 to 20000"),
        (("GeneralSpecs", "Size", "X"), 1e300, "X is not a number from 0 to 20000"),
        (("GeneralSpecs", "Size", "X"), True, "X is not a number from 0 to 20000"),
        (("GeneralSpecs", "LayerNumber"), 2.5, "LayerNumber is not a whole number"),
        (("GeneralSpecs", "LayerNumber"), 10**9, "LayerNumber is not a number from 1 to 500"),
        (("GeneralSpecs", "BoardThickness"), "thick", "BoardThickness is not a number"),
        (("GeneralSpecs", "Finish"), ["ENIG"], "Finish is not a text"),
        (("GeneralSpecs", "Finish"), "x" * 501, "Finish is not a text of at most 500 characters"),
        (("FilesAttributes",), [1], "FilesAttributes is not a list of at most 5000 objects"),
        (("FilesAttributes",), [{}] * 5001, "FilesAttributes is not a list of at most 5000 objects"),
        (("FilesAttributes", 0, "Path"), 7, "Path is not a text"),
        (("MaterialStackup", 0, "Thickness"), "NaN", "Thickness is not a number"),
    ],
)
def test_a_field_of_another_kind_is_one_line(path: tuple[Any, ...], value: object, message: str) -> None:
    changed = json.loads(json.dumps(WHOLE))
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(DfmError) as caught:
        read_job(json.dumps(changed).encode(), "two.gbrjob")
    assert str(caught.value).startswith("two.gbrjob: is no Gerber job file as it must be: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"[]", b"null", b"\xff{", b'{"a": NaN}', b'{"a": -Infinity}',
        b'{"a": %s}' % (b"9" * 5000), b'{"GeneralSpecs": {"LayerNumber": 1e999}}', "{".encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_one_line(data: bytes) -> None:
    with pytest.raises(DfmError) as caught:
        read_job(data, "x.gbrjob")
    assert "\n" not in str(caught.value)


def test_texts_cannot_steer_a_terminal() -> None:
    assert read_job(b'{"GeneralSpecs": {"ProjectId": {"Name": "a\\u001b[31m"}}}', "x").project == "a\\x1b[31m"


def test_other_json_is_no_job() -> None:
    assert not looks_like_job(b'{"schema": "dfmcheck-report/1"}')
    assert not looks_like_job(b'["FilesAttributes"]')
