"""Facts of what is written in figures, one file a language: `de.py` holds German's as `FIGURES`.

They stand beside the language's own file and are laid over its tables. A language without a file here keeps the rules
that need none.
"""

from importlib import import_module
from pkgutil import iter_modules

from voice_stack.text.languages.figures.facts import Figures


def figures_for(code: str) -> Figures:
    """The facts of a language by its ISO 639-1 code; those of no language in particular where it has no file."""
    if code not in {module.name for module in iter_modules(__path__) if len(module.name) == 2}:
        return Figures()
    figures: Figures = import_module(f"{__name__}.{code}").FIGURES
    return figures
