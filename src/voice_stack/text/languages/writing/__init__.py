"""Facts of what is written in signs and short forms, one file a language: `de.py` holds German's as `WRITING`.

They stand beside the language's own file. A language without a file here keeps the rules that need none.
"""

from importlib import import_module
from pkgutil import iter_modules

from voice_stack.text.languages.writing.facts import Writing


def writing_for(code: str) -> Writing:
    """The facts of a language by its ISO 639-1 code; those of no language in particular where it has no file."""
    if code not in {module.name for module in iter_modules(__path__) if len(module.name) == 2}:
        return Writing()
    writing: Writing = import_module(f"{__name__}.{code}").WRITING
    return writing
