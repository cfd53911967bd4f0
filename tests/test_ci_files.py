"""The files by which CI systems use dfmcheck: well-formed by their own schemas and linters, and run as those systems run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
BASH = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def tool(name: str) -> str:
    """A program of this environment, or of the machine; skips where there is none."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def passes(*command: str, **more: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr


def blocks() -> list[str]:
    """The YAML that `docs/ci.md` shows."""
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The same as files, by what reads them."""
    into = tmp_path_factory.mktemp("shown")
    kinds: dict[str, list[Path]] = {"workflow": [], "gitlab": [], "pre-commit": []}
    for n, text in enumerate(blocks()):
        kind = "workflow" if "\njobs:" in text else "pre-commit" if text.startswith("repos:") else "gitlab"
        folder = into / (".github/workflows" if kind == "workflow" else kind)
        folder.mkdir(parents=True, exist_ok=True)
        kinds[kind].append(folder / f"{n}.yml")
        kinds[kind][-1].write_text(text, "utf-8")
    assert [len(found) for found in kinds.values()] == [5, 1, 1]
    return kinds


def test_they_are_valid_by_the_schemas_of_their_systems(shown: dict[str, list[Path]]) -> None:
    check = tool("check-jsonschema")
    passes(check, "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml"))
    passes(check, "--builtin-schema", "custom.github-workflows-require-timeout", *map(str, shown["workflow"]))
    passes(check, "--builtin-schema", "vendor.github-workflows", *map(str, shown["workflow"]))
    passes(check, "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", *map(str, shown["gitlab"]))


def test_the_hook_is_a_hook_and_runs_on_boards_only(shown: dict[str, list[Path]]) -> None:
    passes(tool("pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    passes(tool("pre-commit"), "validate-config", *map(str, shown["pre-commit"]))
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (used,) = yaml.safe_load(shown["pre-commit"][0].read_text("utf-8"))["repos"][0]["hooks"]
    assert (hook["id"], hook["entry"], hook["require_serial"]) == (used["id"], "dfmcheck", True)
    assert re.search(hook["files"], "hardware/board.kicad_pcb")
    assert not re.search(hook["files"], "hardware/board.kicad_pcb-bak")


def test_zizmor_finds_no_fault_in_the_action_or_the_workflows(shown: dict[str, list[Path]]) -> None:
    zizmor = tool("zizmor")
    passes(zizmor, "--offline", "--quiet", str(ROOT / "action.yml"))
    # People choose how they pin; what the action itself uses is pinned by commit.
    config = ("--config", str(unpinned(shown)))
    passes(zizmor, "--offline", "--quiet", "--min-severity=medium", *config, *map(str, shown["workflow"]))


def unpinned(shown: dict[str, list[Path]]) -> Path:
    path = shown["workflow"][0].parent / "zizmor.yaml"
    path.write_text("rules:\n  unpinned-uses:\n    config:\n      policies:\n        '*': ref-pin\n", "utf-8")
    return path


def test_hadolint_finds_no_fault_in_the_image() -> None:
    passes(tool("hadolint"), str(ROOT / "Dockerfile"))
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r'^USER (?!0|root).*\n(.*\n)*ENTRYPOINT \["dfmcheck"\]', text, re.M)
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*)", text, re.M) for word in line.split()[:-1]]
    assert sorted(copied) == sorted(kept)
    assert all((ROOT / name).exists() for name in kept)


def test_shellcheck_finds_no_fault_in_the_scripts(tmp_path: Path) -> None:
    scripts = [path for path in (ROOT / ".ci").iterdir() if path.is_file()]
    for n, step in enumerate(step for step in STEPS.values() if "run" in step):
        scripts.append(tmp_path / f"{n}.sh")
        names = "".join(f'{name}="${{{name}-}}"\n' for name in [*step["env"], "RUNNER_TEMP", "GITHUB_OUTPUT"])
        scripts[-1].write_text(f"#!/bin/bash\n{names}{step['run']}", "utf-8")
    passes(tool("shellcheck"), "--exclude=SC2034", *map(str, scripts))


def test_inputs_never_become_script_and_what_is_used_is_pinned() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert ("uses" in step) != (step.get("shell") == "bash")
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", f"a@{'0' * 40}"))


def test_the_documentation_tells_all_inputs_and_uses_no_other(shown: dict[str, list[Path]]) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| ?(.*?) ?\|$", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.M)
    assert [name for name, _ in rows] == list(ACTION["inputs"])
    for name, default in rows:
        stated = str(ACTION["inputs"][name].get("default", ""))
        assert not stated or default == f"`{stated}`"
    for path in shown["workflow"]:
        for step in yaml.safe_load(path.read_text("utf-8"))["jobs"]["dfm"]["steps"]:
            if step.get("uses", "").startswith("OWNER/dfmcheck@"):
                assert step["with"].keys() <= ACTION["inputs"].keys()
                assert all(name in step["with"] for name, held in ACTION["inputs"].items() if held.get("required"))


class Runner:
    """Runs the steps of the action that are script, as GitHub does: inputs by `env`, outputs and summary by files."""

    def __init__(self, folder: Path) -> None:
        self.work, self.temp = folder / "repo with spaces", folder / "temp"
        self.summary = folder / "summary.md"
        for path in (self.work, self.temp):
            path.mkdir()
        self.outputs: dict[str, dict[str, str]] = {}
        self.log = ""

    def run(self, name: str, **inputs: str) -> int:
        step = STEPS[name]
        given = {key: str(held.get("default", "")) for key, held in ACTION["inputs"].items()} | {
            key.replace("_", "-"): value for key, value in inputs.items()
        }

        def value(text: str) -> str:
            words = re.fullmatch(r"\$\{\{ ([\w.-]+) \}\}", text)
            assert words, text
            first, *rest = words[1].split(".")
            if first == "inputs":
                return given[rest[0]]
            return str(ROOT) if words[1] == "github.action_path" else self.outputs[rest[0]].get(rest[2], "")

        written = self.temp / f"output-{len(self.outputs)}"
        written.touch()
        files = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": written, "GITHUB_STEP_SUMMARY": self.summary}
        env = {**os.environ, **{key: str(path) for key, path in files.items()}}
        env |= {key: value(text) for key, text in step["env"].items()}
        script = self.temp / "script.sh"
        script.write_text(step["run"], "utf-8")
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        done = subprocess.run(bash, cwd=self.work, env=env, capture_output=True, text=True, timeout=120, check=False)
        self.log = done.stdout + done.stderr
        pairs = (line.partition("=") for line in written.read_text("utf-8").splitlines())
        self.outputs[step.get("id", name)] = {key: text for key, _, text in pairs}
        return done.returncode


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """With dfmcheck installed where the action installs it, as after its first use in a job."""
    made = Runner(tmp_path)
    bin_ = made.temp / "dfmcheck-venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "dfmcheck").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dfmcheck "$@"\n', "utf-8")
    (bin_ / "dfmcheck").chmod(0o755)
    (made.work / "hardware").mkdir()
    shutil.copy(ROOT / "docs" / "demo.kicad_pcb", made.work / "hardware" / "board one.kicad_pcb")
    assert made.run("Install dfmcheck") == 0, made.log
    return made


@BASH
def test_the_action_installs_from_its_own_checkout(tmp_path: Path) -> None:
    made = Runner(tmp_path)
    # A Python that makes an environment whose Python notes what it is asked and, of pip, makes the command.
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/bash\nset -eu\n[ "$1 $2" = "-m venv" ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && exit\n'
        '[ "$1 $2 $3" = "-m pip install" ] && printf "%s\\n" "${@: -1}" > "$RUNNER_TEMP/installed"\n'
        'printf "#!/bin/sh\\necho dfmcheck 0.0" > "$(dirname "$0")/dfmcheck" && chmod +x "$(dirname "$0")/dfmcheck"\n',
        "utf-8",
    )
    python.chmod(0o755)
    assert made.run("Install dfmcheck", python=str(python)) == 0, made.log
    assert (made.temp / "installed").read_text("utf-8") == f"{ROOT}\n"
    assert made.outputs["install"]["command"] == str(made.temp / "dfmcheck-venv" / "bin" / "dfmcheck")
    assert "dfmcheck 0.0" in made.log


@BASH
def test_the_action_tells_what_it_finds_and_fails_last(runner: Runner) -> None:
    assert runner.run("Check", path="hardware/*.kicad_pcb\n") == 0, runner.log
    told = runner.outputs["check"]
    assert (told["verdict"], told["status"]) == ("fail", "1")
    assert re.search(r"^::error .*file=hardware/board one\.kicad_pcb,line=\d+", runner.log, re.M), runner.log
    folder = Path(told["folder"])
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json", "report.sarif", "summary.md"]
    assert all(Path(told[name]).parent == folder for name in ("report", "json", "sarif"))
    assert "annular-ring-outer" in runner.summary.read_text("utf-8")
    assert runner.run("Verdict") == 1


@BASH
def test_the_action_hands_on_its_inputs(runner: Runner) -> None:
    (runner.work / "own.toml").write_text('title = "own"\n[limits.track-width]\nmin = "1 mm"\n', "utf-8")
    earlier = runner.temp / "earlier.kicad_pcb"
    shutil.copy(ROOT / "docs" / "demo.kicad_pcb", earlier)
    status = runner.run(
        "Check", path="hardware/board one.kicad_pcb", profile="standard\r\nown.toml\r\n", args="--select\ntrack-width\n",
        fail_on="note", against=str(earlier), summary="false",
    )  # fmt: skip
    told = runner.outputs["check"]
    assert (status, told["verdict"]) == (0, "pass"), runner.log  # nothing is new
    report = yaml.safe_load(Path(told["json"]).read_text("utf-8"))["designs"][0]
    assert report["profile"]["chain"] == ["standard", "own"]
    assert {finding["change"] for finding in report["findings"]} == {"unchanged"}
    assert [rule["id"] for rule in report["rules"] if rule["status"] != "off"] == ["track-width"]
    assert not runner.summary.exists()
    assert runner.run("Verdict") == 0


@BASH
def test_no_input_of_the_action_is_run_as_script(runner: Runner) -> None:
    evil = '$(touch hit); `touch hit` "; touch hit; \'; touch hit'
    assert runner.run("Check", path=f"{evil}\n-o hit.html\n--help", profile=evil, args=evil, against=evil, fail_on=evil) == 0
    assert runner.outputs["check"] == {"verdict": "error", "status": "2"}
    assert not list(runner.work.rglob("hit*"))
    assert "could not read" in runner.summary.read_text("utf-8")
    assert runner.run("Verdict") == 2
