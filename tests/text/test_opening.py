"""The opening of a sentence ends soon, and where a voice would take breath."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.text.cutting.opening import cut_opening, spoken_length
from voice_stack.text.languages import known_languages

SIZE = 36


@pytest.mark.parametrize(
    ("language", "opening", "rest"),
    [
        # At a mark, the nearest to the size.
        ("en", "Please remember to bring your passport,", "your ticket and a warm coat when you come on Monday."),
        ("de", "Der Ausschuss,", "der die Ursachen des Unfalls untersuchen sollte, hat seinen Bericht veröffentlicht."),
        ("ja", "昨日の夜遅くに、", "友達から届いた手紙を読んでいると電話が鳴りました。"),
        ("zh", "今天早上天气很好，", "我在公园里看见一只很大的白色的鸟。"),
        ("ar", "عندما وصل القطار الأخير إلى المحطة،", "أغلق الرجل العجوز كتابه وعاد إلى بيته سيرا على قدميه."),
        # Before a word that a clause begins with.
        ("en", "Researchers at the university have found", "that people who walk every day sleep better than others."),
        ("fr", "Les chercheurs ont montré hier soir", "qu'un peu de marche aide tout le monde à mieux dormir la nuit."),
        ("de", "Forscher haben in diesem Jahr gezeigt", "dass Menschen mit etwas Bewegung besser schlafen als andere."),
        ("ru", "Учёные в этом году показали всем", "что люди после долгой прогулки спят гораздо лучше других."),
        # Where the language's own table says.
        ("ja", "昨日の夜遅くに友達から", "届いた手紙を読んでいると突然電話が鳴りました。"),
        ("zh", "人工智能技术", "正在迅速改变我们的日常生活和工作方式以及整个社会的结构。"),
        ("hi", "दिल्ली के पुराने बाज़ार में", "हर सुबह बहुत सारे लोग ताज़ी सब्ज़ियाँ और फल खरीदते हैं।"),
        # Before a short word, which begins a phrase.
        ("en", "The committee of experts was asked", "to look into the causes of the accident last year."),
        ("es", "Mi abuela siempre", "nos contaba historias maravillosas sobre la gente del pueblo."),
        ("it", "Gli abitanti del piccolo paese vicino", "al fiume non ricordavano una nevicata tanto forte."),
        # Not between a word and one that leans on it, nor before one that clings.
        ("en", "The small boat drifted slowly", "down the river and the children threw flowers into the water."),
        ("en", "My grandmother always told us", "wonderful stories about the village of her childhood."),
        ("en", "Every morning before the sun comes up", "the baker opens the back door of his little shop."),
        # Between two words.
        ("ko", "우리는 어제 저녁에 오래된 친구들과", "함께 강가에 있는 작은 식당에서 맛있는 음식을 먹었습니다."),
    ],
)
def test_an_opening_ends_where_a_voice_takes_breath(language: str, opening: str, rest: str) -> None:
    sentence = f"{opening}{rest}" if language in ("ja", "zh") else f"{opening} {rest}"
    assert cut_opening(sentence, SIZE, language, anywhere=True) == [opening, rest]


@pytest.mark.parametrize("anywhere", [True, False])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The quick brown fox jumps over a dog."),
        ("zh", "今天天气很好，我们去公园。"),
        ("en", "A" * 100 + "."),
        ("en", ""),
    ],
)
def test_a_short_sentence_and_one_without_a_place_stay_whole(language: str, sentence: str, anywhere: bool) -> None:
    assert cut_opening(sentence, SIZE, language, anywhere=anywhere) == [sentence]


def test_only_where_it_may_a_sentence_is_cut_without_a_mark() -> None:
    sentence = "Researchers at the university have found that people who walk every day sleep better than others do."
    assert cut_opening(sentence, SIZE, "en", anywhere=False) == [sentence]


def test_a_word_is_not_left_alone_at_the_end_or_at_the_beginning() -> None:
    sentence = "However, nobody in the whole town remembered him, really."
    assert cut_opening(sentence, SIZE, "en", anywhere=True) == [
        "However, nobody",
        "in the whole town remembered him, really.",
    ]


@given(
    text=st.text(alphabet=st.sampled_from("aB 15.,;—“”()'你在，はが漢한 कि\u0301"), max_size=200),
    size=st.integers(1, 100),
    language=st.sampled_from([*known_languages(), "eo"]),
    anywhere=st.booleans(),
)
def test_an_opening_loses_nothing_and_is_near_its_size(text: str, size: int, language: str, anywhere: bool) -> None:
    parts = cut_opening(text, size, language, anywhere=anywhere)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if len(parts) > 1:
        assert all(parts)
        assert spoken_length(parts[0]) <= 1.5 * size
