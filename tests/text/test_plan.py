"""The speech plan: which words an engine gets, with what pronunciation, style and pauses."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.core.errors import InvalidRequestError, TextTooLongError, UnsupportedError
from voice_stack.text.cutting.chunks import Opening, chunk
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, PAUSE_MARK, SENTENCE_PAUSE_S, natural_pause
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.plan import Plan, PlanLimits, Unit, check_text, parse_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.text.pronunciation.pronounced import Pronounced

TOMATO = Pronounced("tomato", "təˈmeɪtoʊ")
LEXICONS = {
    "en": """
        tomato: {ipa: təˈmeɪtoʊ}
        SQL: {say: sequel, ipa: ˈsiːkwəl}
        nginx: engine x
        GIF: {say: jif}
        New York: {ipa: njuː ˈjɔːk}
        C++: {ipa: siː plʌs plʌs}
        b: bee
        pause: paws
        incomprehensibilities: {ipa: ɪnˌkɒm}
    """,
    "zh": "重庆: {ipa: ʈʂʰʊŋtɕʰiŋ}",
    "ja": "SQL: {ipa: eskjɯːerɯ}",
    "ru": "книги: {ipa: ˈknʲiɡʲɪ}\nи: {ipa: i}",
    "ar": "كتاب: {ipa: kitaːb}",
    "ko": "서울: {ipa: sʌul}",
}


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder = tmp_path_factory.mktemp("lexicon")
    for language, entries in LEXICONS.items():
        lines = (line.strip() for line in entries.splitlines())
        (folder / f"{language}.yaml").write_text("\n".join(filter(None, lines)), encoding="utf-8")
    words = Lexicon(folder)
    words.check()
    return words


NO_WORDS = Lexicon(None)


def planned(
    text: str, language: str = "en", *, lexicon: Lexicon = NO_WORDS, limit: int = 250, phonemes: bool = True
) -> Plan:
    return plan_speech(
        parse_text(text), language, PlanLimits(limit, opening=Opening()), lexicon=lexicon, phonemes=phonemes
    )


def ssml(body: str, language: str = "en", *, lexicon: Lexicon = NO_WORDS, phonemes: bool = True) -> tuple[Unit, ...]:
    return planned(f"<speak>{body}</speak>", language, lexicon=lexicon, phonemes=phonemes).units


def said(unit: Unit) -> str:
    return "".join(part.text for part in unit.parts)


def shown(unit: Unit) -> str:
    """A unit's text, with /IPA/ in the place of words that have one."""
    return "".join(f"/{part.ipa}/" if part.ipa else part.text for part in unit.parts)


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_plain_text_is_normalised_and_cut_with_natural_pauses() -> None:
    plan = planned("It costs $5.\n\nReally, Dr. Who?")
    assert plan == Plan(
        "It costs five dollars.\n\nReally, Doctor Who?",
        (
            Unit((Pronounced("It costs five dollars."),), pause_after_s=PARAGRAPH_PAUSE_S),
            Unit((Pronounced("Really, Doctor Who?"),)),
        ),
    )


def test_a_pause_mark_is_a_pause_and_no_word(lexicon: Lexicon) -> None:
    plan = planned("Wait [pause:1.5s] for the pause.", lexicon=lexicon)
    assert plan.text == "Wait [pause:1.5s] for the paws."
    assert [(said(unit), unit.pause_after_s) for unit in plan.units] == [("Wait,", 1.5), ("for the paws.", 0.0)]


@pytest.mark.parametrize("text", ["...", "[pause:0s]", "<speak/>", "<speak> . </speak>", "\u200b"])
def test_nothing_to_say_gives_no_unit(text: str) -> None:
    assert planned(text).units == ()


@pytest.mark.parametrize("text", ["[pause:1s]", "...[pause:1s]", "<speak><break time='1s'/></speak>"])
def test_a_pause_alone_is_a_unit_without_words(text: str) -> None:
    assert planned(text).units == (Unit((), pause_after_s=1.0),)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Tomato soup.", "/təˈmeɪtoʊ/ soup."),
        ("en", "I eat tomato.", "I eat /təˈmeɪtoʊ/."),
        ("en", "tomato", "/təˈmeɪtoʊ/."),
        ("en", "One (tomato) or “tomato”, tomato!", 'One (/təˈmeɪtoʊ/) or "/təˈmeɪtoʊ/", /təˈmeɪtoʊ/!'),
        ("en", "tomato tomato", "/təˈmeɪtoʊ/ /təˈmeɪtoʊ/."),
        ("en", "SQL, 5 km of SQL's SQL-tomato", "/ˈsiːkwəl/, five kilometres of /ˈsiːkwəl/'s /ˈsiːkwəl/-/təˈmeɪtoʊ/."),
        ("en", "New York. New tomato", "/njuː ˈjɔːk/. New /təˈmeɪtoʊ/."),
        ("en", "C++ and **tomato** and _SQL_", "/siː plʌs plʌs/ and /təˈmeɪtoʊ/ and /ˈsiːkwəl/."),
        (
            "en",
            "https://tomato.org/sql and a@tomato.org",
            "/təˈmeɪtoʊ/ dot org slash sql and a at /təˈmeɪtoʊ/ dot org.",
        ),
        ("en", "[tomato](http://tomato.org) #tomato", "/təˈmeɪtoʊ/ hashtag /təˈmeɪtoʊ/."),
        ("en", "a zqtomato, zql and zqxjvw", "a zqtomato, zql and zqxjvw."),
        ("zh", "重庆有3公里。重庆，重庆", "/ʈʂʰʊŋtɕʰiŋ/有三公里。/ʈʂʰʊŋtɕʰiŋ/，/ʈʂʰʊŋtɕʰiŋ/。"),
        ("zh", "我在重庆5天", "我在/ʈʂʰʊŋtɕʰiŋ/五天。"),
        ("ja", "これはSQLです。", "これは/eskjɯːerɯ/です。"),
        ("ru", "2 книги и т. д. и мир", "две /ˈknʲiɡʲɪ/ /i/ так далее /i/ мир."),
        ("ar", "كتاب 5 km", "/kitaːb/ خمسة كيلومترات."),
        ("ko", "서울 10km를", "/sʌul/ 십 킬로미터를."),
    ],
)
def test_words_keep_their_pronunciation_where_they_stand(
    lexicon: Lexicon, language: str, text: str, expected: str
) -> None:
    assert [shown(unit) for unit in planned(text, language, lexicon=lexicon).units] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A tomato and SQL.", "A tomato and sequel."),
        ("NGINX serves 5 GIFs and a GIF", "engine x serves five GIFs and a jif."),
        ("https://nginx.org, joe@nginx.org", "engine x dot org, joe at engine x dot org."),
        ("<b>b</b> &amp; b<br>", "bee and bee."),
    ],
)
def test_without_phonemes_words_are_respelled_where_the_lexicon_says_how(
    lexicon: Lexicon, text: str, expected: str
) -> None:
    assert [shown(unit) for unit in planned(text, lexicon=lexicon, phonemes=False).units] == [expected]


def test_pronounced_words_are_cut_into_units_like_any_other(lexicon: Lexicon) -> None:
    text = "I like my tomato. Tomato is fine, e.g. tomato soup. we eat it. " * 3
    units = planned(text, lexicon=lexicon, limit=60).units
    assert [said(unit) for unit in units] == [said(unit) for unit in planned(text, limit=60).units]
    assert sum(part.ipa is not None for unit in units for part in unit.parts) == 9


def test_a_long_sentence_is_not_cut_inside_a_pronounced_word(lexicon: Lexicon) -> None:
    text = "".join(f"{'お' * n}SQL" for n in range(12))
    units = planned(text, "ja", lexicon=lexicon, limit=20).units
    assert sum(part.ipa is not None for unit in units for part in unit.parts) == 12
    assert all(len(said(unit)) <= 20 for unit in units)


def test_a_word_longer_than_half_the_limit_is_spelt_out(lexicon: Lexicon) -> None:
    units = planned("My incomprehensibilities and tomato.", lexicon=lexicon, limit=20).units
    assert letters("".join(map(said, units))) == "Myincomprehensibilitiesandtomato"
    assert [part for unit in units for part in unit.parts if part.ipa] == [TOMATO]


def test_pronunciations_give_way_when_their_words_cannot_be_kept_whole() -> None:
    run = "".join(f'<phoneme ph="x">{"ab" * 5}</phoneme>' for _ in range(20))
    plan = planned(f"<speak>{run}</speak>", limit=22)
    assert letters("".join(map(said, plan.units))) == "ab" * 100
    assert all(len(said(unit)) <= 22 for unit in plan.units)


def test_an_accent_behind_a_pronounced_word_leaves_it_its_letters() -> None:
    body = '<phoneme ph="x">expos</phoneme>&#769; <phoneme ph="x">lycée</phoneme>&#769;'
    assert letters("".join(map(said, ssml(body)))) == "expoślycéé"


def test_emphasis_in_a_sentence_makes_units_without_a_pause() -> None:
    units = ssml('She <emphasis level="strong">really</emphasis> means it. She (<emphasis>too</emphasis>) does.')
    assert [(said(unit), unit.rate != 1.0, unit.pause_after_s) for unit in units] == [
        ("She,", False, 0.0),
        ("really,", True, 0.0),
        ("means it. She,", False, 0.0),
        ("(too),", True, 0.0),
        ("does.", False, 0.0),
    ]


def test_where_the_style_changes_between_sentences_their_pause_stays() -> None:
    units = ssml('One. <prosody volume="loud">Two!</prosody> Three, <prosody rate="slow">four</prosody>.')
    assert [(said(unit), unit.gain_db, unit.rate, unit.pause_after_s) for unit in units] == [
        ("One.", 0.0, 1.0, SENTENCE_PAUSE_S),
        ("Two!", 6.0, 1.0, natural_pause("!")),
        ("Three,", 0.0, 1.0, natural_pause(",")),
        ("four.", 0.0, 0.75, 0.0),
    ]


def test_neighbours_of_one_style_are_one_unit() -> None:
    slow = '<prosody rate="slow">{}</prosody>'
    (unit,) = ssml(f"{slow.format('One.')} {slow.format('Two')} <emphasis level='none'></emphasis>{slow.format('x.')}")
    assert (said(unit), unit.rate) == ("One. Two x.", 0.75)


def test_silent_speech_has_no_level() -> None:
    (unit,) = ssml('<prosody volume="silent">Nothing</prosody>')
    assert unit.gain_db == -math.inf


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>A title</p><p>The text</p>", [("A title.", 0.6), ("The text.", 0.0)]),
        ("<s>One</s><s>Two</s>", [("One.", 0.25), ("Two.", 0.0)]),
        ("Wait<break time='2s'/>for me", [("Wait,", 2.0), ("for me.", 0.0)]),
        ("<s>One</s><break time='2s'/><s>Two</s>", [("One.", 2.0), ("Two.", 0.0)]),
        ("One.<break strength='none'/>Two.", [("One.", 0.0), ("Two.", 0.0)]),
        ("<break time='1s'/>One [pause:300ms] two<break time='1s'/>", [("", 1.0), ("One,", 0.3), ("two,", 1.0)]),
        ("One<break time='1s'/>...<break time='1s'/>two", [("One,", 2.0), ("two.", 0.0)]),
    ],
)
def test_breaks_are_kept_exactly(body: str, expected: list[tuple[str, float]]) -> None:
    assert [(said(unit), unit.pause_after_s) for unit in ssml(body)] == expected


def test_only_the_very_first_sentence_is_cut_short_for_an_early_start() -> None:
    sentence = "We walked along the river, past the old mill, over the bridge, and up to the tower; there we sat down."
    units = ssml(f"{sentence}<break time='1s'/>{sentence}")
    assert [said(unit) for unit in units] == [sentence[:62], sentence[63:], sentence]


def test_phonemes_of_ssml_are_spoken_where_the_engine_takes_them(lexicon: Lexicon) -> None:
    body = 'a <phoneme ph="x">SQL</phoneme> <phoneme ph="y"/>, un<phoneme ph="z">believ</phoneme>able'
    assert [shown(unit) for unit in ssml(body, lexicon=lexicon)] == ["a /x/ /y/, un/z/able."]
    assert [shown(unit) for unit in ssml(body, lexicon=lexicon, phonemes=False)] == ["a sequel, unbelievable."]


def test_say_as_and_sub_are_read_as_they_say(lexicon: Lexicon) -> None:
    body = 'Ask <say-as interpret-as="characters">SQL</say-as>, <sub alias="Doctor Who, 5 km">DW</sub> and SQL'
    assert [shown(unit) for unit in ssml(body, lexicon=lexicon)] == [
        "Ask S Q L, Doctor Who, five kilometres and /ˈsiːkwəl/."
    ]


def test_a_long_reading_is_cut_like_any_text() -> None:
    number = "+44 20 7946 0958 20 7946 0958 20 7946 0958"
    plan = planned(f'<speak><say-as interpret-as="telephone">{number}</say-as></speak>', limit=60)
    assert len(plan.units) > 2
    assert all(len(said(unit)) <= 60 for unit in plan.units)
    assert letters("".join(map(said, plan.units))) == letters(plan.text)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("<speak>a & b</speak>", InvalidRequestError, "line 1, column 11"),
        ("<speak>\n<p>a</s></speak>", InvalidRequestError, "line 2, column 7"),
        ('<speak><prosody pitch="high">a</prosody></speak>', UnsupportedError, "pitch"),
        ("a [pause:11s] b", InvalidRequestError, "10 s"),
        ("<speak>a [pause:6s][pause:6s]</speak>", InvalidRequestError, "10 s"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_once(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check_text(text)
    with pytest.raises(error, match=message):
        planned(text)


@pytest.mark.parametrize("text", ["Plain [pause:2s] text.", "<speak>SSML<break time='2s'/></speak>", "a < b & c"])
def test_what_can_be_planned_passes(text: str) -> None:
    check_text(text)
    assert planned(text).units


LANGUAGES = st.sampled_from(["en", "de", "zh", "ja", "ru", "ar", "hi", "ko", "xx"])
LETTERS = "tomato Tomato SQL 重庆 книги كتاب 서울 nginx GIF C++ zq zqx 𗀀 word Élan がぎ कि a\u0301 Dr. km"
SIGNS = '5 $3 。 . , ! ( ) " — - \u200b 😀 ** <b> _ http://tomato.org [pause:1s]'
WORDS = st.sampled_from([*LETTERS.split(), *SIGNS.split(), " ", "\n\n"])
TEXTS = st.lists(WORDS, max_size=40).map("".join) | st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=80)
LIMITS = st.integers(10, 300)


@given(TEXTS, LANGUAGES, LIMITS, st.booleans())
def test_all_of_any_text_is_spoken_in_order_within_the_limit(
    lexicon: Lexicon, text: str, language: str, limit: int, phonemes: bool
) -> None:
    try:
        plan = planned(text, language, lexicon=lexicon, limit=limit, phonemes=phonemes)
    except InvalidRequestError:
        assert text.lower().count("[pause:") > 10
        return
    assert letters("".join(map(said, plan.units))) == letters(PAUSE_MARK.sub("", plan.text))
    assert all(len(said(unit)) <= limit for unit in plan.units)
    assert all(unit.parts or unit.pause_after_s > 0 for unit in plan.units)
    assert phonemes or not any(part.ipa for unit in plan.units for part in unit.parts)


@given(TEXTS, LANGUAGES, LIMITS)
def test_without_a_lexicon_the_plan_is_the_normalised_text_in_chunks(text: str, language: str, limit: int) -> None:
    words = normalise(text, language)
    try:
        expected = chunk(words, language, limit=limit, opening=Opening())
    except InvalidRequestError:
        return
    plan = planned(text, language, limit=limit)
    assert [(said(unit), unit.pause_after_s) for unit in plan.units] == [
        (piece.text, piece.pause_after_s) for piece in expected if piece.text or piece.pause_after_s
    ]


STYLES = st.sampled_from([None, "<emphasis>", "<prosody rate='slow'>", "<prosody volume='soft'>", "<phoneme ph='x'>"])
BITS = st.tuples(STYLES, st.sampled_from(["a ", "b. ", " c", "d", "(e", "f) ", "“g” ", " - ", "5 ", "重庆。", "", " "]))


@given(st.lists(BITS, max_size=30), st.sampled_from(["en", "zh"]), LIMITS)
def test_styles_lose_nothing_and_keep_the_limit(bits: list[tuple[str | None, str]], language: str, limit: int) -> None:
    body = "".join(f"{tag}{text}</{tag[1:].split()[0].strip('>')}>" if tag else text for tag, text in bits)
    plan = planned(f"<speak>{body}</speak>", language, limit=limit)
    assert letters("".join(map(said, plan.units))) == letters(plan.text)
    assert all(0 < len(said(unit)) <= limit for unit in plan.units)
    # One style through and through is the same as none.
    plain = planned("".join(text for _, text in bits), language, limit=limit)
    slow = planned(
        f"<speak><prosody rate='slow'>{''.join(t for _, t in bits)}</prosody></speak>", language, limit=limit
    )
    assert [said(unit) for unit in slow.units] == [said(unit) for unit in plain.units]
    assert all(unit.rate == 0.75 for unit in slow.units)


@given(st.lists(st.tuples(st.sampled_from(["One.", "Two!", "three,"]), st.sampled_from([0, 137, 1500])), min_size=1))
def test_pauses_are_those_asked_for_and_the_natural_ones(pieces: list[tuple[str, int]]) -> None:
    text = " ".join(f"{word} [pause:{ms}ms]" if ms else word for word, ms in pieces)
    units = planned(text, limit=20).units
    asked = [unit.pause_after_s for unit in units if unit.pause_after_s in (0.137, 1.5)]
    assert asked == [ms / 1000 for _, ms in pieces if ms]
    natural = [unit for unit in units[:-1] if unit.pause_after_s not in (0.137, 1.5)]
    assert all(unit.pause_after_s == natural_pause(said(unit)[-1]) > 0 for unit in natural)
    assert pieces[-1][1] or units[-1].pause_after_s == 0.0


def test_a_lexicon_does_not_make_hours_of_speech_of_a_few_words(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text(f"hi: {'la ' * 99}la\n", encoding="utf-8")
    words = Lexicon(tmp_path)
    assert len(planned("hi " * 10, lexicon=words).text) > 2900
    with pytest.raises(TextTooLongError) as caught:
        planned("hi " * 1000, lexicon=words)
    assert caught.value.param == "input"
