"""How the documentation is built: `sphinx-build -W docs OUT`, after `pip install -e '.[docs]'`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "dfmcheck"
copyright = "the dfmcheck authors, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click", "catalogue"]
exclude_patterns = ["_build", "extensions"]
add_module_names = False
default_role = "code"  # what stands in backticks in a docstring
toc_object_entries = False  # hundreds, which the sidebar of every page would carry: a third of the time that a build takes
autodoc_member_order = "bysource"
autodoc_type_aliases = {name: name for name in ("Bools", "Floats", "Ints", "Objects")}
python_maximum_signature_line_length = 100
nitpicky = True  # a name in a signature that has no description is a warning
nitpick_ignore_regex = [("py:.*", r"(?!dfmcheck\.).*")]  # but of those that are ours only: others' are not at hand offline
nitpick_ignore = [("py:class", "dfmcheck.board.Fact"), ("py:class", "dfmcheck.check.Shared")]  # what stands for any type

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "attrs_inline"]

smartquotes = False  # text of the catalogue and of options stays as it is

html_theme = "furo"
html_title = "dfmcheck"
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_last_updated_fmt = None  # the same source gives the same pages


def setup(app):
    """How a class is made is told by its fields, one by one: its signature would tell them all again."""
    app.connect("autodoc-process-signature", lambda app, what, *rest: ("", "") if what == "class" else None)
