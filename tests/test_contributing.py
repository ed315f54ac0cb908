"""CONTRIBUTING.md is so: its paths and commands exist, its map is the tree, its code is the code that the tests run."""

import importlib.util
import re
import tomllib

import pytest

from tests.live_server import ROOT
from tests.recipes import CONTRIBUTING, Block, additions, code_blocks
from tests.test_imports import ALLOWED, PACKAGE

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGES = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
# Prose and diagrams, without the code that a note says the origin of.
TEXT = re.sub(r"^<!-- [^\n]* -->\n```python\n.*?^```$", "", CONTRIBUTING, flags=re.MULTILINE | re.DOTALL)
RECIPES = {
    "engine": "tests/test_new_engine.py",
    "format": "tests/test_new_format.py",
    "language": "tests/text/test_new_language.py",
    "setting": "tests/core/test_new_setting.py",
}


def named_paths() -> set[str]:
    """All files and folders that the text names, but for places to be filled in and addresses."""
    files = re.findall(r"(?<![\w/.<])(?:[\w-]+/)+[\w.-]+\.(?:py|md|toml|yaml)\b", TEXT)
    alone = re.findall(r"`([\w-]+\.(?:py|md|toml)|\.env\.example)`|\]\(([\w-]+\.md)", TEXT)
    folders = re.findall(r"`((?:[\w-]+/)+)`", TEXT)
    names = {*files, *folders, *(one or other for one, other in alone)}
    return {name for name in names if "XX" not in name} - {"utils.py"}


def exists(path: str) -> bool:
    """True for a path of the repository, of the package, or of a package's own folders."""
    roots = [ROOT, PACKAGE, *(PACKAGE / package for package in sorted(PACKAGES))]
    return any((root / path).exists() for root in roots)


def test_paths_exist() -> None:
    named = named_paths()
    assert {"src/voice_stack/serving/registry.py", "asr/engines/", "web/uploads.py", "README.md", "plan.py"} <= named
    assert len(named) > 50
    assert sorted(name for name in named if not exists(name)) == []


def test_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"lint", "test"} <= set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.MULTILINE)) <= targets
    modules = set(re.findall(r"python -m ([\w.]+)", TEXT))
    assert {"pytest", "voice_stack.cli.env_example"} <= modules
    assert sorted(name for name in modules if importlib.util.find_spec(name) is None) == []
    run = [path for line in re.findall(r"-m pytest ([^`\n#]*)", TEXT) for path in line.split() if path[0] != "-"]
    assert run
    assert sorted(path for path in run if not (ROOT / path).exists()) == []
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert "voice-stack" in scripts


@pytest.mark.parametrize("block", code_blocks(), ids=lambda block: block.note[:60] or block.language)
def test_code_is_code(block: Block) -> None:
    match block.language:
        case "python":
            compile(block.code, block.note, "exec")
            assert block.note, "nothing says which test runs it"
        case "toml":
            assert tomllib.loads(block.code)
        case "sh":
            assert all(line.startswith(("make ", ".venv/bin/python -m ")) for line in block.code.splitlines())
        case language:
            pytest.fail(f"nobody looks at a block of {language or 'no language'}")


def test_code_is_what_the_tests_run() -> None:
    compared = 0
    for block in code_blocks():
        if whole := re.fullmatch(r"the file (\S+)", block.note):
            assert block.code == (ROOT / whole[1]).read_text(encoding="utf-8"), whole[1]
        elif part := re.fullmatch(r"in (\S+)", block.note):
            assert block.code in (ROOT / part[1]).read_text(encoding="utf-8"), part[1]
        else:
            continue
        compared += 1
    assert compared == 4
    assert len(additions()) == 3, "which tests/test_new_format.py applies"
    assert sum(bool(block.note) for block in code_blocks()) == compared + len(additions())


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_names_its_test(recipe: str) -> None:
    article = "an" if recipe[0] in "aeiou" else "a"
    (section,) = re.findall(rf"^## Add {article} {recipe}\n(.*?)(?=^## |\Z)", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    assert f"`{RECIPES[recipe]}`" in section
    assert (ROOT / RECIPES[recipe]).is_file()


def test_the_map_lists_every_package() -> None:
    assert re.findall(r"^\| `(\w+)/` \|", CONTRIBUTING, re.MULTILINE) == drawn_order()
    assert set(drawn_order()) == PACKAGES


def drawn_layers() -> list[set[str]]:
    """Layers of the drawing, the ground first."""
    (drawing,) = re.findall(r"^    (core < .*)$", CONTRIBUTING, re.MULTILINE)
    return [set(layer.split(", ")) for layer in drawing.split(" < ")]


def drawn_order() -> list[str]:
    """Packages in the drawing's order."""
    (drawing,) = re.findall(r"^    (core < .*)$", CONTRIBUTING, re.MULTILINE)
    return re.split(r", | < ", drawing)


def test_the_drawing_is_the_law_of_imports() -> None:
    below: set[str] = set()
    for layer in drawn_layers():
        for package in layer:
            assert ALLOWED[package] & PACKAGES <= below, package
        below |= layer


def test_the_table_of_architecture_is_the_law_of_imports() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", ARCHITECTURE, re.MULTILINE))
    assert set(rows) == PACKAGES
    for package, told in rows.items():
        allowed = ALLOWED[package] & PACKAGES
        everything = {"apps": PACKAGES - {"apps", "cli"}, "cli": PACKAGES - {"cli"}}
        expected = everything[package] if told == "anything" else set(re.findall(r"`(\w+)`", told))
        assert expected == allowed, package


def test_modules_that_architecture_names_exist() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+)(?:\.py)?`", ARCHITECTURE))
    drawn = set(re.findall(r"(?<= )((?:asr|tts|web|text|serving)/[a-z_]+)", ARCHITECTURE))
    assert {"serving/host", "jobs/intake", "core/errors"} <= named
    assert {"asr/wire", "tts/speaking", "text/plan"} <= drawn

    def there(name: str) -> bool:
        return exists(name) or exists(f"{name}.py")

    assert sorted(name for name in named | drawn if not there(name)) == []
