"""Sentence segmentation: a table of cases that a native reader would agree with, and what hostile text must not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.text.cutting.sentences import split_sentences

# Language, then the text with `|` where one sentence ends and the next begins.
CASES: list[tuple[str, str]] = [
    # English: abbreviations, initials, numbers, quotes, ellipses.
    ("en", "Hello world.| How are you?"),
    ("en", "Dr. Smith met Mrs. Jones at 5 p.m. in the hall.| They talked."),
    ("en", "The meeting is at 5 p.m.| Please be on time."),
    ("en", "J. R. R. Tolkien wrote it.| C.S. Lewis read it."),
    ("en", "I live in the U.S. and work in the U.K. sometimes.| It is fine."),
    ("en", "Pi is about 3.14159.| That is enough for 99.5% of uses."),
    ("en", "It costs $1,299.99 today.| Tomorrow it is free."),
    ("en", "Wait... what did you say?| I heard nothing."),
    ("en", "I don't know…| Maybe we should go."),
    ("en", "He was, well... a little strange."),
    ("en", "“Stop!” she said.| He did not."),
    ("en", '"Are you sure?" he asked.| "Yes."'),
    ("en", "She said, “I am tired.”| Then she slept."),
    ("en", "What?!| No way!!| Really???"),
    ("en", "See Fig. 3 and Sec. 4.2 for details.| The rest is in vol. 2."),
    ("en", "Apple Inc. was founded in 1976.| Its rival was IBM Corp. of New York."),
    ("en", "We sell fruit, e.g. apples and pears, i.e. healthy food.| Come by."),
    ("en", "Visit www.example.com or mail info@example.org.| We answer quickly."),
    ("en", "Version 2.0.1 is out.| Update now."),
    ("en", "It was built in Jan. 1990 by Gen. Lee.| It still stands."),
    ("en", "He lives on St. James St. near Mt. Royal.| It rains there."),
    ("en", "The case was Brown vs. Board.| It was decided in 1954."),
    ("en", "He works at Yahoo! and likes it."),
    ("en", "Is it 7:30 a.m. already?| I must run!"),
    ("en", "They arrived (finally!) at noon.| Nobody noticed."),
    ("en", "(He was late.)| Nobody noticed."),
    ("en", "Prof. A. B. Miller, Ph.D., spoke first.| Then came Mr. X."),
    ("en", "The answer is no. 5 on the list.| Good luck."),
    ("en", "First line without a stop\n\n|Second paragraph starts here."),
    ("en", "Bring paper, pens, etc. to class.| Be early."),
    ("en", "1. Wash the rice. |2. Boil the water."),
    ("en", "Do it for me.| She said no.| So it goes."),
    ("en", "Look at point B.| It is red."),
    ("en", "so i went home.| then i slept."),
    ("en", "This line is wrapped by hand because it is long and goes on\nin the next one.| Then it ends."),
    ("en", "A heading\n|The text below it."),
    # German: ordinals and dates with a full stop, abbreviations with inner stops.
    ("de", "Guten Tag.| Wie geht es Ihnen?"),
    ("de", "Am 3. Oktober ist Feiertag.| Dann ist alles zu."),
    ("de", "Das kostet z. B. 3,50 Euro.| Das ist billig."),
    ("de", "Das gilt z.B. für Hunde, Katzen usw. im ganzen Haus.| Ausnahmen gibt es nicht."),
    ("de", "Herr Dr. Müller und Fr. Prof. Schmidt kommen um 14.30 Uhr.| Bitte pünktlich sein."),
    ("de", "Ludwig XIV. war König von Frankreich.| Er baute Versailles."),
    ("de", "Im 19. Jahrhundert war das anders.| Heute nicht mehr."),
    ("de", "Die Firma sitzt in der Goethestr. 12 in Köln.| Sie ist ca. 40 Jahre alt."),
    ("de", "„Komm her!“, rief er.| Sie kam nicht."),
    ("de", "Er sagte: „Ich bin müde.“| Dann ging er."),
    ("de", "Das sind 1.234.567 Einwohner.| Das ist viel."),
    ("de", "Na ja… vielleicht.| Wir werden sehen."),
    ("de", "Wir haben Äpfel, Birnen, etc. gekauft.| Das reicht."),
    ("de", "Vgl. dazu S. 15 ff. im Anhang.| Dort steht alles."),
    ("de", "Die Sitzung ist am 12. 5. 2024 in Raum Nr. 7.| Kommen Sie?"),
    # French.
    ("fr", "Bonjour.| Comment allez-vous ?"),
    ("fr", "M. Dupont et Mme. Martin sont là.| Ils attendent."),
    ("fr", "Quelle heure est-il ?| Il est 14 h 30."),
    ("fr", "« Viens ici ! » dit-il.| Elle ne vint pas."),
    ("fr", "Il a dit : « Je suis fatigué. »| Puis il est parti."),
    ("fr", "Le prix est de 3,50 euros.| C'est peu."),
    ("fr", "J.-P. Sartre est né en 1905.| Il est mort en 1980."),
    ("fr", "Voir p. 12 et fig. 3 du livre.| Tout y est."),
    ("fr", "Attention !| C'est chaud !"),
    ("fr", "Eh bien… je ne sais pas.| On verra."),
    ("fr", "Le Dr. Leroy habite av. Foch, n° 5.| Sonnez fort."),
    # Spanish.
    ("es", "Hola.| ¿Cómo estás?| ¡Muy bien!"),
    ("es", "El Sr. García y la Sra. López llegaron tarde.| Nadie dijo nada."),
    ("es", "El Dr. Pérez vive en EE.UU. desde 1999.| Es médico."),
    ("es", "Cuesta 3.500 pesetas, es decir, 21,04 euros.| Es caro."),
    ("es", "«¡Ven aquí!», gritó.| Ella no vino."),
    ("es", "Ud. puede ver la pág. 5.| Allí está."),
    ("es", "No sé...| Quizás mañana."),
    ("es", "Ella dijo que no.| Nadie contestó."),
    ("es", "¿Vienes?| ¡Claro que sí!| Espera."),
    # Italian.
    ("it", "Buongiorno.| Come sta?"),
    ("it", "Il sig. Rossi e la dott.ssa Bianchi sono qui.| Aspettano."),
    ("it", "Il prof. Verdi abita in v. Roma 5.| È gentile."),
    ("it", "Costa 3,50 euro.| È poco."),
    ("it", "«Vieni qui!» disse.| Lei non venne."),
    ("it", "Ecco... non lo so.| Vedremo."),
    ("it", "Io non lo so.| Lei lo sa.| Loro no."),
    ("it", "Il numero è 1.234.| È grande."),
    # Portuguese.
    ("pt", "Olá.| Tudo bem?"),
    ("pt", "O Sr. Silva e a Sra. Costa chegaram.| Estão à espera."),
    ("pt", "O Dr. João mora na Av. Paulista, n.º 10.| É perto."),
    ("pt", "Custa R$ 3.500,00.| É caro."),
    ("pt", "“Venha cá!”, gritou ele.| Ela não veio."),
    ("pt", "Ver pág. 5 e fig. 2.| Está tudo lá."),
    ("pt", "Não sei...| Talvez amanhã."),
    # Polish.
    ("pl", "Dzień dobry.| Jak się masz?"),
    ("pl", "Prof. Kowalski mieszka przy ul. Długiej 5.| Jest miły."),
    ("pl", "To kosztuje ok. 3,50 zł.| To niedużo."),
    ("pl", "Mamy jabłka, gruszki itd. w domu.| Wystarczy."),
    ("pl", "Urodził się w 1905 r. w Krakowie.| Zmarł w Warszawie."),
    ("pl", "Kupiliśmy np. chleb i mleko, tj. śniadanie.| Smacznego!"),
    ("pl", "Nie wiem…| Może jutro."),
    # Czech.
    ("cs", "Dobrý den.| Jak se máte?"),
    ("cs", "Pan Ing. Novák a MUDr. Svoboda přišli.| Čekají."),
    ("cs", "Dne 3. října je svátek.| Všechno je zavřené."),
    ("cs", "Máme např. jablka a hrušky.| To stačí."),
    ("cs", "Stojí to cca. 3,50 Kč.| To je málo."),
    ("cs", "„Pojď sem!“ zvolal.| Ona nepřišla."),
    ("cs", "Karel IV. založil univerzitu.| Stalo se to v roce 1348."),
    # Russian.
    ("ru", "Привет.| Как дела?"),
    ("ru", "А. С. Пушкин родился в 1799 г. в Москве.| Он был поэтом."),
    ("ru", "Он живёт на ул. Ленина, д. 5, кв. 7.| Это близко."),
    ("ru", "Мы купили яблоки, груши и т. д. на рынке.| Этого хватит."),
    ("ru", "Цена 3,50 руб. за штуку.| Это дёшево."),
    ("ru", "«Иди сюда!» — крикнул он.| Она не пошла."),
    ("ru", "Не знаю…| Может быть, завтра."),
    ("ru", "Это было в XIX в. до войны, т.е. давно.| Никто не помнит."),
    # Dutch.
    ("nl", "Goedendag.| Hoe gaat het?"),
    ("nl", "Dhr. Jansen en mevr. De Vries zijn er.| Ze wachten."),
    ("nl", "Dat kost bijv. 3,50 euro.| Dat is weinig."),
    ("nl", "Prof. dr. A. Bakker spreekt o.a. over taal.| Kom luisteren."),
    ("nl", "We kochten appels, peren enz. op de markt.| Dat is genoeg."),
    ("nl", "Ik wist dat.| Hij niet."),
    ("nl", "“Kom hier!” riep hij.| Ze kwam niet."),
    # Turkish.
    ("tr", "Merhaba.| Nasılsın?"),
    ("tr", "Dr. Yılmaz ve Prof. Demir geldi.| Bekliyorlar."),
    ("tr", "Elma, armut vb. meyveler aldık.| Bu yeter."),
    ("tr", "Fiyatı 3,50 lira.| Ucuz."),
    ("tr", "“Buraya gel!” dedi.| O gelmedi."),
    ("tr", "19. yüzyılda durum farklıydı.| Şimdi değil."),
    ("tr", "Atatürk Cad. No. 5'te oturuyor.| Yakın."),
    # Hungarian.
    ("hu", "Jó napot.| Hogy van?"),
    ("hu", "Dr. Kovács és ifj. Nagy Péter megjött.| Várnak."),
    ("hu", "1848. március 15-én tört ki.| Mindenki tudja."),
    ("hu", "Vettünk pl. almát és körtét.| Ez elég."),
    ("hu", "Kb. 3,50 euróba kerül.| Olcsó."),
    ("hu", "Ő nem.| A többiek igen."),
    ("hu", "A 19. században más volt.| Ma már nem."),
    # Chinese and Japanese: no spaces, full-width punctuation.
    ("zh", "你好。|你怎么样?"),
    ("zh", "今天天气很好。|我们去公园吧!|你来吗?"),
    ("zh", "他说:“我累了。”|然后他走了。"),
    ("zh", "“你好吗?”她问。|他没有回答。"),
    ("zh", "圆周率是3.14。|很有用。"),
    ("zh", "他……他走了。|我很难过。"),
    ("zh", "他喜欢看书(尤其是小说)。|她不喜欢。"),
    ("ja", "こんにちは。|お元気ですか?"),
    ("ja", "「疲れた。」と彼は言った。|そして寝た。"),
    ("ja", "彼は「もう帰る!」と叫んだ。|誰も答えなかった。"),
    ("ja", "円周率は3.14です。|便利です。"),
    ("ja", "えっと……わからない。|たぶん明日。"),
    ("ja", "すごい!|本当ですか?|はい。"),
    # Korean.
    ("ko", "안녕하세요.| 잘 지내세요?"),
    ("ko", "원주율은 3.14입니다.| 유용합니다."),
    ("ko", "“이리 와!” 그가 말했다.| 그녀는 오지 않았다."),
    ("ko", "음… 잘 모르겠어요.| 내일 봐요."),
    ("ko", "2024. 5. 12. 회의가 있습니다.| 꼭 오세요."),
    # Arabic: its own question mark, comma and semicolon.
    ("ar", "مرحبا.| كيف حالك؟| أنا بخير!"),
    ("ar", "قال د. أحمد إنه متعب.| ثم نام."),
    ("ar", "السعر 3.50 دولار.| هذا رخيص."),
    ("ar", "هل أنت هنا؟| نعم، أنا هنا."),
    ("ar", "قال: «أنا متعب.»| ثم ذهب."),
    ("ar", "أنا… لا أعرف.| ربما غدا."),
    # Hindi: the danda.
    ("hi", "नमस्ते।| आप कैसे हैं?"),
    ("hi", "डॉ. शर्मा आज आएंगे।| कृपया प्रतीक्षा करें।"),
    ("hi", "कीमत 3.50 रुपये है।| यह सस्ता है।"),
    ("hi", "उसने कहा, “मैं थक गया हूँ।”| फिर वह सो गया।"),
    ("hi", "मैं… पता नहीं।| शायद कल।"),
]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences_end_where_a_reader_would_end_them(language: str, marked: str) -> None:
    expected = [" ".join(sentence.split()) for sentence in marked.split("|")]
    assert split_sentences(marked.replace("|", ""), language) == expected


def test_the_table_is_as_large_as_promised() -> None:
    assert len(CASES) >= 100
    assert len({language for language, _ in CASES}) >= 10


@pytest.mark.parametrize("language", ["pt-BR", "PT_br"])
def test_a_region_does_not_change_the_rules(language: str) -> None:
    assert split_sentences("O Sr. Silva chegou. Olá.", language) == ["O Sr. Silva chegou.", "Olá."]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\r\n", "\u2028\u00a0"])
def test_text_without_characters_has_no_sentences(text: str) -> None:
    assert split_sentences(text, "en") == []


@pytest.mark.parametrize("text", ["...", "?!", "\u200b\u200b", "“”", "\x00", "🙂"])
def test_text_without_words_stays_one_piece(text: str) -> None:
    assert split_sentences(text, "en") == [text]


# 100 kB each; some are what quadratic segmenters choke on.
HOSTILE = {
    "one word": "a" * 100_000,
    "no punctuation": "word " * 20_000,
    "full stops": "." * 100_000,
    "spaced full stops": ". " * 50_000,
    "marks": "!?." * 33_333,
    "ellipses": "…" * 100_000,
    "ellipses and spaces": ("…" + " " * 50) * 2_000,
    "abbreviations": "Dr. " * 25_000,
    "initials": "A. " * 33_333,
    "numbers": "1. " * 33_333,
    "open quotes": "“Hi. " * 20_000,
    "straight quotes": '"' * 100_000,
    "apostrophes": "'a " * 33_333,
    "open brackets": "(a. " * 25_000,
    "closed brackets": "(A.) " * 20_000,
    "zero width": "\u200b" * 100_000,
    "combining marks": "e" + "\u0301" * 100_000,
    "lone surrogates": "\ud800. " * 33_333,
    "line breaks": "Ab\n" * 33_333,
    "Chinese quotes": "“你。”" * 25_000,
    "no punctuation in Chinese": "你好" * 50_000,
}


@pytest.mark.parametrize("language", ["en", "de", "zh"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_comes_back_whole(text: str, language: str) -> None:
    # A blow-up would show as a test run that never ends; the time itself is not asserted.
    assert "".join("".join(split_sentences(text, language)).split()) == "".join(text.split())


@given(
    text=st.text(alphabet=st.sampled_from("aBé1 .!?…\"'“”«»()-,\n\t\u00a0\u200b\ud800你。」「と")) | st.text(),
    language=st.sampled_from(["en", "de", "fr", "zh", "ja", "ko", "ru", "ar", "hi", "xx", ""]),
)
def test_nothing_is_lost_but_white_space(text: str, language: str) -> None:
    sentences = split_sentences(text, language)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence and sentence == sentence.strip() for sentence in sentences)


def test_a_sentence_longer_than_the_window_is_not_cut() -> None:
    long = "The house was " + "very " * 2_000 + "old."
    assert split_sentences(f"First. {long} Last.", "en") == ["First.", long, "Last."]
