"""The documentation is built without a warning, and what it shows of options and rules is all there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import click
import pytest

from dfmcheck.cli import command
from dfmcheck.rule import load_profile, load_rules, profile_names

pytest.importorskip("sphinx_click")
pytest.importorskip("myst_parser")
pytest.importorskip("furo")

ROOT = Path(__file__).parents[1]
HOSTS = {
    "www.sphinx-doc.org", "pradyunsg.me", "github.com", "keepachangelog.com", "semver.org", "pipx.pypa.io", "www.kicad.org",
    "docs.kicad.org", "packaging.python.org", "shapely.readthedocs.io", "numpy.org",
}  # fmt: skip
"""Where pages that people write may link to, and what made the pages."""
WRITTEN = sorted(path.stem for path in (ROOT / "docs").glob("*.md"))


class Page(HTMLParser):
    """What a page links to, what can be linked to in it, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        """What is fetched when the page is shown."""
        self.pictures: list[tuple[str, str]] = []
        """Source and text in its place."""
        self.ids: set[str] = set()
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids |= {str(held["id"])} if held.get("id") else set()
        self.links += [str(held[name]) for name in ("href", "src") if held.get(name)]
        if held.get("src") or (tag == "link" and held.get("rel") in ("stylesheet", "preload", "icon", "preconnect")):
            self.loads.append(str(held.get("src") or held.get("href")))
        if tag == "img":
            self.pictures.append((str(held.get("src")), str(held.get("alt") or "")))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.said).split())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built from a copy, with every warning an error."""
    work = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", work / "docs", ignore=shutil.ignore_patterns("_build", "rules"))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, work)
    out = work / "site"
    run = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", str(work / "trees"), str(work / "docs"), str(out)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert not done.stderr
    assert done.returncode == 0
    return out


@pytest.fixture(scope="module")
def site(built: Path) -> dict[str, Page]:
    """All pages by their path."""
    return {path.relative_to(built).as_posix(): Page(path.read_text("utf-8")) for path in built.rglob("*.html")}


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


def test_links_within_the_documentation_hold(built: Path, site: dict[str, Page]) -> None:
    broken = []
    for name, page in site.items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            if "://" in link or link.startswith(("mailto:", "data:")) or not (path or anchor):
                continue
            target = Path(*_parts(Path(name).parent / unquote(path))).as_posix() if path else name
            there = target in site and (not anchor or unquote(anchor) in site[target].ids)
            if not (there if target.endswith(".html") else (built / target.partition("?")[0]).is_file()):
                broken.append((name, link))
    assert not broken


def test_links_to_other_sites_are_to_known_hosts(site: dict[str, Page]) -> None:
    """They are not followed: `sphinx-build -b linkcheck` does that. Those of rules are sources that the catalogue names."""
    catalogue = "".join(path.read_text("utf-8") for path in (ROOT / "rules").rglob("*.toml"))
    bad = []
    for name, page in site.items():
        for link in page.links:
            if "://" not in link:
                continue
            parts = urlsplit(link)
            named = name.startswith(("rules/", "profiles.")) and f"//{parts.hostname}/" in catalogue
            known = parts.hostname in HOSTS or named
            whole = parts.scheme in ("http", "https") and not parts.username and not re.search(r"OWNER|\s", link)
            if not (known and whole):
                bad.append((name, link))
    assert not bad


def test_nothing_is_loaded_from_elsewhere(built: Path, site: dict[str, Page]) -> None:
    assert [(name, link) for name, page in site.items() for link in page.loads if "//" in link] == []
    styles = [*(built / "_static").rglob("*.css"), *(built / "_images").glob("*.svg")]
    loading = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//|<image|<script|xlink:href=\"[^#]")
    assert [path.name for path in styles if loading.search(path.read_text("utf-8"))] == []


def test_search_works_without_a_server(built: Path) -> None:
    index = (built / "searchindex.js").read_text("utf-8")
    assert index.startswith("Search.setIndex(")  # a script, so that a page opened from a folder may load it
    assert "rules/annular-ring-outer" in index


def test_every_rule_that_judges_a_board_has_a_picture_that_says_what_it_shows(built: Path, site: dict[str, Page]) -> None:
    for rule in load_rules().values():
        page = site[f"rules/{rule.id}.html"]
        if rule.category == "package":
            assert not page.pictures
            assert "There is no picture" in page.text
            continue
        ((source, said),) = page.pictures
        path = built / "rules" / source
        svg = path.read_text("utf-8")
        assert 500 < len(svg) < 40_000
        assert rule.id in svg[:2000]
        assert len(said) > 15
        assert said.split()[0] in page.text
        value = re.search(r"\d+\.\d{3} mm", said)
        assert value is None or "mm" in page.text
        ElementTree.fromstring(svg)
    assert all(said for page in site.values() for _, said in page.pictures)


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
    profiles = [load_profile(name, rules) for name in profile_names()]
    assert {f"rules/{name}.html" for name in rules} == {name for name in site if name.startswith("rules/")}
    for rule in rules.values():
        text = site[f"rules/{rule.id}.html"].text
        for told in (rule.title, rule.fix, *rule.params):
            assert " ".join(told.replace("`", "").split()) in text
        assert f"rules/{rule.id}.html" in site["rules.html"].links
        limited = {p.name for p in profiles if any(not limit.off for limit in p.limits.get(rule.id, {}).values())}
        assert all(f"{name} " in text for name in limited)
        assert ("Sources" in text) == bool(limited)
    assert all(name in site["profiles.html"].text for name in profile_names())
    ring = site["rules/annular-ring-outer.html"].text
    limit = "design_via at least 0.125 mm, better 0.15 mm"
    assert all(told in ring for told in (limit, "2026-11-22", "OSH Park", "annular_width", "--set annular-ring-outer"))
    taken_over = site["rules/hole-to-hole.html"].text
    assert "multi-cb-special same_net at least 0.2032 mm" in taken_over


def test_links_hold_on_a_code_host_too() -> None:
    """Relative links of the Markdown files themselves name files that are in the repository."""
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
    for page in pages:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.S)
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
