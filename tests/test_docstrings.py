"""Every public thing says what it is, beginning with the noun or the deed.

Left out are private things, dunders, setters, and methods that fulfil a contract of ours that describes them.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import voice_stack

PACKAGE = Path(voice_stack.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
QUESTIONS = {"how", "what", "when", "where", "whether", "which", "who", "why"}
# Here even what fulfils a contract is described.
COMPLETE = ("jobs", "web/jobs")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def public(node: ast.Module | ast.ClassDef, owner: str = "") -> Iterator[tuple[str, str, Documented]]:
    """Class around it (empty for none), name and node of everything public."""
    for child in node.body:
        if not isinstance(child, ast.ClassDef | Function) or child.name.startswith("_") or is_setter(child):
            continue
        yield owner, child.name, child
        if isinstance(child, ast.ClassDef):
            yield from public(child, child.name)


def is_setter(node: Documented) -> bool:
    """True for `@name.setter`, whose getter is described."""
    return isinstance(node, Function) and any(
        isinstance(one, ast.Attribute) and one.attr == "setter" for one in node.decorator_list
    )


def base_names(node: ast.ClassDef) -> set[str]:
    """Names of a class's bases, without their modules and parameters."""
    plain = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return {ast.unparse(base).rpartition(".")[2] for base in plain}


def contracts_of(trees: list[ast.Module]) -> dict[str, tuple[set[str], set[str]]]:
    """Bases and described methods of every class, by its name; classes of one name are taken together."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases, methods = found.setdefault(node.name, (set(), set()))
                bases |= base_names(node) - {node.name}
                methods |= {one.name for one in node.body if isinstance(one, Function) and ast.get_docstring(one)}
    return found


def is_described_above(owner: str, method: str, contracts: Mapping[str, tuple[set[str], set[str]]]) -> bool:
    """True for a method that a base of its class describes."""
    bases = contracts[owner][0] if owner in contracts else set()
    return any(
        base in contracts and (method in contracts[base][1] or is_described_above(base, method, contracts))
        for base in bases
    )


CONTRACTS = contracts_of([ast.parse(path.read_text(encoding="utf-8")) for path in FILES])


def faults(source: str, contracts: Mapping[str, tuple[set[str], set[str]]]) -> list[str]:
    """What is missing or begins with a question in one file."""
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) else ["the module has no docstring"]
    for owner, name, node in public(tree):
        if not ast.get_docstring(node) and not is_described_above(owner, name, contracts):
            found.append(f"{owner}.{name} has no docstring" if owner else f"{name} has no docstring")
    for part in ast.walk(tree):
        if isinstance(part, ast.Module | ast.ClassDef | Function):
            words = (ast.get_docstring(part) or "-").split()
            if words[0].lower().rstrip(",;:.") in QUESTIONS:
                name = "the module" if isinstance(part, ast.Module) else part.name
                found.append(f"{name} begins with {words[0]}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_things_are_described(path: Path) -> None:
    complete = any(path.relative_to(PACKAGE).is_relative_to(folder) for folder in COMPLETE)
    assert faults(path.read_text(encoding="utf-8"), {} if complete else CONTRACTS) == []


def test_enough_is_seen() -> None:
    things = [thing for path in FILES for thing in public(ast.parse(path.read_text(encoding="utf-8")))]
    assert len(things) > 1000
    described = sum(ast.get_docstring(node) is not None for _, _, node in things)
    assert described / len(things) > 0.9, "more than a tenth rests on the description of a contract"


SAMPLE = '''"""What it is."""
class A(B):
    """An a."""
    async def b(self): ...
    def _c(self):
        """How it is."""
'''
CONTRACT = '''class B(Protocol[T]):
    def b(self):
        """Described."""
'''


def test_faults_are_seen() -> None:
    assert faults(SAMPLE, {}) == ["A.b has no docstring", "the module begins with What", "_c begins with How"]


def test_a_contract_describes_for_its_classes() -> None:
    contracts = contracts_of([ast.parse(CONTRACT), ast.parse(SAMPLE)])
    assert faults(SAMPLE, contracts) == ["the module begins with What", "_c begins with How"]
