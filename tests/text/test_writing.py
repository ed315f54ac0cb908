"""Signs and short forms: kinds of writing that are no figures, each in the languages that it concerns."""

import pytest

from voice_stack.core.errors import InvalidRequestError
from voice_stack.text.languages import known_languages
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.plan import PlanLimits, check_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon

# A kind, then "language: written -> spoken" a line.
TABLE = r"""
# full stops inside a sentence
de: Friedrich II. war König. -> Friedrich der Zweite war König.
de: Unter Ludwig XIII. wurde gebaut. -> Unter Ludwig dem Dreizehnten wurde gebaut.
de: Die Zeit Ludwigs XV. ist vorbei. -> Die Zeit Ludwigs des Fünfzehnten ist vorbei.
cs: Rudolf II. zemřel. -> Rudolf druhý zemřel.
cs: za Karla IV. bylo dobře -> za Karla čtvrtého bylo dobře
en: Call at 7 a.m. PST. -> Call at seven A M P S T.
en: See you at 9 p.m. Friday. -> See you at nine P M Friday.
en: It was 5 p.m. She left. -> It was five P M. She left.
# Roman numerals
en: Henry VIII's wives -> Henry the eighth's wives
en: Pope Francis I -> Pope Francis the first
en: Chapter Ⅷ -> Chapter eight
en: Part ⅱ -> Part two
en: Final Fantasy VII -> Final Fantasy seven
en: Malcolm X -> Malcolm X
de: im XIX. Jahrhundert -> im neunzehnten Jahrhundert
cs: v XVIII. století -> v osmnáctém století
hu: a XVIII. században -> a tizennyolcadik században
hu: XIV. Lajos -> tizennegyedik Lajos
tr: XIX. yüzyıl -> on dokuzuncu yüzyıl
pl: za Kazimierza III -> za Kazimierza trzeciego
pl: w XIX wieku -> w dziewiętnastym wieku
ru: при Петре I -> при Петре первом
ru: указ Екатерины II -> указ Екатерины второй
fr: le XIXᵉ siècle -> le dix-neuvième siècle
es: Alfonso XIII -> Alfonso trece
it: Luigi XIV -> Luigi quattordicesimo
pt: João Paulo II -> João Paulo segundo
nl: Willem III -> Willem de Derde
zh: 第Ⅷ章 -> 第八章
# counters and ranks
zh: 第2章 -> 第二章
zh: 2号楼 -> 二号楼
zh: 2层楼 -> 两层楼
zh: 下午2点半 -> 下午两点半
zh: 3点02分 -> 三点零二分
zh: 两点2分 -> 两点二分
zh: 2位客人 -> 两位客人
ja: 第2回 -> 第二回
ko: 제2회 -> 제이회
# signs after characters without spaces
ja: 20℃です -> 二十度です
ja: 50%引き -> 五十パーセント引き
ko: 50%할인 -> 오십 퍼센트할인
# formulas and powers
en: E=mc² -> E equals m c squared
en: x^2 + y^3 = z^{10} -> x squared plus y cubed equals z to the power of ten
en: about 10^-3 -> about ten to the power of minus three
en: $$\frac{a}{b}$$ -> a over b
en: 7 * 8 -> seven times eight
en: 2**8 -> two to the power of eight
en: C₆H₁₂O₆ -> C six H twelve O six
en: I paid $5 and $6. -> I paid five dollars and six dollars.
de: x² + 1 -> x Quadrat plus eins
fr: x³ et 10⁶ -> x au cube et dix puissance six
es: x² -> x al cuadrado
ru: x³ -> x в кубе
hu: 10⁴ -> tíz a negyedik hatványon
zh: 10⁶ -> 十的六次方
ko: x² -> x의 제곱
# forms of letters and numbers
en: 𝕳𝖊𝖑𝖑𝖔 ｗｏｒｌｄ -> Hello world
en: 5㎞ -> five kilometres
en: ② Close it -> two, Close it
en: see ③ -> see three
ja: ㍿トヨタ -> 株式会社トヨタ
ja: ﾃﾚﾋﾞ -> テレビ
en: x_1 + x_2 -> x one plus x two
# streets
en: Martin Luther King Jr. Blvd. is long. -> Martin Luther King Junior Boulevard is long.
en: Go down Elm St. and wait. -> Go down Elm Street and wait.
en: 9 Pine Dr. -> nine Pine Drive.
en: Dr. Lee lives on St. Mark's Pl. -> Doctor Lee lives on Saint Mark's Place.
en: 42 N. Lake Ave., Apt. 4 -> forty-two North Lake Avenue, Apartment four
en: The Dr. is in. -> The Doctor is in.
de: Schillerstr. 12 -> Schillerstraße zwölf
fr: 5 bd Voltaire -> cinq boulevard Voltaire
es: Avda. de América -> avenida de América
it: P.zza Navona -> piazza Navona
pt: R. Augusta -> rua Augusta
nl: Kerkstr. 5 -> Kerkstraat vijf
pl: al. Jerozolimskie -> aleja Jerozolimskie
ru: ул. Ленина, д. 5, кв. 12 -> улица Ленина, дом пять, квартира двенадцать
cs: nám. Míru -> náměstí Míru
tr: Gül Sok. 3 -> Gül Sokak üç
hu: Teréz krt. 10 -> Teréz körút tíz
# capitals
en: GIVE IT TO US! -> GIVE it TO us!
en: THE FBI IS HERE -> THE F B I IS HERE
en: MEET AT 6 AM TODAY -> MEET AT six A M TODAY
en: The IT team in the US. -> The I T team in the U S.
# markup
en: <thinking>Well.</thinking>Good evening! -> Good evening!
en: So it is[3][4]. -> So it is.
en: File → Save -> File, Save
en: A => B -> A, B
en: [b]bold[/b] word -> bold word
en: <custom-tag a="1">hey</custom-tag> -> hey
en: a < b -> a less than b
# modifiers
en: a $50 note -> a fifty-dollar note
en: an 8 oz glass -> an eight-ounce glass
en: the 10 km race -> the ten-kilometre race
en: It costs $20. -> It costs twenty dollars.
"""


def cases() -> list[tuple[str, str, str]]:
    rows = [line for line in TABLE.strip().splitlines() if not line.startswith("#")]
    parts = [(row.partition(": "), row.partition(" -> ")) for row in rows]
    return [(language, spoken[0].partition(": ")[2], spoken[2]) for (language, _, _), spoken in parts]


@pytest.mark.parametrize(("language", "written", "spoken"), cases())
def test_signs_and_short_forms_are_read_as_what_they_are(language: str, written: str, spoken: str) -> None:
    said = normalise(written, language)
    assert said == spoken
    assert normalise(said, language) == said


@pytest.mark.parametrize("language", known_languages())
def test_powers_are_said_in_every_language(language: str) -> None:
    said = {normalise(f"x{power}", language) for power in ("", "²", "³", "⁴")}
    assert len(said) == 4


def test_control_codes_of_a_terminal_are_left_out() -> None:
    assert normalise("\x1b[1;32mOK\x1b[0m, go", "en") == "OK, go"


def test_a_break_in_plain_text_is_a_pause() -> None:
    plan = plan_speech(
        check_text('Hello <break time="800ms"/> you'), "en", PlanLimits(250), lexicon=Lexicon(None), phonemes=False
    )
    assert plan.units[0].pause_after_s == pytest.approx(0.8)


def test_a_break_in_plain_text_may_not_last_for_ever() -> None:
    with pytest.raises(InvalidRequestError, match="too long"):
        check_text('Hello <break time="3600s"/> you')
