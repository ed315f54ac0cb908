"""The container files agree with the repository and the settings. Building them needs Docker and is not done here."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings_report import owned_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.web.settings import ServiceSettings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def instructions(text: str) -> list[tuple[str, str]]:
    """Instruction and argument of each line of a Dockerfile, continuation lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


@dataclass(frozen=True)
class Container:
    """What the files say of a service.

    Attributes:
        dockerfile: instructions and arguments.
        service: its part of docker-compose.yml.
        folders: setting of each folder that outlives the container.
    """

    name: str
    settings: type[ServiceSettings]
    dockerfile: list[tuple[str, str]]
    service: dict[str, Any]
    folders: tuple[str, ...]

    @property
    def port(self) -> int:
        port: int = self.settings.model_fields[f"{self.name}_port"].default
        return port

    @property
    def wyoming_port(self) -> int:
        port: int = self.settings.nested()["wyoming_door"].model_fields["port"].default
        return port

    @property
    def environment(self) -> dict[str, str]:
        (rest,) = [rest for name, rest in self.dockerfile if name == "ENV"]
        return dict(part.split("=", 1) for part in rest.split())

    @property
    def copied(self) -> set[str]:
        return {source for name, rest in self.dockerfile if name == "COPY" for source in rest.split()[:-1]}


@pytest.fixture(
    params=[
        ("asr", AsrSettings, ("MODEL_DIR", "DATA_DIR")),
        ("tts", TtsSettings, ("MODEL_DIR", "TTS_VOICES_DIR", "DATA_DIR")),
    ],
    ids=["asr", "tts"],
)
def container(request: pytest.FixtureRequest) -> Container:
    name, settings, folders = request.param
    text = (ROOT / f"Dockerfile.{name}").read_text(encoding="utf-8")
    return Container(name, settings, instructions(text), COMPOSE["services"][name], folders)


def test_compose_builds_every_service_from_its_file() -> None:
    files = {name: service["build"]["dockerfile"] for name, service in COMPOSE["services"].items()}
    assert files == {"asr": "Dockerfile.asr", "tts": "Dockerfile.tts"}


def test_every_copied_file_exists_and_is_let_through(container: Container) -> None:
    assert "src" in {Path(source).name for source in container.copied}
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in container.copied:
        assert (ROOT / source).exists()
        assert f"!{Path(source)}" in let_through


def test_the_build_has_every_file_that_the_project_names(container: Container) -> None:
    assert {"pyproject.toml", "README.md", "LICENSE"} <= container.copied


def test_the_extras_that_its_comments_offer_exist(container: Container) -> None:
    text = (ROOT / f"Dockerfile.{container.name}").read_text(encoding="utf-8")
    offered = set(re.findall(r"EXTRAS=\[(\w+)\]", text))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert offered
    assert not [extra for extra in offered if not re.search(rf"^{extra} = \[", pyproject, re.MULTILINE)]


def test_its_command_is_the_service(container: Container) -> None:
    assert json.loads(dict(container.dockerfile)["CMD"]) == ["voice-stack", "serve", container.name]


def test_ports_are_the_settings_port(container: Container) -> None:
    name, port = f"{container.name.upper()}_PORT", container.port
    assert ("EXPOSE", str(port)) in container.dockerfile
    assert container.environment[name] == str(port)
    assert container.service["ports"] == [f"{one}:{one}" for one in (port, container.wyoming_port)]
    assert container.service["environment"][name] == str(port)


def test_home_assistant_finds_its_port_and_its_package(container: Container) -> None:
    name, port = f"{container.name.upper()}_WYOMING_PORT", container.wyoming_port
    assert ("EXPOSE", str(port)) in container.dockerfile
    assert container.environment[name] == container.service["environment"][name] == str(port)
    assert ("ARG", 'EXTRAS="[wyoming]"') in container.dockerfile


def test_variables_are_settings(container: Container) -> None:
    names = container.environment.keys() - {"PYTHONUNBUFFERED"} | container.service["environment"].keys()
    known = {name for owned in owned_settings(container.settings) for name in owned.variables.values()}
    assert names <= known


def test_compose_fixes_what_the_image_fixes(container: Container) -> None:
    # A .env is meant for the machine; its folders do not exist in the container.
    assert container.service["environment"] == {
        name: value for name, value in container.environment.items() if name != "PYTHONUNBUFFERED"
    }


def test_every_folder_of_the_settings_is_fixed(container: Container) -> None:
    folders = {
        variable
        for owned in owned_settings(container.settings)
        for name, variable in owned.variables.items()
        if owned.owner.model_fields[name].annotation is Path
    }
    assert {"MODEL_DIR", "DATA_DIR"} <= folders
    assert folders <= container.environment.keys()


def test_the_service_runs_as_a_user_without_rights(container: Container) -> None:
    names = [name for name, _ in container.dockerfile]
    assert dict(container.dockerfile)["USER"] not in ("root", "0")
    assert names.index("USER") < names.index("CMD")


def test_what_it_keeps_outlives_the_container(container: Container) -> None:
    folders = [container.environment[name] for name in container.folders]
    assert json.loads(dict(container.dockerfile)["VOLUME"]) == folders
    (made,) = [rest for name, rest in container.dockerfile if name == "RUN" and "install --directory" in rest]
    assert made.endswith(" ".join(folders))
    mounted = dict(volume.split(":")[:2][::-1] for volume in container.service["volumes"])
    assert mounted.keys() == set(folders)
    named = {source for source in mounted.values() if not source.startswith(".")}
    assert named <= COMPOSE["volumes"].keys()


def test_the_health_check_is_a_program_that_compiles(container: Container) -> None:
    python, option, code = json.loads(dict(container.dockerfile)["HEALTHCHECK"].partition("CMD ")[2])
    assert (python, option) == ("python", "-c")
    assert f'os.environ["{container.name.upper()}_PORT"]' in code
    compile(code, "HEALTHCHECK", "exec")
