"""Sentences go as soon as they are whole, and nothing of a text is lost or said twice."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_stack.tts.wire.wyoming.text_stream import TextStream, whole_sentences

TEXT = "Dr. Smith has 3.5 dogs. They bark!\n\nA new\nparagraph goes on. Nobody knows why"


def said(parts: list[str], most: int = 1000) -> list[str]:
    """The parts that a text is spoken in, which comes in these chunks, one turn after the other."""

    async def run() -> list[str]:
        stream = TextStream("en", "en")
        found: list[str] = []

        async def speak() -> None:
            while (part := await stream.take(most)) is not None:
                found.append(part)

        speaking = asyncio.create_task(speak())
        for part in parts:
            stream.add(part)
            while stream._news.is_set() or not getattr(stream._news, "_waiters"):  # noqa: ASYNC110, B009
                await asyncio.sleep(0)
        stream.end()
        await speaking
        return found

    return asyncio.run(run())


def test_what_is_whole_is_spoken_before_the_text_ends() -> None:
    assert said([TEXT[at : at + 5] for at in range(0, len(TEXT), 5)]) == [
        "Dr. Smith has 3.5 dogs. ",
        "They bark!\n\n",
        "A new\nparagraph goes on. ",
        "Nobody knows why",
    ]
    assert said([TEXT]) == [TEXT[: TEXT.index("Nobody")], "Nobody knows why"]


def test_long_backlogs_go_in_parts() -> None:
    assert said(["One. Two. Three. Four."], most=6) == ["One. ", "Two. ", "Three. ", "Four."]


def test_chinese_needs_no_blanks() -> None:
    assert whole_sentences("你好。今天天气很好。", "zh", 100, ended=False) == 3


def test_ssml_is_spoken_when_it_is_whole() -> None:
    async def run() -> list[str]:
        stream = TextStream(None, "en", whole=True)
        for part in ("<speak>One. ", "Two.</speak>"):
            stream.add(part)
        waiting = asyncio.create_task(stream.take(5))
        await asyncio.sleep(0)
        assert not waiting.done()
        stream.end()
        first = await waiting
        assert first is not None
        assert await stream.take(5) is None
        return [first]

    assert asyncio.run(run()) == ["<speak>One. Two.</speak>"]


@pytest.mark.parametrize("text", ["", " \n "])
def test_no_text_is_nothing_to_say(text: str) -> None:
    assert said([text]) == []


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet='ab .!?"\n。…)\ud800', max_size=80), st.integers(1, 40))
def test_nothing_is_lost(text: str, most: int) -> None:
    at, parts = 0, []
    while at < len(text):
        end = at + whole_sentences(text[at:], "en", most, ended=True)
        if end == at:
            break
        parts.append(text[at:end])
        at = end
    assert not text[at:].strip()
    assert "".join(parts) + text[at:] == text
