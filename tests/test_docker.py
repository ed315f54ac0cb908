"""The container files agree with the repository and the settings. Building them needs Docker and is not done here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_stack.asr.settings import AsrSettings

ROOT = Path(__file__).resolve().parent.parent
PORT = AsrSettings.model_fields["asr_port"].default


def instructions(text: str) -> list[tuple[str, str]]:
    """Instruction and argument of each line of a Dockerfile, continuation lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    return instructions((ROOT / "Dockerfile.asr").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = content["services"]["asr"]
    return found


def test_every_copied_file_exists_and_is_let_through(dockerfile: list[tuple[str, str]]) -> None:
    sources = [source for name, rest in dockerfile if name == "COPY" for source in rest.split()[:-1]]
    assert "src" in {Path(source).name for source in sources}
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{Path(source)}" in let_through


def test_the_build_has_every_file_that_the_project_names(dockerfile: list[tuple[str, str]]) -> None:
    copied = {source for name, rest in dockerfile if name == "COPY" for source in rest.split()[:-1]}
    assert {"pyproject.toml", "README.md", "LICENSE"} <= copied


def test_ports_are_the_settings_port(dockerfile: list[tuple[str, str]], service: dict[str, Any]) -> None:
    assert ("EXPOSE", str(PORT)) in dockerfile
    (environment,) = [rest for name, rest in dockerfile if name == "ENV"]
    assert f"ASR_PORT={PORT}" in environment
    assert service["ports"] == [f"{PORT}:{PORT}"]
    assert service["environment"]["ASR_PORT"] == str(PORT)


def test_variables_are_settings(dockerfile: list[tuple[str, str]], service: dict[str, Any]) -> None:
    (environment,) = [rest for name, rest in dockerfile if name == "ENV"]
    names = {part.partition("=")[0] for part in environment.split()} - {"PYTHONUNBUFFERED"}
    assert {name.lower() for name in names | set(service["environment"])} <= set(AsrSettings.model_fields)


def test_the_service_runs_as_a_user_without_rights(dockerfile: list[tuple[str, str]]) -> None:
    names = [name for name, _ in dockerfile]
    assert dict(dockerfile)["USER"] not in ("root", "0")
    assert names.index("USER") < names.index("CMD")


def test_models_outlive_the_container(dockerfile: list[tuple[str, str]], service: dict[str, Any]) -> None:
    folder = service["environment"]["MODEL_DIR"]
    assert f"MODEL_DIR={folder}" in dict(dockerfile)["ENV"]
    assert json.loads(dict(dockerfile)["VOLUME"]) == [folder]
    assert service["volumes"] == [f"models:{folder}"]


def test_the_health_check_is_a_program_that_compiles(dockerfile: list[tuple[str, str]]) -> None:
    python, option, code = json.loads(dict(dockerfile)["HEALTHCHECK"].partition("CMD ")[2])
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
