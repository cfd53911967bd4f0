"""Who can build a board: its values against the limits of every manufacturer whose profile is shipped.

A manufacturer is judged by the hard limits that it states itself, just as a run under its profile alone judges. What a run
under other limits measured does not show that: which limit judges a feature depends on which limits are stated, and a search
for gaps ends where the run's own limits do. So the board is measured anew (`dfmcheck.gauge`), once for all manufacturers
where they ask alike. That takes a share of the time of a check, and is done only where somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .board import Board, once_a_board
from .gauge import Breach, Gauge, Untold
from .report import DesignReport
from .rule import Limits, Profile, Rule, load_profile, load_rules, profile_names, resolve

__all__ = ["VERDICTS", "Accepted", "Maker", "Unsaid", "accepted_by", "makers"]

VERDICTS = ("can build", "cannot be said", "cannot build", "not for this board")
"""`can build`: every hard limit that is stated, and whose breach is an error, was judged and is kept. `cannot be said`: none
is broken, but some could not be judged, or what is stated is too little. `not for this board`: the limits are for boards of
other layers, or it places parts, and there are none."""
CORE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "fabricator": (("track-width",), ("copper-clearance",)),
    "assembler": (("component-gap", "package-minimum", "wave-package-eligibility"),),
}
"""By kind of manufacturer: of each of these groups of rules one must have a limit before it can be said to build a board."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A rule of which nothing can be said, with the limits that the manufacturer states for it."""

    rule: str
    """Its id."""
    title: str
    """For people."""
    params: tuple[str, ...]
    """Names of the parameters that are limited."""
    severity: str
    """error, warning, note."""
    why: str
    """In words."""
    absent: bool
    """What the limits are about is not there, see `dfmcheck.gauge.Untold`."""


@dataclass(frozen=True, slots=True)
class Maker:
    """How a board stands with one manufacturer."""

    name: str
    """The profile's, as `-p` takes it."""
    title: str
    """For people."""
    kind: str
    """fabricator, assembler."""
    verdict: str
    """One of `VERDICTS`."""
    why: str
    """What the verdict rests on, or keeps it from being plain: how many of the stated limits were judged, what is stated too
    little of, what layers the limits are for. '' where obstacles tell it."""
    obstacles: tuple[Breach, ...]
    """Hard limits that are broken as errors, worst first."""
    remarks: tuple[Breach, ...]
    """Hard limits that are broken as warnings or notes: the board is built, but asked about."""
    unsaid: tuple[Unsaid, ...]
    """Limits that could not be judged."""
    stated: int
    """Hard limits that the profile states, those of what it extends among them."""
    judged: int
    """How many of them could be judged; a limit of what the board has none of is kept."""
    source: str
    """Whose numbers they are."""
    address: str
    """Of the source."""
    revision: str
    """Of the source."""
    read: str
    """The day on which somebody looked at the source."""
    keeps: tuple[str, ...]
    """Ids of the rules that were judged and whose limits are kept."""


class Accepted(NamedTuple):
    """What manufacturers say of the worst value of one rule: names of profiles."""

    by: tuple[str, ...]
    """Those whose limits it keeps."""
    refused: tuple[str, ...]
    """Those whose limits it breaks."""
    unsaid: tuple[str, ...]
    """Those that state a limit which could not be judged."""


def makers(report: DesignReport) -> tuple[Maker, ...]:
    """Every shipped manufacturer profile against the board of a report: those that can build it first, then by name.

    The same report gives the same rows. The design must be at hand: of a report that was read from a file nothing can be
    said, and every row says so. Takes about as long as the check did, once for each design. Raises `DfmError` where the rules
    of a plug-in do not load.
    """
    return _rows(None) if report.design is None else _of_board(report.design)


@once_a_board
def _of_board(board: Board) -> tuple[Maker, ...]:
    return _rows(board)


def _rows(board: Board | None) -> tuple[Maker, ...]:
    rules = load_rules()
    profiles = {p.name: p for p in (load_profile(name, rules) for name in profile_names()) if p.maker}
    limits = {name: resolve([name], rules) for name in profiles}
    gauge = None if board is None else Gauge(board, rules, tuple(limits.values()))
    rows = [_maker(profile, limits[name], rules, gauge) for name, profile in profiles.items()]
    return tuple(sorted(rows, key=lambda m: (VERDICTS.index(m.verdict), m.kind != "fabricator", m.name)))


def accepted_by(rows: Iterable[Maker], rule: str) -> Accepted:
    """Which of the manufacturers (`rows` of `makers`) accept the values that a board has for a rule; those that state no limit
    for it, or whose limits are for other boards, are not named."""
    told = [m for m in rows if m.verdict != VERDICTS[3]]
    return Accepted(
        tuple(m.name for m in told if rule in m.keeps),
        tuple(m.name for m in told if any(b.rule == rule for b in (*m.obstacles, *m.remarks))),
        tuple(m.name for m in told if any(u.rule == rule for u in m.unsaid)),
    )


def _maker(profile: Profile, limits: Limits, rules: Mapping[str, Rule], gauge: Gauge | None) -> Maker:
    broken: list[Breach] = []
    unsaid: list[Unsaid] = []
    keeps: list[str] = []
    stated = judged = 0
    for name, mine in limits.items():
        rule = rules[name]
        hard = [p for p, limit in mine.items() if limit.sense != "tune" and limit.value is not None]
        if not hard:
            continue
        stated += len(hard)
        found = Untold("the report holds no design") if gauge is None else gauge.breaches(rule, limits)
        if isinstance(found, Untold):
            level = limits.severity.get(name, rule.severity)
            unsaid.append(Unsaid(name, rule.title, tuple(hard), level, found.why, found.absent))
            continue
        judged += len(hard)
        broken += found
        if not found:
            keeps.append(name)
    obstacles = [b for b in broken if b.severity == "error"]
    verdict, why = _verdict(profile, limits, obstacles, unsaid, None if gauge is None else gauge.board)
    if verdict == VERDICTS[0]:
        why = f"judged by {f'all {stated}' if judged == stated else f'{judged} of the {stated}'} limits that it states"
    return Maker(
        profile.name, profile.title, profile.maker, verdict, why, _worst_first(obstacles),
        _worst_first([b for b in broken if b.severity != "error"]), tuple(unsaid), stated, judged, profile.source,
        profile.address, profile.revision, profile.read, tuple(keeps),
    )  # fmt: skip


def _verdict(
    profile: Profile, limits: Limits, obstacles: Sequence[Breach], unsaid: Sequence[Unsaid], board: Board | None
) -> tuple[str, str]:
    least, most = profile.layers
    layers = 0 if board is None else len(board.copper_layers)
    if layers and not least <= layers <= most:
        span = f"{least:g}" if least == most else f"{least:g} and more" if most == float("inf") else f"{least:g} to {most:g}"
        return VERDICTS[3], f"its limits are for boards of {span} copper layers, this one has {layers}"
    if board is not None and profile.maker == "assembler" and not len(board.components):
        return VERDICTS[3], "it places parts, and none is known here"
    if obstacles:
        return VERDICTS[2], ""
    missing = [group for group in CORE[profile.maker] if not any(rule in limits for rule in group)]
    if missing:
        return VERDICTS[1], f"it states no limit for {', '.join(' or '.join(group) for group in missing)}"
    grave = [u.rule for u in unsaid if u.severity == "error" and not u.absent]
    return (VERDICTS[1], f"not judged here: {', '.join(grave)}") if grave else (VERDICTS[0], "")


def _worst_first(broken: Iterable[Breach]) -> tuple[Breach, ...]:
    return tuple(sorted(broken, key=lambda b: (round(b.share, 6), b.rule, b.param)))
