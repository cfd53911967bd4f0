"""Figures of cost and yield: the built-in ones, and the files that replace them key by key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flows import flow, plan
from small import board, footprint, pad

from dfmcheck import api
from dfmcheck.cli import main
from dfmcheck.cost.told import economics
from dfmcheck.errors import DfmError
from dfmcheck.rule import load_rules
from dfmcheck.weights import load_weights

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
BUILT_IN = Path(__file__).parent.parent / "rules" / "weights" / "standard.toml"


def written(tmp_path, text):
    path = tmp_path / "ours.toml"
    path.write_text(text)
    return path


def test_every_figure_says_where_it_stands():
    weights, lines = load_weights(), BUILT_IN.read_text().splitlines()
    assert set(weights) == {"flow", "drivers", "dpmo", "finding", "penalty", "share", "gate", "manual"}
    for (table, key), origin in weights.origins.items():
        path, line = origin.rsplit(":", 1)
        assert path == "rules/weights/standard.toml"
        assert re.match(rf"{key}\s*=", lines[int(line) - 1])
        assert float(lines[int(line) - 1].split("=")[1].split("#")[0]) == weights[table][key]
    assert set(weights.origins) == {(table, key) for table, values in weights.items() for key in values}


def test_the_figures_are_those_of_the_catalogue():
    weights = load_weights()
    assert weights["dpmo"]["joint_hand"] == 400
    assert weights["drivers"]["tht_both_sides"] == 12
    assert dict(weights["finding"]) == {"error": 20, "warning": 5, "note": 1.2}
    assert sum(weights["share"].values()) == pytest.approx(1)
    assert (weights["gate"]["error"], weights["gate"]["package_error"]) == (69, 59)


def test_an_assembler_replaces_what_it_knows_better(tmp_path):
    ours = written(tmp_path, 'title = "ECM"\n[dpmo]\njoint_hand = 100\n[flow]\nhand = 1.5\nhand_joint = 0.05\n')
    weights = load_weights(ours)
    assert weights.title == "dfmcheck + ECM"
    assert (weights["dpmo"]["joint_hand"], weights["dpmo"]["joint_chip"]) == (100, 40)
    assert weights.origins["dpmo", "joint_hand"] == f"{ours}:3"
    assert weights.origins["dpmo", "joint_chip"].startswith("rules/weights/standard.toml:")
    assert load_weights()["dpmo"]["joint_hand"] == 400
    leads = (pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), net="") for k in range(3))
    b = board(footprint(*leads, ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x03_P2.54mm_Vertical"))
    report = api.plan(select=["pad-spacing"]).run(b)
    told = economics(b, plan(flow(b, weights=weights, hand=1, hand_joint=3)), report, load_rules(), {}, weights)
    assert told["weights"] == "dfmcheck + ECM"
    assert told["yield"]["dpu"] == pytest.approx((20 + 300 + 3 * 100) / 1e6)
    assert told["index"]["cost"] == 1.65  # 1.5 + 3 x 0.05
    assert [row["origin"] for row in told["index"]["contributions"]] == [f"{ours}:5", f"{ours}:6"]


def test_the_file_of_the_manual_is_one(tmp_path):
    (shown,) = re.findall(r"```toml\n(.*?)```", (Path(__file__).parent.parent / "docs" / "cost.md").read_text(), re.DOTALL)
    weights = load_weights(written(tmp_path, shown))
    assert (weights["flow"]["hand_joint"], weights["dpmo"]["joint_wave"], weights["dpmo"]["joint_hand"]) == (0.05, 95, 250)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[dpmo]\njoint_chips = 40\n", 2, "[dpmo] has no 'joint_chips'; did you mean 'joint_chip'?"),
        ("[dpmos]\njoint_chip = 40\n", 1, "unknown table of weights 'dpmos'; did you mean 'dpmo'?"),
        ("\n[dpmo]\njoint_chip = -1\n", 3, "joint_chip is -1; it must be a number from 0 to 1,000,000"),
        ("[dpmo]\njoint_chip = 1e7\n", 2, "joint_chip is 10000000.0; it must be a number from 0 to 1,000,000"),
        (f"[flow]\nreflow = 1{'0' * 400}\n", 2, "it must be a number from 0 to 1,000,000"),
        ("[dpmo]\njoint_chip = true\n", 2, "joint_chip is True; it must be a number from 0 to 1,000,000"),
        ("[dpmo]\njoint_chip = nan\n", 2, "joint_chip is nan; it must be a number from 0 to 1,000,000"),
        ("[dpmo]\njoint_chip = inf\n", 2, "joint_chip is inf; it must be a number from 0 to 1,000,000"),
        ("[dpmo]\njoint_chip = '40'\n", 2, "joint_chip is 40; it must be a number from 0 to 1,000,000"),
        ("dpmo = 3\n", 1, "dpmo must be a table"),
        ("[[dpmo]]\njoint_chip = 1\n", 1, "dpmo must be a table"),
        ("title = 3\n", 1, "title must be a text, in quotes"),
        ("revision = 2026\n", 1, "revision must be a text, in quotes"),
        ("[dpmo\n", 1, "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path, text, line, what):
    path = written(tmp_path, text)
    with pytest.raises(DfmError) as error:
        load_weights(path)
    message = str(error.value)
    assert message.startswith(f"{path}:{line}: ")
    assert what in message
    assert "\n" not in message


def test_a_number_of_thousands_of_digits_is_no_number(tmp_path):
    with pytest.raises(DfmError, match="is not valid TOML: Exceeds the limit"):
        load_weights(written(tmp_path, f"[flow]\nreflow = 1{'0' * 6000}\n"))


def test_an_absent_file_is_told(tmp_path):
    with pytest.raises(DfmError, match=r"none\.toml"):
        load_weights(tmp_path / "none.toml")


def test_a_config_file_names_the_weights_beside_it(tmp_path, capsys):
    design = tmp_path / "b.kicad_pcb"
    design.write_bytes((FIXTURES / "hand-solder-access.kicad_pcb").read_bytes())
    written(tmp_path, "[share]\ncost = 0\n[gate]\nerror = 50\n[dpmo]\ncomponent = 21\n")
    (tmp_path / "dfmcheck.toml").write_text('weights = "ours.toml"\n')
    assert main([str(design), "-f", "json", "--fail-on", "never"]) == 0
    told = json.loads(capsys.readouterr().out)["designs"][0]["economics"]
    assert told["score"]["areas"]["cost"]["share"] == 0
    assert told["score"]["gates"][0]["limit"] == 50
    assert told["yield"]["classes"][0]["dpmo"] == 21
    assert told["yield"]["classes"][0]["origin"].endswith("ours.toml:6")
    written(tmp_path, "[dpmo]\ncomponents = 21\n")
    assert main([str(design)]) == 2
    assert re.search(r"ours.toml:2: \[dpmo\] has no 'components'; did you mean 'component'\?\n\Z", capsys.readouterr().err)
