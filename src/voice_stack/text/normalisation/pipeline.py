"""Text normalisation for speech: written text in, the words a native speaker reads out."""

import re
from collections.abc import Sequence

from voice_stack.text.languages import locale_for
from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.amounts import speak_numbers, speak_quantities
from voice_stack.text.normalisation.calendar import speak_dates, speak_decades, speak_times
from voice_stack.text.normalisation.capitals import lower_shouted
from voice_stack.text.normalisation.characters import (
    MAX_PIECES,
    clean,
    dashes,
    mark_cuts,
    shelter,
    split_cuts,
    tidy,
    unshelter,
)
from voice_stack.text.normalisation.counters import speak_counters
from voice_stack.text.normalisation.counts import speak_counts
from voice_stack.text.normalisation.durations import speak_durations, speak_seconds
from voice_stack.text.normalisation.eras import speak_eras
from voice_stack.text.normalisation.figure_dates import speak_figure_dates
from voice_stack.text.normalisation.forms import plain_forms
from voice_stack.text.normalisation.formulas import speak_formulas, write_formulas
from voice_stack.text.normalisation.fractions import speak_fractions, speak_parts
from voice_stack.text.normalisation.html import strip_html
from voice_stack.text.normalisation.markdown import strip_markdown
from voice_stack.text.normalisation.markup_like import drop_controls, drop_markup_like
from voice_stack.text.normalisation.modifiers import join_modifiers
from voice_stack.text.normalisation.notation import speak_feet, unify_numbers, unify_signs
from voice_stack.text.normalisation.ordinals import speak_ordinals, speak_years
from voice_stack.text.normalisation.phones import speak_codes, speak_phones
from voice_stack.text.normalisation.ranges import join_ranges
from voice_stack.text.normalisation.rates import speak_rates
from voice_stack.text.normalisation.ratios import speak_marks, speak_ratios
from voice_stack.text.normalisation.residue import speak_residue
from voice_stack.text.normalisation.roman import read_roman
from voice_stack.text.normalisation.streets import expand_streets
from voice_stack.text.normalisation.web_addresses import speak_addresses
from voice_stack.text.normalisation.weekdays import speak_weekdays
from voice_stack.text.normalisation.words import (
    drop_emoji,
    expand_abbreviations,
    speak_symbols,
    spell_acronyms,
)

# One pass leaves ordinary text as it will stay; escaped or nested markup comes off one layer a pass.
_PASSES = 8
# The order matters: each rule sees only what those before it left in digits or signs.
_RULES = (
    speak_addresses,
    speak_weekdays,
    speak_formulas,
    unify_signs,
    speak_counters,
    speak_eras,
    lower_shouted,
    read_roman,
    expand_streets,
    expand_abbreviations,
    speak_figure_dates,
    speak_dates,
    speak_durations,
    speak_ratios,
    speak_times,
    speak_phones,
    speak_codes,
    unify_numbers,
    speak_feet,
    speak_seconds,
    speak_decades,
    speak_ordinals,
    speak_marks,
    join_modifiers,
    join_ranges,
    speak_rates,
    speak_parts,
    speak_counts,
    speak_quantities,
    speak_fractions,
    speak_years,
    speak_numbers,
    spell_acronyms,
    speak_symbols,
)

# These find nothing in a text without a digit, which most sentences are.
_NEED_DIGITS = frozenset(
    (
        speak_eras,
        speak_figure_dates,
        speak_durations,
        speak_ratios,
        speak_times,
        speak_phones,
        speak_codes,
        unify_numbers,
        speak_feet,
        speak_seconds,
        speak_decades,
        speak_ordinals,
        speak_marks,
        join_ranges,
        speak_rates,
        speak_parts,
        speak_counts,
        speak_quantities,
        speak_fractions,
        speak_years,
        speak_numbers,
    )
)
_DIGIT = re.compile(r"\d")


def normalise(text: str, language: str) -> str:
    """Words to speak for `text`, in the manner of `language` (ISO 639-1, with or without a region).

    Idempotent, never raises, and takes time linear in the text. Inline marks such as `[pause:1.5s]` stay as they
    are. What cannot be read is left as written; a language without a table is only freed of markup and characters
    that have no sound.
    """
    return normalise_pieces([text], language)[0]


def normalise_pieces(pieces: Sequence[str], language: str) -> list[str]:
    """The words to speak for a text that comes in pieces, in as many pieces.

    Rules see the text as a whole, but none reads across a cut ("5" and " km" are not read as five kilometres). Cuts
    are best made in front of words.

    Raises:
        ValueError: there are more than MAX_PIECES.
    """
    if len(pieces) > MAX_PIECES:
        raise ValueError(f"{len(pieces)} pieces; {MAX_PIECES} are the most")
    locale = locale_for(language)
    text = mark_cuts([shelter(piece) for piece in pieces])
    for _ in range(_PASSES):
        before = text
        text = _once(text, locale)
        if text == before:
            break
    return [unshelter(piece) for piece in split_cuts(text, len(pieces))]


def _once(text: str, locale: Locale | None) -> str:
    text = drop_controls(text)
    text = plain_forms(text)
    text = drop_emoji(text, locale)
    text = strip_html(text)
    text = drop_markup_like(text, locale.comma if locale else ", ")
    text = write_formulas(text, locale)
    text = strip_markdown(clean(text), locale)
    if locale is not None:
        for rule in _RULES:
            if rule not in _NEED_DIGITS or _DIGIT.search(text):
                text = rule(text, locale)
        text = speak_residue(text, locale)
    return tidy(dashes(text, locale))
