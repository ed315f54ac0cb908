"""Which package may import which, and what must not be imported to start the service."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src"
PACKAGE = SOURCE / "voice_stack"

# The arrows of ARCHITECTURE.md. A package may import itself, and the top package for its version.
ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "language": {"core"},
    "audio": {"core"},
    "text": {"core", "language"},
    "hub": {"core"},
    "serving": {"core", "hub"},
    "jobs": {"core", "serving"},
    "web": {"core", "serving", "jobs"},
    "speaker": {"core", "serving", "audio", "hub"},
    "asr": {"core", "serving", "jobs", "web", "audio", "text", "language", "hub", "speaker"},
    "tts": {"core", "serving", "jobs", "web", "audio", "text", "language", "hub", "speaker"},
    "lab": {"core", "serving", "jobs", "speaker", "audio", "text", "language", "hub"},
}
ALLOWED |= {
    "client": {"core"},
    "books": {"core", "jobs", "language", "text", "audio", "client"},
    "cloning": {"core", "language", "audio", "serving", "tts"},
}
ANYTHING = {"apps": set(ALLOWED), "cli": {*ALLOWED, "apps"}, "ui": {"core"}}
ALLOWED |= ANYTHING
# Engines know nothing of HTTP; the wire's shapes stay where requests are handled.
HTTP_PACKAGES = {"fastapi", "starlette", "uvicorn"}
HTTP_FREE = (
    *("core", "audio", "text", "language", "speaker", "hub", "serving", "jobs", "client", "books", "cloning"),
    *("asr/engines", "asr/types.py", "asr/service.py", "asr/wire/answers.py", "asr/wire/jobs.py"),
    *("tts/engines", "tts/voices", "tts/types.py", "text/plan.py", "tts/service.py"),
    *("tts/wire/answers.py", "tts/wire/jobs.py", "tts/wire/work.py"),
)
# What core may use besides the standard library. YAML is for config.yaml.
CORE_THIRD_PARTY = {"pydantic", "pydantic_core", "pydantic_settings", "yaml"}
HEAVY = (
    "TTS",
    "av",
    "chatterbox",
    "ctranslate2",
    "faster_whisper",
    "huggingface_hub",
    "kokoro_onnx",
    "langdetect",
    "librosa",
    "onnxruntime",
    "phonemizer",
    "piper",
    "sherpa_onnx",
    "pocket_tts",
    "pocketsphinx",
    "torch",
    "transformers",
    "whisper",
    "wyoming",
    "zeroconf",
)
EMPTY_NAMES = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}

# Kind, settings, and what is told of voices, by service.
ROWS = {
    "asr": ("Kind.RECOGNITION", "AsrSettings", ""),
    "tts": ("Kind.SPEECH", "TtsSettings", ", c.voices(g), c.knows_voice(g, 'nobody')"),
}
# Models of the engines that have none by themselves.
MODELS = {"faster-whisper": "small", "whisper": "tiny"}

FILES = sorted(PACKAGE.rglob("*.py"))


def imported_names(source: str, module: tuple[str, ...]) -> Iterator[str]:
    """Absolute names of everything that a module's source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module[: len(module) - node.level] if node.level else ()
            start = ".".join([*base, *([node.module] if node.module else [])])
            # `from voice_stack import web` names the package in its second half.
            yield from (f"{start}.{name.name}" for name in node.names)


@cache
def imported_modules(path: Path) -> frozenset[str]:
    return frozenset(imported_names(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).with_suffix("").parts))


def package_of(path: Path) -> str:
    """The package that a file belongs to; empty for the top package's own files."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@cache
def module_graph() -> dict[Path, set[Path]]:
    """The files that each file imports."""
    files = {path.relative_to(SOURCE).with_suffix("").as_posix().removesuffix("/__init__"): path for path in FILES}

    def file_of(name: str) -> Path | None:
        place = name.replace(".", "/")
        # A name is a module, or something inside one.
        return files.get(place) or files.get(place.rpartition("/")[0])

    return {
        path: {found for name in imported_modules(path) if (found := file_of(name)) is not None} - {path}
        for path in FILES
    }


def parts_graph(folder: Path, modules: Mapping[Path, set[Path]]) -> dict[str, set[str]]:
    """The same between the direct parts of a folder: its files, and its folders with all that is in them."""

    @cache
    def part_of(path: Path) -> str:
        own = path.is_relative_to(folder) and path != folder / "__init__.py"
        return path.relative_to(folder).parts[0] if own else ""

    graph: dict[str, set[str]] = {}
    for path, imported in modules.items():
        graph.setdefault(part_of(path), set()).update(map(part_of, imported))
    return {part: reached - {part, ""} for part, reached in graph.items() if part}


def cycle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Nodes that reach each other, if there are any."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def inside(path: Path, place: str) -> bool:
    return path.relative_to(PACKAGE).is_relative_to(place)


def test_every_package_has_its_arrows() -> None:
    packages = {package_of(path) for path in FILES} - {""}
    assert packages, "no package was found: this test looks in the wrong place"
    assert packages <= ALLOWED.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_the_right_way(path: Path) -> None:
    package = package_of(path)
    reached = {
        name.split(".")[1]
        for name in imported_modules(path)
        if name.startswith("voice_stack.") and name.split(".")[1] in ALLOWED
    }
    allowed = ALLOWED[package] | {package} if package else set()
    assert reached <= allowed, f"{path} imports {sorted(reached - allowed)}"


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_the_parts_of_a_folder_do_not_import_each_other(folder: Path) -> None:
    found = cycle_in(parts_graph(folder, module_graph()))
    assert not found, " -> ".join(found)


def test_files_do_not_import_each_other() -> None:
    graph = {str(path): set(map(str, imported)) for path, imported in module_graph().items()}
    assert len(graph) > 200
    assert not cycle_in(graph), " -> ".join(cycle_in(graph))


def test_a_cycle_is_seen() -> None:
    one, other, top = PACKAGE / "jobs/work/run.py", PACKAGE / "jobs/work/pace.py", PACKAGE / "jobs/types.py"
    assert cycle_in(parts_graph(PACKAGE / "jobs", {one: {top}, top: {other}}))
    assert not cycle_in(parts_graph(PACKAGE / "jobs", {one: {top}, top: set(), other: {one}}))


@pytest.mark.parametrize("place", HTTP_FREE)
def test_http_stays_out_of(place: str) -> None:
    for path in FILES:
        if inside(path, place):
            names = {name.split(".")[0] for name in imported_modules(path)}
            assert not names & HTTP_PACKAGES, f"{path} imports {sorted(names & HTTP_PACKAGES)}"


def test_engines_do_not_reach_for_web() -> None:
    for path in FILES:
        if inside(path, "asr/engines") or inside(path, "tts/engines"):
            assert not any(name.startswith("voice_stack.web") for name in imported_modules(path)), path


def test_core_rests_on_the_standard_library_and_pydantic() -> None:
    for path in FILES:
        if package_of(path) == "core":
            foreign = {name.split(".")[0] for name in imported_modules(path)} - {"voice_stack"}
            assert foreign <= set(sys.stdlib_module_names) | CORE_THIRD_PARTY, path


def test_every_file_is_named_after_what_it_holds() -> None:
    assert not [path for path in FILES if path.name in EMPTY_NAMES]


def loaded_by(statement: str, before: str = "pass") -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = (
        f"import json, sys; {before}; {statement}; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("service", ["asr", "tts"])
def test_importing_the_service_loads_no_engine(service: str) -> None:
    loaded = loaded_by(f"import voice_stack.apps.{service}")
    assert "fastapi" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("service", ["asr", "tts"])
def test_assembling_the_service_loads_no_engine(service: str) -> None:
    loaded = loaded_by(f"from voice_stack.apps.{service} import create_{service}_app as create; create()")
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("service", ["asr", "tts"])
def test_rows_of_engines_load_none(service: str) -> None:
    loaded = loaded_by(
        "from voice_stack.serving.registry import REGISTRY; from voice_stack.serving.spec import Kind; "
        f"rows = REGISTRY.of({ROWS[service][0]}); assert rows"
    )
    assert "voice_stack" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("service", ["asr", "tts"])
def test_what_is_told_of_engines_before_they_are_built_loads_none(service: str) -> None:
    kind, settings, voices = ROWS[service]
    loaded = loaded_by(
        "from voice_stack.core.settings import load_settings; from voice_stack.serving.registry import REGISTRY; "
        "from voice_stack.serving.service import configure; from voice_stack.serving.spec import Kind; "
        f"from voice_stack.{service}.settings import {settings}; settings = load_settings({settings}); "
        f"told = [(c.obstacle(g), c.is_downloaded(g), c.languages(g), c.files(g), spec.models(g){voices}) "
        f"for spec in REGISTRY.of({kind}) for c in [spec.load()] "
        "for g in [configure(settings, settings.host)(spec, MODELS.get(spec.name, ''))]]; assert len(told) > 2",
        f"MODELS = {MODELS!r}",
    )
    assert "voice_stack" in loaded
    assert not loaded & set(HEAVY)


def test_the_command_line_starts_without_the_service() -> None:
    loaded = loaded_by("import voice_stack.cli.main")
    assert "typer" in loaded
    assert not loaded & {"fastapi", "numpy", "pydantic_settings", "uvicorn", *HEAVY}


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("import voice_stack.web.app", {"voice_stack.web.app"}),
        ("from voice_stack import web", {"voice_stack.web"}),
        ("from ..web import app", {"voice_stack.web.app"}),
        ("def late():\n    from voice_stack.tts.types import Voice", {"voice_stack.tts.types.Voice"}),
    ],
)
def test_every_way_of_importing_is_seen(line: str, reached: set[str]) -> None:
    assert set(imported_names(line, ("voice_stack", "core", "gate"))) == reached
