"""The report as one HTML file: readable without JavaScript, with the board drawn beside its findings where there is some."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from ..phrases import clean

if TYPE_CHECKING:
    from ...report import Report

VIEWER = ("viewer_model.js", "viewer_paint.js", "viewer.js")
"""What draws the board, in this order."""
_SCRIPTS = ("review.js", "list.js", "board.js", "print.js", "page.js")
"""What the page runs after the viewer, in this order and a scope of its own."""


def to_html(report: Report, path: Path | None = None) -> str:
    """The report as one self-contained page: no file, address or font beside it is ever asked for.

    Text from a design reaches the page as text alone: escaped by the template, unprintable and bidirectional characters as
    escapes, data in blocks that no parser takes for markup, and a policy that lets nothing run but the page's own script.
    """
    from .page import page

    script, style = _script(), _terse(_asset("page.css"))
    shown = page(report)
    return _template().render(
        **shown, script=Markup(script), style=Markup(style), script_hash=_hash(script), style_hash=_hash(style)
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__name__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, finalize=lambda value: value if isinstance(value, Markup) else clean(value),
    )  # fmt: skip
    environment.filters["data"] = _data
    return environment.get_template("page.html")


@cache
def _script() -> str:
    from ...review import DISPOSITIONS, REMARK, SCHEMA

    own, viewer = ("\n".join(_terse(_asset(name)) for name in names) for names in (_SCRIPTS, VIEWER))
    known = json.dumps([SCHEMA, dict(DISPOSITIONS), REMARK])
    return f"{viewer}\n(() => {{\n'use strict';\nconst [REVIEW, DISPOSITIONS, REMARK] = {known};\n{own}}})();\n"


@cache
def _asset(name: str) -> str:
    """A file of ours. It may not hold what would end the element that it stands in."""
    text = (files(__name__) / name).read_text("utf-8").replace("\r\n", "\n")
    assert not any(word in text.lower() for word in ("</s", "<!--")), name
    return text


def _terse(text: str) -> str:
    """A script or style without what stands in it for its readers: lines that are comments, and indentation. It has no text of
    several lines."""
    lines = re.sub(r"^\s*/\*(?:(?!\*/).)*\*/[ \t]*$", "", text, flags=re.MULTILINE | re.DOTALL).split("\n")
    return "\n".join(line for each in lines if (line := each.strip()) and not line.startswith("//"))


def _hash(text: str) -> str:
    """As a content security policy names an inline script or style that may be used."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(value: object) -> Markup:
    """JSON for a `<script type="application/json">`: ASCII alone, and no character that means anything to a parser of HTML."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
