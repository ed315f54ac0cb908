"""A language's tables with its facts of figures laid over them."""

from dataclasses import replace

from voice_stack.text.languages.figures.facts import Figures
from voice_stack.text.languages.locale import Locale, Noun, currencies, units

_LENGTHS = ("km", "m", "cm", "mm", "dm", "mi", "ft", "in", "yd", "км", "м", "см", "мм", "дм")
_CAPITALS = ("kg", "km", "cm", "ml", "mm")  # of these, capitals are no other unit: 12KG


def laid_over(locale: Locale, figures: Figures) -> Locale:
    """The language with more units, currencies and magnitudes, and with the powers of its units of length."""
    known = dict(locale.units) | units(figures.units)
    for template, signs in ((figures.square, ("²", "2")), (figures.cube, ("³", "3"))):
        for length in _LENGTHS if template else ():
            for sign in signs:
                if length in known:
                    known.setdefault(length + sign, _power(known[length], template))
                    known.setdefault(length + "^" + sign, known[length + sign])
    for unit in _CAPITALS:
        if unit in known and unit != "mm":
            known.setdefault(unit.upper(), known[unit])
    return replace(
        locale,
        figures=figures,
        units=known,
        currencies={**locale.currencies, **currencies(figures.currencies)},
        magnitudes={**locale.magnitudes, **units(figures.magnitudes)},
    )


def _power(length: Noun, template: str) -> Noun:
    """The second or third power of a length, from a template for each of its forms."""
    templates = template.split("|")
    forms = []
    for at in range(max(len(length.forms), len(templates))):
        form = length.form(at)
        said = templates[min(at, len(templates) - 1)]
        if "{}" not in said and "{l}" not in said:
            forms.append(f"{form} {said}" if "{}" not in form and not form.startswith("=") else form)
            continue
        forms.append(said.replace("{l}", form[:1].lower() + form[1:]).replace("{}", form))
    return Noun(tuple(forms), length.gender)
