"""Pronunciation lexicon: which words match, what becomes of them, and files that change or are wrong."""

import logging
import os
from pathlib import Path

import pytest

from voice_stack.core.errors import SettingsError
from voice_stack.text.pronunciation import lexicon as lexicon_module
from voice_stack.text.pronunciation.lexicon import MAX_ENTRIES, Entry, Lexicon, read_entries


def lexicon(folder: Path, content: str, language: str = "en") -> Lexicon:
    (folder / f"{language}.yaml").write_text(content, encoding="utf-8")
    return Lexicon(folder)


def respelled(words: Lexicon, text: str, language: str) -> str:
    """The text with respellings in the place of words."""
    return "".join(entry.say or piece if entry else piece for piece, entry in words.matches(text, language))


def rewrite(path: Path, content: str) -> None:
    """Change a file so that its time stamp differs, however coarse the file system's clock is."""
    before = path.stat().st_mtime_ns
    path.write_text(content, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.mark.parametrize(
    ("entries", "language", "text", "expected"),
    [
        ("nginx: engine x", "en", "Use nginx, Nginx or NGINX.", "Use engine x, engine x or engine x."),
        ("US: you ess", "en", "Tell us of the US.", "Tell us of the you ess."),
        ("us: uss\nUS: you ess", "en", "us US", "uss you ess"),
        ("GIF: {say: jif, case: any}", "en", "a gif", "a jif"),
        ("polish: {say: pollish, case: exact}", "en", "Polish polish", "Polish pollish"),
        ("cat: kat", "en", "cat concat cats cat_x cat2 (cat) cat-like", "kat concat cats cat_x cat2 (kat) kat-like"),
        ("cat: kat", "en", "_cat_, __cat__, _a cat_, my__cat", "_kat_, __kat__, _a kat_, my__cat"),
        ("can: kan", "en", "I can, I can't, the can's", "I kan, I can't, the kan's"),
        ("SQL: sequel", "en", "SQL's", "sequel's"),
        ("SQL: sequelle", "fr", "l'SQL et l’SQL", "l'sequelle et l’sequelle"),
        ("ankara: Anqara", "tr", "Ankara'da", "Anqara'da"),
        ("new: nu\nnew york: noo york", "en", "New York is new.", "noo york is nu."),
        ("C++: see plus plus\nC: see", "en", "C++ and C", "see plus plus and see"),
        (".NET: dot net", "en", "the .NET way", "the dot net way"),
        ("straße: Strasse", "de", "Die Straße, Straßen", "Die Strasse, Straßen"),
        ('"caf\\u00e9": kaffee', "en", "cafe\u0301", "kaffee"),
        ("мир: мір", "ru", "Мир, мира", "мір, мира"),
        ("राम: raam", "hi", "राम रामा", "raam रामा"),
        ("重庆: 崇庆", "zh", "我在重庆市", "我在崇庆市"),
        ("SQL: エスキューエル", "ja", "これはSQLです", "これはエスキューエルです"),
        ("SQL: 에스큐엘", "ko", "SQL은 좋다", "에스큐엘은 좋다"),
        ("tomato: {ipa: təˈmeɪtoʊ}", "en", "a tomato", "a tomato"),
        ("no: noo\n007: double o seven\ntrue: troo", "en", "no 007 true", "noo double o seven troo"),
        ("", "en", "as it is", "as it is"),
    ],
)
def test_whole_words_are_respelled(tmp_path: Path, entries: str, language: str, text: str, expected: str) -> None:
    assert respelled(lexicon(tmp_path, entries, language), text, language) == expected


def test_a_region_uses_its_languages_file(tmp_path: Path) -> None:
    assert respelled(lexicon(tmp_path, "gif: jif"), "gif", "en-US") == "jif"


@pytest.mark.parametrize("language", ["de", "", "..", "../en", "en/../en"])
def test_other_languages_have_no_entries(tmp_path: Path, language: str) -> None:
    assert respelled(lexicon(tmp_path, "gif: jif"), "gif", language) == "gif"


@pytest.mark.parametrize("folder", [None, Path("no/such/folder")])
def test_without_a_folder_text_stays_as_it_is(folder: Path | None) -> None:
    assert respelled(Lexicon(folder), "gif", "en") == "gif"


def test_matches_carry_their_entries_and_keep_the_whole_text(tmp_path: Path) -> None:
    words = lexicon(tmp_path, "tomato: {ipa: təˈmeɪtoʊ}\nSQL: {say: sequel, ipa: ˈsiːkwəl}")
    found = list(words.matches("A Tomato and SQL.", "en"))
    assert [(text, entry.ipa if entry else None) for text, entry in found] == [
        ("A ", None),
        ("Tomato", "təˈmeɪtoʊ"),
        (" and ", None),
        ("SQL", "ˈsiːkwəl"),
        (".", None),
    ]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    words = lexicon(tmp_path, "gif: jif")
    assert respelled(words, "gif", "en") == "jif"
    rewrite(tmp_path / "en.yaml", "gif: ghif")
    assert respelled(words, "gif", "en") == "ghif"
    (tmp_path / "en.yaml").unlink()
    assert respelled(words, "gif", "en") == "gif"


def test_a_file_dropped_in_later_is_found(tmp_path: Path) -> None:
    words = Lexicon(tmp_path)
    assert respelled(words, "gif", "de") == "gif"
    (tmp_path / "de.yml").write_text("gif: Giff", encoding="utf-8")
    assert respelled(words, "gif", "de") == "Giff"


def test_a_slip_while_editing_keeps_the_last_entries_and_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words = lexicon(tmp_path, "gif: jif")
    words.check()
    assert respelled(words, "gif", "en") == "jif"
    rewrite(tmp_path / "en.yaml", "gif: [")
    with caplog.at_level(logging.WARNING):
        assert [respelled(words, "gif", "en") for _ in range(3)] == ["jif"] * 3
    assert len(caplog.records) == 1
    assert "en.yaml, line" in caplog.text


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("gif: jif\nsql: [a]\n", 2, "needs a respelling"),
        ("gif: jif\n\nsql: {sounds: x}\n", 3, '"sounds"; say, ipa and case are known'),
        ("gif: jif\nsql:\n", 2, "neither a respelling nor IPA"),
        ("gif: {case: any}\n", 1, "neither a respelling nor IPA"),
        ("gif: {say: x, case: upper}\n", 1, "any and exact are known"),
        ("gif: jif\ngif: ghif\n", 2, "there twice"),
        ("- gif\n", 1, "a lexicon is a list"),
        ("gif: jif\n  sql: x: y\n", 2, ""),
        ('gif: "jif\n', 2, ""),
        ('"": x\n', 1, "a word is missing"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, content: str, line: int, message: str) -> None:
    with pytest.raises(SettingsError, match=rf"en\.yaml, line {line}: .*{message}"):
        lexicon(tmp_path, content).check()


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_bytes(b"gif: \xff\xfe")
    with pytest.raises(SettingsError, match=r"en\.yaml: cannot be read"):
        Lexicon(tmp_path).check()


def test_a_file_named_after_no_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "english.yaml").write_text("gif: jif", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"english\.yaml: .*language's code"):
        Lexicon(tmp_path).check()


def test_entries_hold_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "en.yaml"
    path.write_text("\ufeffgif: jif\nSQL: {say: sequel, ipa: ˈsiːkwəl}\n", encoding="utf-8")
    assert read_entries(path) == [Entry("gif", say="jif"), Entry("SQL", say="sequel", ipa="ˈsiːkwəl", exact=True)]


def test_a_large_lexicon_over_a_long_text_changes_only_its_words(tmp_path: Path) -> None:
    words = lexicon(tmp_path, "\n".join(f"word{n}: say{n}" for n in range(5_000)))
    assert respelled(words, "word7 plain " * 500, "en") == "say7 plain " * 500


def test_a_text_is_looked_up_in_the_same_time_however_many_entries_begin_alike(tmp_path: Path) -> None:
    entries = [Entry(f"word{n}", say=f"say{n}") for n in range(20_000)]
    looked_at = 0

    class Counted(str):
        def __getitem__(self, key: object) -> str:
            nonlocal looked_at
            looked_at += 1
            return str.__getitem__(self, key)  # type: ignore[index]

    table = lexicon_module._indexed(entries)
    text = Counted("word19999 here")
    found = [entry.word for entry in table.starting_at(text, 0)]
    assert found == ["word19999", "word1999", "word199", "word19", "word1"]
    assert looked_at < 10


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("gif: jif\n" + "".join(f"w{n}: x\n" for n in range(MAX_ENTRIES)), 1, "20,001 entries are too many"),
        (f"gif: jif\nsql: {'word ' * 20_000}\n", 2, '"sql" is said in 99,999 characters; it may have 300'),
        (f"gif: {{ipa: {'ə' * 301}}}\n", 1, '"gif" is said in 301 characters'),
        (f"gif: jif\n{'w' * 101}: x\n", 2, "a word of 101 characters is too long"),
        ("a: " + "[" * 5000, 1, "nested more than 20 levels deep"),
        ("".join(" " * n + f"a{n}:\n" for n in range(500)), 21, "nested more than 20 levels deep"),
    ],
    ids=["many", "long", "long ipa", "long word", "deep", "deep maps"],
)
def test_a_lexicon_that_would_cost_too_much_is_told_with_its_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    with pytest.raises(SettingsError, match=rf"en\.yaml, line {line}: .*{message}"):
        lexicon(tmp_path, content).check()


def test_a_file_that_nobody_wrote_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"en\.yaml: larger than 1 MiB"):
        lexicon(tmp_path, "".join(f"w{n}: x{n}\n" for n in range(400_000))).check()
    (tmp_path / "en.yaml").unlink()
    (tmp_path / "en.yaml").symlink_to("/dev/zero")
    with pytest.raises(SettingsError, match=r"en\.yaml: cannot be read: it is no file"):
        Lexicon(tmp_path).check()


def test_a_slip_in_a_short_file_is_told_in_clear_words(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"en\.yaml, line 3: .*expected ',' or '\]'"):
        lexicon(tmp_path, "gif: jif\nsql: [a: b\nc: d\n").check()
