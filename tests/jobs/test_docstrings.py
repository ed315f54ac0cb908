"""Every public thing of the jobs says what it is, beginning with the noun or the deed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import voice_stack

PACKAGE = Path(voice_stack.__file__).parent
FILES = [path for folder in ("jobs", "web/jobs") for path in sorted((PACKAGE / folder).rglob("*.py"))]
QUESTIONS = {"how", "what", "when", "where", "whether", "which", "who", "why"}

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Documented]]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child.name, child
            if isinstance(child, ast.ClassDef):
                yield from ((f"{child.name}.{name}", inner) for name, inner in public(child))


def faults(source: str) -> list[str]:
    tree = ast.parse(source)
    found = []
    for name, node in [("the module", tree), *public(tree)]:
        words = (ast.get_docstring(node) or "").split()
        if not words:
            found.append(f"{name} has no docstring")
        elif words[0].lower() in QUESTIONS:
            found.append(f"{name} begins with {words[0]}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_things_are_described(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_faults_are_seen() -> None:
    source = '"""What it is."""\nclass A:\n    """An a."""\n    async def b(self): ...\n    def _c(self): ...\n'
    assert faults(source) == ["the module begins with What", "A.b has no docstring"]
