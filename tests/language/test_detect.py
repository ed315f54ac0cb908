"""Languages told from texts: short and long ones, in many scripts, and what is no language at all."""

import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_stack.language.codes import LANGUAGES
from voice_stack.language.detect import detect_language
from voice_stack.language.hints import LETTERS, SCRIPTS, WORDS

_XTTS = "en es fr de it pt pl tr ru nl cs ar zh ja hu ko hi"
XTTS = frozenset(_XTTS.split())

# Told among the 17 languages of XTTS.
TEXTS = {
    "en": [
        "Hello!",
        "Hi there.",
        "Where are you?",
        "The quick brown fox jumps over the lazy dog.",
        "HELLO WORLD THIS IS A TEST",
        "I love my naïve café idea, it is très chic.",
        "Breaking news: prices rise again.",
        "Call me at 5.",
        "Meeting moved to Thursday afternoon due to schedule conflicts.",
        "Keep your seat belts fastened during the flight.",
        "Rain expected later this week.",
    ],
    "de": [
        "Hallo, wie geht es dir?",
        "Guten Morgen!",
        "Das Meeting ist um drei, bitte checkt den Kalender vorher.",
        "Ich bin müde.",
        "Straße",
        "Ja, genau.",
        "Die Katze schläft auf dem Sofa.",
        "Der Workshop startet morgen, das Feedback kommt per Mail vom Team Lead.",
        "Vielen Dank für Ihren Anruf.",
        "Es regnet.",
        "Der Flug hat zwanzig Minuten Verspätung.",
        "Mein Bruder arbeitet in Hamburg.",
        "Öffne bitte das Fenster.",
        "Schönes Wochenende!",
    ],
    "es": [
        "¡Hola!",
        "¿Dónde está la biblioteca?",
        "Buenos días a todos.",
        "El niño come una manzana.",
        "Muchas gracias.",
        "Me gusta mucho la comida mexicana",
        "Vamos a la playa mañana por la tarde.",
        "Abre la ventana, por favor.",
        "Cuatro manzanas cuestan tres euros.",
    ],
    "fr": [
        "Bonjour",
        "Je suis très content de te voir.",
        "Où est la gare ?",
        "C'est la vie.",
        "L’eau est froide aujourd’hui.",
        "Merci beaucoup !",
        "Il fait beau.",
        "Une sœur et un frère",
        "Mon frère travaille à Lyon.",
        "Ouvre la fenêtre, s'il te plaît.",
        "Quatre pommes coûtent trois euros.",
    ],
    "it": [
        "Ciao, come stai?",
        "Grazie mille.",
        "La vita è bella.",
        "Dove sono i miei occhiali?",
        "Vorrei un bicchiere di vino rosso per favore.",
        "Buongiorno a tutti",
        "Mio fratello lavora a Torino.",
        "Apri la finestra, per favore.",
        "Buon fine settimana",
        "Quattro mele costano tre euro.",
    ],
    "pt": [
        "Bom dia",
        "Olá, tudo bem?",
        "Não sei onde ele está.",
        "Obrigado pela ajuda.",
        "Eu gosto muito de café com leite.",
        "A reunião começa às três horas.",
        "Meu irmão trabalha em Recife.",
        "Bom fim de semana",
        "Quatro maçãs custam três reais.",
    ],
    "pl": [
        "Cześć!",
        "Dzień dobry, jak się masz?",
        "Zażółć gęślą jaźń",
        "Nie wiem, co to jest.",
        "Dobry wieczór panu.",
        "Mój brat pracuje w Krakowie.",
        "Otwórz okno, proszę.",
        "Miłego weekendu",
        "Cztery jabłka kosztują trzy złote.",
    ],
    "tr": [
        "Merhaba",
        "Nasılsın?",
        "Bugün hava çok güzel.",
        "Teşekkür ederim.",
        "Ben eve gidiyorum ve kitap okuyorum.",
        "Kardeşim Ankara'da çalışıyor.",
        "Pencereyi aç lütfen.",
        "İyi hafta sonları",
        "Dört elma üç lira.",
    ],
    "ru": [
        "Привет",
        "Как дела?",
        "Сегодня хорошая погода.",
        "OK, понял",
        "Слушаю Spotify весь день",
        "Мой брат работает в Казани.",
    ],
    "nl": [
        "Hallo, hoe gaat het met je?",
        "Ik weet het niet.",
        "Goedemorgen",
        "Wat is dit?",
        "De kat zit op de stoel en kijkt naar buiten.",
        "Dank je wel!",
        "Mijn broer werkt in Utrecht.",
        "Doe het raam open, alsjeblieft.",
    ],
    "cs": [
        "Dobrý den",
        "Kde je nejbližší nádraží?",
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "Nevím, co to je.",
        "Děkuji vám.",
        "Můj bratr pracuje v Brně.",
        "Otevři okno, prosím.",
        "Hezký víkend",
        "Čtyři jablka stojí tři koruny.",
    ],
    "ar": [
        "مرحبا",
        "كيف حالك اليوم؟",
        "أحب قراءة الكتب في المساء.",
        "افتح النافذة من فضلك.",
    ],
    "zh": [
        "你好",
        "我喜欢使用Python编程",
        "今天天气很好。",
        "请打开Settings页面",
        "東京",
        "我哥哥在上海工作。",
    ],
    "ja": [
        "こんにちは",
        "今日は天気がいいですね。",
        "東京タワー",
        "コーヒー",
        "東京都庁の展望室",
        "Pythonでコードを書く",
        "窓を開けてください。",
    ],
    "hu": [
        "Szia!",
        "Jó reggelt kívánok!",
        "Hogy vagy?",
        "Nem értem, mit mondasz.",
        "Őszi szőlő",
        "Köszönöm szépen.",
        "A bátyám Szegeden dolgozik.",
        "Nyisd ki az ablakot, kérlek.",
        "Jó hétvégét",
        "Négy alma három euróba kerül.",
    ],
    "ko": [
        "안녕하세요",
        "오늘 날씨가 좋네요.",
        "K-pop 노래를 좋아해요",
        "창문을 열어 주세요.",
    ],
    "hi": [
        "नमस्ते",
        "आप कैसे हैं?",
        "मुझे चाय पसंद है।",
        "तुम्ही कसे आहात?",
        "कृपया खिड़की खोलिए।",
    ],
}

# What no language can be told from, or one that is not among the 17.
UNTOLD = [
    "OK",
    "123 456",
    "",
    "https://example.com/de/der/die/das",
    "😀🎉",
    "   \n",
    "anna@firma.de",
    "3,14 € 25%",
    "Dr. A. B.",
    "Jag är från Sverige och jag gillar att åka skidor.",
]

# Candidates, text, and what it is.
AMONG = [
    ("ru uk bg sr", "Привіт, як справи?", "uk"),
    ("ru uk bg sr", "Здравейте, как сте днес?", "bg"),
    ("ru uk bg sr", "Добар дан, како сте?", "sr"),
    ("ru uk bg sr", "Где находится вокзал?", "ru"),
    ("ru uk", "Слава Україні!", "uk"),
    ("ru uk be kk bg", "Спасибо", "ru"),
    ("ru uk bg", "Къде е гарата?", "bg"),
    ("ar fa ur", "سلام، حال شما چطور است؟", "fa"),
    ("ar fa ur", "آپ کیسے ہیں؟", "ur"),
    ("ar fa ur", "شكرا جزيلا لك", "ar"),
    ("hi mr ne", "तुम्ही कसे आहात?", "mr"),
    ("hi mr ne", "तपाईंलाई कस्तो छ?", "ne"),
    ("hi mr ne", "यह किताब बहुत अच्छी है।", "hi"),
    ("he yi", "שלום עולם", "he"),
    ("el en", "Καλημέρα σας", "el"),
    ("th en", "สวัสดีครับ", "th"),
    ("ta en", "வணக்கம்", "ta"),
    ("ka en", "გამარჯობა", "ka"),
    ("hy en", "Բարեւ ձեզ", "hy"),
    ("am en", "ሰላም", "am"),
    ("bn as", "ধন্যবাদ", "bn"),
    ("zh yue", "你喺邊度呀？我唔知佢係邊個。", "yue"),
    ("sv da no fi", "Jag är från Sverige.", "sv"),
    ("sv da no", "Jeg kommer fra Danmark, og det er godt.", "da"),
    ("sv da no", "Jeg vet ikke hva det er.", "no"),
    ("sv fi et", "Hyvää huomenta!", "fi"),
    ("ro it fr", "Bună ziua!", "ro"),
    ("cs sk", "Ďakujem pekne.", "sk"),
    ("cs sk", "Děkuji pěkně.", "cs"),
    ("vi en", "Xin chào các bạn", "vi"),
    ("id en nl", "Selamat pagi, apa kabar?", "id"),
    ("hr sl pl", "Što radiš danas?", "hr"),
    ("ca es fr", "Bon dia a tothom, com esteu avui?", "ca"),
    ("ja", "Hello, how are you today?", None),
    ("ja", "こんにちは", "ja"),
    ("de", "Hallo!", "de"),
    ("de", "Berlin", "de"),
    ("de", "Where is the train station, please?", None),
    ("en de", "Привет", None),
    ("en", "你好", None),
    ("", "Hello", None),
]


def cases() -> Iterator[tuple[str, str]]:
    for language, texts in TEXTS.items():
        yield from ((language, text) for text in texts)


@pytest.mark.parametrize(("language", "text"), list(cases()))
def test_language_is_told(language: str, text: str) -> None:
    assert detect_language(text, XTTS) == language


@pytest.mark.parametrize("text", UNTOLD)
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert detect_language(text, XTTS) is None


@pytest.mark.parametrize(
    "text",
    [
        "Front door unlocked",
        "Battery low",
        "Laptop Pro 14",
        "Update available",
        "Low tire pressure",
        "Reminder: dentist",
    ],
)
def test_a_short_text_that_does_not_tell_is_in_the_usual_language(text: str) -> None:
    assert detect_language(text, XTTS, "en") in ("en", None)


@pytest.mark.parametrize(("language", "text"), list(cases()))
def test_another_language_is_told_beside_the_usual_one(language: str, text: str) -> None:
    assert detect_language(text, XTTS, "en") == language or (language == "en")


@pytest.mark.parametrize(("candidates", "text", "language"), AMONG)
def test_language_is_told_among_candidates(candidates: str, text: str, language: str | None) -> None:
    assert detect_language(text, candidates.split()) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The new album of 米津玄師 is on the charts everywhere", "en"),
        ("我昨天买了一台新的MacBook Pro，非常喜欢。", "zh"),
        ("昨日、新しいMacBook Proを買いました。", "ja"),
        ("Компания Google открыла новый офис в Москве.", "ru"),
        ("ＨＥＬＬＯ，ｈｏｗ ａｒｅ ｙｏｕ？", "en"),  # full width
        (unicodedata.normalize("NFD", "안녕하세요"), "ko"),
    ],
)
def test_a_text_in_two_scripts_goes_by_most_of_its_letters(text: str, language: str) -> None:
    assert detect_language(text, XTTS) == language


def test_addresses_tags_and_code_have_no_say() -> None:
    assert detect_language("Schau mal: https://www.the-and-of.com/you/are/this/the/and?is=that", XTTS) == "de"
    assert detect_language('<speak><prosody rate="slow" volume="loud">Guten Tag</prosody></speak>', XTTS) == "de"
    assert detect_language("Bitte `for x in the_list: print(and_or_not)` ausführen", XTTS) == "de"


def test_only_the_beginning_is_looked_at() -> None:
    german = "Das ist ein ganz gewöhnlicher Satz. " * 60
    assert len(german) > 2000
    assert detect_language(german + "And this is English. " * 1000, XTTS) == "de"


@pytest.mark.parametrize(
    "unit", ["a", "a@", "a.", "<", "`", "@", "http://", "'", "ab ", "\ufdfa", "́", "é", "中", "\x00", "😀", "1"]
)
def test_a_million_of_anything_is_what_two_thousand_are(unit: str) -> None:
    # A search that is not linear would not come back.
    assert detect_language(unit * 1_000_000, XTTS) == detect_language(unit * 2000, XTTS)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sets(st.sampled_from(sorted(LANGUAGES)), max_size=6))
def test_any_text_gives_a_candidate_or_nothing(text: str, candidates: set[str]) -> None:
    assert detect_language(text, candidates) in candidates | {None}


def test_the_same_text_always_gives_the_same_also_at_once() -> None:
    texts = [text for _, text in cases()][::3]
    alone = [detect_language(text, XTTS) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            assert list(threads.map(lambda text: detect_language(text, XTTS), texts)) == alone


def test_the_library_is_loaded_late_once_and_left_as_it_is() -> None:
    code = (
        "import sys, threading\n"
        "from voice_stack.language.detect import detect_language\n"
        "assert detect_language('Guten Morgen', ['de', 'en']) == 'de'\n"
        "assert 'langdetect' not in sys.modules\n"
        "threads = [threading.Thread(target=detect_language, args=('Fenster Blumen Garten', {'de', 'en'}))"
        " for _ in range(4)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "from langdetect import detector_factory\n"
        "assert detector_factory._factory is None\n"
        "assert detector_factory.DetectorFactory.seed is None\n"
        "from voice_stack.language import detect\n"
        "assert detect._load_factory.cache_info().misses == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_hints_speak_for_known_languages_of_their_script() -> None:
    written = {language for languages in SCRIPTS.values() for language in languages}
    assert written == LANGUAGES.keys()
    for table in (LETTERS, WORDS):
        assert all(item == item.lower() or item == "ẞ" for item in table)
        assert all(languages <= LANGUAGES.keys() for languages in table.values())
