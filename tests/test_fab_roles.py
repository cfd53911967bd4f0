"""Published packages of 20 CAD tools: every file in its role, every board a design, against a table made by looking."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from dfmcheck.board import Cover
from dfmcheck.package import Role
from dfmcheck.read.designs import group
from dfmcheck.read.excellon import read_excellon
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.role_content import form
from dfmcheck.read.roles import File, assign

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
TRUTH: dict[str, list[dict[str, str]]] = defaultdict(list)
for _row in csv.DictReader(Path(__file__).with_name("fab_roles.csv").open()):
    TRUTH[_row["item"]].append(_row)
MAKING = re.compile(r"[FB]\.(Cu|Mask|SilkS|Paste)|In\d+\.Cu|Edge\.Cuts|drill.*")

pytestmark = [pytest.mark.boards, pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")]


def read(path: str, data: bytes) -> File:
    kind = form(data)
    if kind == "gerber":
        return File(path, data, image=read_gerber(data, path))
    return File(path, data, drill=read_excellon(data, path)) if kind == "drill" else File(path, data)


@cache
def files(item: str) -> list[File]:
    root = next(BOARDS.glob(f"fab/*/{item}"))
    found = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name, data = path.relative_to(root).as_posix(), path.read_bytes()
        found.append(read(name, data))
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found += [read(f"{name}/{i.filename}", archive.read(i)) for i in archive.infolist() if not i.is_dir()]
    return found


def told(role: Role) -> str:
    plated = {Cover.YES: " PTH", Cover.NO: " NPTH"}.get(role.plated, "") if role.kind == "drill" else ""
    plain = role.kind in ("duplicate", "user", "drawing", "drill") or not role.layer
    return role.kind + plated if plain else role.layer


@pytest.mark.parametrize("item", sorted(TRUTH))
def test_every_file_has_its_role(item: str) -> None:
    """design: the number of the one that a file is in, * for all, '' where there is one only."""
    got = files(item)
    rows = group(got)
    found: dict[str, tuple[str, str]] = {}
    conflicts = []
    for n, members in enumerate(rows, 1):
        for i, role in zip(members, assign([got[i] for i in members])):
            path = got[i].path
            design = "" if len(rows) == 1 else str(n) if path not in found else "*"
            found[path] = design, told(role)
            conflicts.append(role.conflict)
    assert found == {row["path"]: (row["design"], row["role"]) for row in TRUTH[item]}
    assert not any(conflicts)


def test_the_table_agrees_with_the_index() -> None:
    """The index counts the films and drill files of each item by a script of its own, and states its copper layers."""
    index = {row["id"]: row for row in csv.DictReader((BOARDS / "index.csv").open()) if row["path"].startswith("fab/")}
    assert set(index) == set(TRUTH)
    for item, rows in TRUTH.items():
        layers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row["role"].endswith(".Cu"):
                layers[row["design"]].add(row["role"])
        assert max(map(len, layers.values())) == int(index[item]["copper_layers"]), item


def test_share_of_items_without_an_unknown_file() -> None:
    """All but the gEDA item: its `jumper` layers are wires that the board's author meant to solder by hand."""
    unknown = {item for item, rows in TRUTH.items() if any(row["role"] == "unknown" for row in rows)}
    assert unknown == {"gerbonara-geda"}
    assert all(any(MAKING.fullmatch(row["role"]) for row in rows) for rows in TRUTH.values())
