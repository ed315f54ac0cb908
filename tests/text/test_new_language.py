"""The recipe "add a language" of CONTRIBUTING.md: one file, and nothing else is edited."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_stack.text import languages
from voice_stack.text.cutting.chunks import chunk
from voice_stack.text.cutting.sentences import split_sentences
from voice_stack.text.languages import known_languages, locale_for
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.plan import PlanLimits, parse_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon

# Esperanto, as far as this test needs it. A danda ends its sentences, which tells its rules from
# those of any other language.
ESPERANTO = '''
"""Esperanto."""

from voice_stack.text.languages.locale import Clock, Dates, Locale, Sentences, Web, currencies, listed, one_other, units
from voice_stack.text.languages.locale import word_set
from voice_stack.text.languages.numerals import Numerals


class EsperantoNumerals(Numerals):
    def day(self, n: int, before: str = "") -> str:
        return f"{self.cardinal(n)}a"


LOCALE = Locale(
    code="eo",
    numerals=EsperantoNumerals("eo", "komo"),
    decimal=",",
    groups=" .",
    plural=one_other,
    minus="minus",
    span="{a} ĝis {b}",
    dates=Dates(
        months=listed("januaro februaro marto aprilo majo junio julio aŭgusto septembro oktobro novembro decembro"),
        spoken="la {day} de {month}",
    ),
    clock=Clock(full="la {h}a", both="la {h}a kaj {m}"),
    units=units("km = kilometro|kilometroj"),
    currencies=currencies("EUR = eŭro|eŭroj ; cendo|cendoj"),
    money="{major} kaj {minor}",
    abbreviations={"ekz.": "ekzemple"},
    symbols={"&": "kaj"},
    web=Web(at="heliko", dot="punkto"),
    stop="।",
    sentences=Sentences(prefixes=word_set("sro")),
)
'''
TEXT = "Sro. Zamenhof iris 5 km. Poste li dormis"


@pytest.fixture
def esperanto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder beside ours in which languages are looked for."""
    (tmp_path / "eo.py").write_text(ESPERANTO, encoding="utf-8")
    monkeypatch.setattr(languages, "__path__", [*languages.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "voice_stack.text.languages.eo", raising=False)
    locale_for.cache_clear()
    yield
    sys.modules.pop("voice_stack.text.languages.eo", None)
    locale_for.cache_clear()


def test_without_its_file_a_language_is_spoken_as_it_is_written() -> None:
    assert "eo" not in known_languages()
    assert normalise(TEXT, "eo") == TEXT
    assert split_sentences(TEXT, "eo")[0] == "Sro."
    assert chunk("Li dormis", "eo", limit=100)[0].text == "Li dormis."


@pytest.mark.usefixtures("esperanto")
def test_its_file_alone_makes_a_language_known() -> None:
    assert known_languages() == tuple(sorted({*known_languages(), "eo"}))
    for tag in ("eo", "EO", "eo-XX", "eo_XX"):
        locale = locale_for(tag)
        assert locale is not None
        assert locale.code == "eo"


@pytest.mark.usefixtures("esperanto")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5 km", "kvin kilometroj"),
        ("1 km", "unu kilometro"),
        ("3,5 km", "tri komo kvin kilometroj"),
        ("2-3 km", "du ĝis tri kilometroj"),
        ("8 €", "ok eŭroj"),
        ("ekz. 7", "ekzemple sep"),
        ("3/5/2024", "la tria de majo du mil dudek kvar"),
        ("kafo & teo", "kafo kaj teo"),
    ],
)
def test_a_new_language_is_read_by_its_own_words(written: str, said: str) -> None:
    assert normalise(written, "eo") == said


@pytest.mark.usefixtures("esperanto")
def test_a_new_language_is_cut_by_its_own_rules() -> None:
    assert split_sentences(TEXT, "eo-XX") == ["Sro. Zamenhof iris 5 km.", "Poste li dormis"]
    assert chunk("Li dormis", "eo", limit=100)[0].text == "Li dormis।"


@pytest.mark.usefixtures("esperanto")
def test_a_plan_speaks_a_new_language() -> None:
    speech = parse_text(f"<speak>{TEXT} <say-as interpret-as='date'>1.5.1900</say-as></speak>")
    plan = plan_speech(speech, "eo", PlanLimits(60), lexicon=Lexicon(None), phonemes=False)
    assert plan.text.startswith("Sro. Zamenhof iris kvin kilometroj. Poste li dormis la unua de majo")
    assert plan.units[0].parts[0].text == "Sro. Zamenhof iris kvin kilometroj."
