"""What OpenAI's voice names stand for: the packaged file, the user's over it, and mistakes in it."""

import logging
import os
from pathlib import Path

import pytest

from voice_stack.core.errors import SettingsError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.coqui.languages import XTTS_CHAR_LIMITS
from voice_stack.tts.engines.coqui.speakers import OFFICIAL_SPEAKERS, speaker_id
from voice_stack.tts.engines.kokoro.voices import LANGUAGES as KOKORO_LANGUAGES
from voice_stack.tts.engines.kokoro.voices import RELEASED
from voice_stack.tts.engines.piper.engine import PiperEngine
from voice_stack.tts.engines.piper.options import PiperOptions
from voice_stack.tts.engines.piper.voices import DEFAULT_VOICES
from voice_stack.tts.types import OPENAI_VOICES
from voice_stack.tts.voices.openai_names import PACKAGED, OpenAIVoices

ENGINES = ("coqui", "kokoro", "pocket", "piper", "supertonic", "espeak")
FEMALE = {"alloy", "coral", "marin", "nova", "sage", "shimmer"}


def names_of(path: Path | None, cloning: tuple[str, ...] = ("coqui",)) -> OpenAIVoices:
    """The names of a service with our engines."""
    return OpenAIVoices(path, engines=(*ENGINES, "tone"), cloning=cloning)


def voices(folder: Path, content: str) -> OpenAIVoices:
    path = folder / "openai.yaml"
    path.write_text(content, encoding="utf-8")
    return names_of(path)


def rewrite(path: Path, content: str) -> None:
    """Change a file so that its time stamp differs, however coarse the file system's clock is."""
    before = path.stat().st_mtime_ns
    path.write_text(content, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def found(names: OpenAIVoices, name: str, engine: str, language: str | None = None) -> str:
    voice = names.lookup(name, engine, language)
    assert voice is not None
    return voice


def test_the_names_are_openais() -> None:
    older = ("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse")
    assert sorted(names_of(None).names) == sorted([*older, "marin", "cedar"])


@pytest.mark.parametrize("name", OPENAI_VOICES)
def test_every_name_is_a_known_voice_of_every_engine_in_every_language(name: str, tmp_path: Path) -> None:
    names = names_of(None)
    speakers = {speaker_id(speaker) for speaker in OFFICIAL_SPEAKERS}
    config = EngineConfig(PiperOptions(), model_dir=tmp_path)
    for language in (None, *XTTS_CHAR_LIMITS):
        assert found(names, name, "coqui", language) in speakers
        assert found(names, name, "espeak", language)[0] == ("f" if name in FEMALE else "m")
    for language in (None, *KOKORO_LANGUAGES):
        assert found(names, name, "kokoro", language) in RELEASED
    for language in (None, *DEFAULT_VOICES):
        assert PiperEngine.knows_voice(config, found(names, name, "piper", language))


@pytest.mark.parametrize("name", OPENAI_VOICES)
def test_voices_speak_the_language_and_sound_like_the_name(name: str) -> None:
    names = names_of(None)
    for language in DEFAULT_VOICES:
        assert found(names, name, "piper", language).startswith(f"{language}_")
    gender = "f" if name in FEMALE else "m"
    for language, letters in {"en": "ab", "es": "e", "hi": "h", "it": "i", "pt": "p"}.items():
        voice = found(names, name, "kokoro", language)
        assert voice[0] in letters
        assert voice[1] == gender
    by_id = {speaker_id(speaker): gender for speaker, gender in OFFICIAL_SPEAKERS.items()}
    assert by_id[found(names, name, "coqui")] == ("female" if name in FEMALE else "male")


@pytest.mark.parametrize("engine", ["coqui", "kokoro", "piper"])
def test_no_two_names_have_one_voice(engine: str) -> None:
    names = names_of(None)
    assert len({names.lookup(name, engine, None) for name in OPENAI_VOICES}) == len(OPENAI_VOICES)


def test_the_default_name_has_the_engines_default_voices() -> None:
    names = names_of(None)
    assert names.lookup("alloy", "kokoro", "en") == "af_heart"
    assert names.lookup("alloy", "kokoro", "es") == "ef_dora"
    assert names.lookup("alloy", "piper", "en") == DEFAULT_VOICES["en"]


@pytest.mark.parametrize("name", ["Alloy", "ALLOY"])
def test_the_case_of_a_name_does_not_matter(name: str) -> None:
    assert names_of(None).lookup(name, "kokoro", None) == "af_heart"


@pytest.mark.parametrize("name", ["", "anna", "genders", "languages", "alloy ", "../alloy"])
def test_other_names_stand_for_nothing(name: str) -> None:
    assert names_of(None).lookup(name, "kokoro", None) is None


@pytest.mark.parametrize("engine", ["tone", "", "other"])
def test_of_other_engines_nothing_is_said(engine: str) -> None:
    assert names_of(None).lookup("alloy", engine, None) is None


@pytest.mark.parametrize("language", ["pt-BR", "pt_PT", "Portuguese", "PT"])
def test_languages_may_be_written_otherwise(language: str) -> None:
    assert names_of(None).lookup("onyx", "kokoro", language) == "pm_alex"


@pytest.mark.parametrize("language", ["xx", "", "ja"])
def test_a_language_without_a_voice_has_the_usual_one(language: str) -> None:
    assert names_of(None).lookup("nova", "kokoro", language) == "af_nova"


def test_a_name_may_be_a_recording_for_engines_that_clone(tmp_path: Path) -> None:
    names = voices(tmp_path, "alloy: anna\nNova: ben\ncoqui:\n  nova: gracie_wise\n")
    assert names.lookup("alloy", "coqui", "de") == "anna"
    assert names.lookup("nova", "coqui", None) == "gracie_wise"
    assert names.lookup("alloy", "kokoro", None) == "af_heart"
    assert names.lookup("coral", "coqui", None) == names_of(None).lookup("coral", "coqui", None)


def test_which_engines_clone_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "openai.yaml").write_text("alloy: anna")
    names = names_of(tmp_path / "openai.yaml", cloning=("coqui", "tone"))
    assert [names.lookup("alloy", engine, None) for engine in ("coqui", "tone")] == ["anna", "anna"]


def test_what_a_file_does_not_mention_stays(tmp_path: Path) -> None:
    names = voices(tmp_path, "kokoro:\n  nova: af_bella(2)+af_sky\n")
    packaged = names_of(None)
    assert names.lookup("nova", "kokoro", None) == "af_bella(2)+af_sky"
    for engine in ENGINES:
        for name in OPENAI_VOICES:
            for language in (None, "en", "es", "de"):
                if (engine, name, language) not in [("kokoro", "nova", code) for code in (None, "en", "de")]:
                    assert names.lookup(name, engine, language) == packaged.lookup(name, engine, language)


def test_one_language_of_one_name_can_be_changed(tmp_path: Path) -> None:
    names = voices(tmp_path, "kokoro:\n  onyx: {es: em_santa}\n  echo: {default: am_adam, Spanish: em_santa}\n")
    assert names.lookup("onyx", "kokoro", "es") == "em_santa"
    assert names.lookup("onyx", "kokoro", None) == "am_onyx"
    assert names.lookup("onyx", "kokoro", "it") == "im_nicola"
    assert names.lookup("echo", "kokoro", "en") == "am_adam"
    assert names.lookup("echo", "kokoro", "es") == "em_santa"


def test_a_language_can_be_changed_for_all_names_or_one_gender(tmp_path: Path) -> None:
    content = (
        "piper:\n  languages:\n    pt: pt_PT-tugão-medium\n    de: {female: de_DE-ramona-low}\n    no: {male: x}\n"
    )
    names = voices(tmp_path, content)
    assert {names.lookup(name, "piper", "pt") for name in OPENAI_VOICES} == {"pt_PT-tugão-medium"}
    assert names.lookup("alloy", "piper", "de") == "de_DE-ramona-low"
    assert names.lookup("ash", "piper", "de") == "de_DE-thorsten-medium"
    assert [names.lookup(name, "piper", "no") for name in ("ash", "alloy")] == ["x", "no_NO-talesyntese-medium"]


def test_a_language_with_voices_of_one_gender_has_them_for_all(tmp_path: Path) -> None:
    names = voices(tmp_path, "kokoro:\n  languages:\n    de: {male: dm_max}\n")
    assert {names.lookup(name, "kokoro", "de") for name in OPENAI_VOICES} == {"dm_max"}


def test_how_a_name_sounds_can_be_changed(tmp_path: Path) -> None:
    names = voices(tmp_path, "genders: {male: [alloy]}")
    assert names.lookup("alloy", "kokoro", "es") == "em_alex"
    assert names.lookup("nova", "kokoro", "es") == "ef_dora"


@pytest.mark.parametrize("content", ["", "# nothing\n", "kokoro:\n", "kokoro:\n  languages:\n", "\ufeff{}"])
def test_an_empty_file_changes_nothing(tmp_path: Path, content: str) -> None:
    names = voices(tmp_path, content)
    names.check()
    assert names.lookup("alloy", "kokoro", "es") == "ef_dora"


def test_the_packaged_file_can_be_copied_and_edited(tmp_path: Path) -> None:
    names = voices(tmp_path, PACKAGED.read_text(encoding="utf-8").replace("nova: af_nova", "nova: af_kore"))
    names.check()
    assert names.lookup("nova", "kokoro", None) == "af_kore"


def test_the_example_in_the_packaged_file_works(tmp_path: Path) -> None:
    lines = PACKAGED.read_text(encoding="utf-8").splitlines()
    example = "\n".join(line.removeprefix("#   ") for line in lines if line.startswith("#   "))
    names = voices(tmp_path, example)
    names.check()
    assert names.lookup("alloy", "coqui", None) == "anna"
    assert names.lookup("nova", "kokoro", None) == "af_bella"
    assert names.lookup("onyx", "kokoro", "es") == "em_santa"
    assert names.lookup("onyx", "kokoro", "pt") == "pm_santa"


def test_the_packaged_file_is_short_enough_to_read() -> None:
    lines = PACKAGED.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 120


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "openai.yaml"
    names = names_of(path)
    names.check()
    assert names.lookup("nova", "kokoro", None) == "af_nova"
    path.write_text("kokoro: {nova: af_sky}")
    assert names.lookup("nova", "kokoro", None) == "af_sky"
    rewrite(path, "kokoro: {nova: af_kore}")
    assert names.lookup("nova", "kokoro", None) == "af_kore"
    path.unlink()
    assert names.lookup("nova", "kokoro", None) == "af_nova"


def test_a_slip_while_editing_keeps_the_last_state_and_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = voices(tmp_path, "kokoro: {nova: af_sky}")
    assert names.lookup("nova", "kokoro", None) == "af_sky"
    rewrite(tmp_path / "openai.yaml", "kokoro: {nova: [af_kore]}")
    with caplog.at_level(logging.WARNING):
        assert [names.lookup("nova", "kokoro", None) for _ in range(3)] == ["af_sky"] * 3
    assert len(caplog.records) == 1
    assert "openai.yaml, line 1" in caplog.text


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("kokoro:\n  nova: af_sky\nkokorro:\n  nova: x\n", 3, '"kokorro" is not known here; coqui, kokoro'),
        ("kokoro:\n  nova: af_sky\n  anna: af_sky\n", 3, '"anna" is not known here; languages and alloy'),
        ("kokoro:\n  nova:\n", 2, '"nova" needs the id of a voice'),
        ("alloy: ~\n", 1, '"alloy" needs the id of a voice'),
        ("\nalloy: ''\n", 2, '"alloy" needs the id of a voice'),
        ("alloy: {de: x}\n", 1, '"alloy" needs the id of a voice'),
        ("kokoro:\n  nova: {klingon: x}\n", 2, '"klingon" is no language'),
        ("kokoro:\n  languages:\n    klingon: x\n", 3, '"klingon" is no language'),
        ("kokoro:\n  languages:\n    de: {diverse: x}\n", 3, '"diverse" is not known here; female and male are'),
        ("kokoro:\n  languages: [de]\n", 2, "a list of `name: value` is needed"),
        ("kokoro: af_sky\n", 1, "a list of `name: value` is needed"),
        ("- alloy\n", 1, "a list of `name: value` is needed"),
        ("alloy: a\nnova: b\nalloy: c\n", 3, '"alloy" is there twice'),
        ("[alloy]: a\n", 1, "a name is needed"),
        ("genders:\n  male: alloy\n", 2, '"male" needs a list'),
        ("genders:\n  male: [alloy,\n    anna]\n", 3, "none of OpenAI's names"),
        ("genders:\n  other: [alloy]\n", 2, '"other" is not known here; female and male are'),
        ('alloy: a\nnova: "b\n', 3, "unexpected end"),
        ("alloy: a\n\tnova: b\n", 2, ""),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, content: str, line: int, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        voices(tmp_path, content).check()
    assert f"openai.yaml, line {line}: " in caught.value.message
    assert message in caught.value.message


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "openai.yaml").write_bytes(b"alloy: \xff")
    with pytest.raises(SettingsError, match=r"openai\.yaml: cannot be read"):
        names_of(tmp_path / "openai.yaml").check()
