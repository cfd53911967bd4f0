"""What is public is documented, and says its units, its shapes and its errors."""

from __future__ import annotations

import ast
import importlib
import inspect
import pydoc
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from shown import ROOT

import dfmcheck
from dfmcheck.board import Table

REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")
MODULES = re.findall(r"^\.\. automodule:: dfmcheck\.(\w+)\n   :members:\n   :undoc-members:$", REFERENCE, re.M)
"""Sphinx documents what `__all__` of these names, no more and no less; test_docs_build sees that it finds all."""
UNIT = r"\bmm2?\b|[Dd]egrees|without unit|[Ii]n the (unit|rule's unit)"


def public() -> Iterator[tuple[str, Any]]:
    for name in MODULES:
        module = importlib.import_module(f"dfmcheck.{name}")
        for word in module.__all__:
            yield f"{name}.{word}", getattr(module, word)


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public functions, and the public methods of public classes that are written here."""
    yield from ((name, getattr(importlib.import_module("dfmcheck.api"), name)) for name in documented("autofunction") & API)
    for name, thing in public():
        if inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing):
            for word, method in vars(thing).items():
                found = inspect.unwrap(getattr(method, "__func__", method))
                if inspect.isfunction(found) and not word.startswith("_"):
                    yield f"{name}.{word}", found


API = {"check", "compare", "load_report", "read", "read_all", "render", "write"}


def documented(directive: str) -> set[str]:
    return {name.rpartition(".")[2] for name in re.findall(rf"^\.\. {directive}:: ([\w.]+)$", REFERENCE, re.M)}


def attributes(module: str) -> dict[str, dict[str, str]]:
    """By class, and '' for the module: what stands below an attribute as its description."""
    found: dict[str, dict[str, str]] = {}
    tree = ast.parse((ROOT / "dfmcheck" / f"{module}.py").read_text("utf-8"))
    for name, body in [("", tree.body), *((c.name, c.body) for c in tree.body if isinstance(c, ast.ClassDef))]:
        for one, after in zip(body, [*body[1:], None]):
            target = one.target if isinstance(one, ast.AnnAssign) else one.targets[0] if isinstance(one, ast.Assign) else None
            if isinstance(target, ast.Name):
                text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                found.setdefault(name, {})[target.id] = str(text)
    return found


def test_the_names_of_dfmcheck_itself_are_documented_and_there() -> None:
    assert documented("autofunction") - {"read_kicad"} == API
    assert {*API, "Board", "DfmError", "Finding", "Report"} == set(dfmcheck.__all__)
    assert all(callable(getattr(dfmcheck, name)) for name in dfmcheck.__all__)
    assert set(dfmcheck.__all__) <= set(dir(dfmcheck))
    assert documented("autoexception") == {"DfmError"}
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = dfmcheck.nothing  # type: ignore[attr-defined]


def test_every_module_that_says_what_is_public_in_it_is_documented() -> None:
    saying = {path.stem for path in (ROOT / "dfmcheck").glob("*.py") if "\n__all__ = " in path.read_text("utf-8")}
    assert saying - {"__init__"} == set(MODULES)
    assert len(list(public())) > 100


def test_what_the_pages_import_is_public() -> None:
    """Names that the documentation takes from the package are those that it lists."""
    names = {name for name, _ in public()} | {f"dfmcheck.{name}" for name in dfmcheck.__all__} | {"read.read_kicad"}
    shown = [*(ROOT / "docs").glob("*.md"), *(ROOT / "tests" / "example_plugin").rglob("*.py")]
    for path in shown:
        for module, words in re.findall(r"^from dfmcheck\.?(\w*) import (.+?)(?:  #.*)?$", path.read_text("utf-8"), re.M):
            for word in re.findall(r"\w+", words):
                assert f"{module or 'dfmcheck'}.{word}" in names or word in MODULES, f"{path.name}: {module}.{word}"


def test_every_class_and_all_that_it_holds_is_described() -> None:
    for name, thing in public():
        word = name.partition(".")[2]
        if not inspect.isclass(thing):
            if not inspect.isfunction(thing):
                home = next(m for m in MODULES if word in attributes(m).get("", {}))
                assert attributes(home)[""][word], name
            continue
        own = thing.__module__.rpartition(".")[2]
        assert inspect.getdoc(thing), name
        assert not str(thing.__doc__).startswith(f"{word}("), f"{name}: what a dataclass says when nothing is said"
        said = attributes(own).get(word, {})
        if is_dataclass(thing) or hasattr(thing, "_fields"):
            held = [f.name for f in fields(thing)] if is_dataclass(thing) else list(thing._fields)
            mine = [field for field in held if field in said]
            assert [field for field in mine if not said[field].strip()] == [], name
            assert mine == held or issubclass(thing, Table), name
        for word, method in vars(thing).items():
            if not word.startswith("_") and isinstance(method, property):
                assert inspect.getdoc(method), f"{name}.{word}"


def test_columns_say_what_they_hold_and_in_which_unit() -> None:
    looked = 0
    for name, thing in public():
        if not (inspect.isclass(thing) and issubclass(thing, Table) and thing is not Table):
            continue
        said = attributes(thing.__module__.rpartition(".")[2])[thing.__name__]
        for field in fields(thing):
            text, dtype = said[field.name], field.metadata["dtype"]
            if field.name == "offset" or dtype is np.bool_:
                continue
            wanted = {
                np.float64: UNIT + "|unit of the file",
                np.int32: r"Row in `|`\w+`(,| |\.|:)|\d top|top \(0\)|[Nn]umber|from 1|as are the|Copper layer where it ends",
                object: r"^str|^shapely|^frozenset|^dict|MultiPolygon",
            }[dtype]
            assert re.search(wanted, text), f"{name}.{field.name}: {text!r}"
            looked += 1
    assert looked > 100


def test_functions_name_their_arguments_and_say_what_they_raise() -> None:
    looked = 0
    for name, function in functions():
        text = inspect.getdoc(function) or ""
        assert text, name
        known = [p for p in inspect.signature(function).parameters if p not in ("self", "cls")]
        assert [p for p in known if not re.search(rf"\b{p}\b", text)] == [], f"{name}: {text}"
        if "raise " in inspect.getsource(function):
            assert "raise" in text.lower(), f"{name} raises something and does not say so"
        looked += 1
    assert looked > 50


def test_what_reads_or_writes_files_says_what_it_raises() -> None:
    for name in (*API, "project.project", "rule.load_rules", "rule.load_profile", "review.load", "review.save", "units.parse"):
        function = dict(functions())[name]
        assert "Raises `DfmError`" in str(inspect.getdoc(function)), name


def test_a_signature_is_that_of_the_function() -> None:
    for name in ("read", "check", "write"):
        assert inspect.signature(getattr(dfmcheck, name)) == inspect.signature(dict(functions())[name])


def test_what_help_says_is_of_the_function() -> None:
    for name in ("read", "check", "write"):
        thing, function = getattr(dfmcheck, name), dict(functions())[name]
        assert thing.__doc__ == function.__doc__
        assert inspect.getdoc(thing) == inspect.getdoc(function)
        assert str(inspect.getdoc(function)).splitlines()[0] in pydoc.render_doc(thing, renderer=pydoc.plaintext)
