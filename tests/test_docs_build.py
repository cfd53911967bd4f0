"""The documentation is built without a warning, and what it shows of options and rules is all there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from dfmcheck.cli import command
from dfmcheck.rule import load_rules, profile_names

pytest.importorskip("sphinx_click")
pytest.importorskip("myst_parser")
pytest.importorskip("furo")

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(path.stem for path in (ROOT / "docs").glob("*.md"))


class Page(HTMLParser):
    """What a page links to, what can be linked to in it, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids |= {str(held["id"])} if held.get("id") else set()
        self.links += [str(held[name]) for name in ("href", "src") if held.get(name)]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.said).split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """All pages by their path, built from a copy, with every warning an error."""
    work = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", work / "docs", ignore=shutil.ignore_patterns("_build", "rules"))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, work)
    out = work / "site"
    run = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", str(work / "trees"), str(work / "docs"), str(out)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return {path.relative_to(out).as_posix(): Page(path.read_text("utf-8")) for path in out.rglob("*.html")}


def test_every_page_that_is_written_is_built_and_can_be_reached(site: dict[str, Page]) -> None:
    assert {f"{name}.html" for name in WRITTEN} <= site.keys()
    reached, left = set(), ["index.html"]
    while left:
        name = left.pop()
        if name in reached or name not in site:
            continue
        reached.add(name)
        folder = Path(name).parent
        for link in site[name].links:
            path = unquote(link.split("#")[0])
            if path.endswith(".html") and "://" not in path:
                left.append(Path(*_parts(folder / path)).as_posix())
    assert site.keys() - reached <= {"genindex.html", "search.html", "py-modindex.html"}


def test_links_within_the_documentation_hold(site: dict[str, Page]) -> None:
    broken = []
    for name, page in site.items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            if "://" in link or link.startswith(("mailto:", "data:")) or not (path or anchor):
                continue
            target = Path(*_parts(Path(name).parent / unquote(path))).as_posix() if path else name
            if target.endswith(".html") and (target not in site or (anchor and unquote(anchor) not in site[target].ids)):
                broken.append((name, link))
    assert not broken


def _parts(path: Path) -> list[str]:
    done: list[str] = []
    for part in path.parts:
        if part == "..":
            done.pop()
        else:
            done.append(part)
    return done


def test_every_option_of_the_command_is_in_its_reference(site: dict[str, Page]) -> None:
    text = site["cli.html"].text
    assert "::" not in text
    for param in command.params:
        if isinstance(param, click.Option):
            assert all(name in text for name in param.opts), param.opts
            assert " ".join(str(param.help).split())[:40] in text


def test_every_rule_has_a_page_and_every_profile_a_row(site: dict[str, Page]) -> None:
    rules = load_rules()
    assert {f"rules/{name}.html" for name in rules} == {name for name in site if name.startswith("rules/")}
    for rule in rules.values():
        text = site[f"rules/{rule.id}.html"].text
        for told in (rule.title, rule.fix, *rule.params):
            assert " ".join(told.replace("`", "").split()) in text
        assert f"rules/{rule.id}.html" in site["rules.html"].links
    assert all(name in site["profiles.html"].text for name in profile_names())
    assert "at least 0.15 mm" in site["rules/annular-ring-outer.html"].text


def test_links_hold_on_a_code_host_too() -> None:
    """Relative links of the Markdown files themselves name files that are in the repository."""
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = link.partition("#")
            if "://" in link:
                continue
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            if anchor:
                heads = re.findall(r"^#+ (.*)", target.read_text("utf-8"), re.M)
                anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in anchors, f"{page.name}: {link}"
