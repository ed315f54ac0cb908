"""Speech, without its HTTP: what is read from a request, and how its answer is rendered.

The answer is the same for who waits and for a job.
"""

import secrets
from collections.abc import AsyncIterator, Callable

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import InvalidRequestError, TextTooLongError
from voice_stack.core.rendered import Rendered
from voice_stack.language.codes import find_language, names_no_language
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.tts.runner import Execution
from voice_stack.tts.schemas import SpeechBody, TextBody
from voice_stack.tts.speaking.captions import render_captions
from voice_stack.tts.speaking.run import SpeechOptions, SpeechStart
from voice_stack.tts.speaking.script import Turn, checked_turns, dialogue_lines
from voice_stack.tts.wire.state import TtsState, check_headers, speech_headers

# A character takes up to twelve bytes of JSON (a surrogate pair of escapes); the rest is for the other fields.
_BYTES_A_CHARACTER = 12
_OTHER_BYTES = 128 * 1024


def most_bytes(state: TtsState) -> int:
    """Most bytes that a request for speech may take."""
    return state.settings.tts_max_input_chars * _BYTES_A_CHARACTER + _OTHER_BYTES


def read_options(body: SpeechBody, state: TtsState, lane: Lane | None) -> SpeechOptions:
    """Options of the speech that a body asks for.

    Raises:
        TextTooLongError, InvalidRequestError: what it asks for cannot be.
    """
    text = checked_text(body, state)
    return SpeechOptions(
        text=text,
        voice=body.voice_id,
        model=body.model,
        language=read_language(body),
        speed=body.speed,
        audio_format=body.response_format,
        lane=lane,
        turns=_turns(body, text, state),
        timestamps=body.timestamps,
        caption_format=body.timestamps_format,
        instructions=(body.instructions or "").strip(),
    )


def _turns(body: SpeechBody, text: str, state: TtsState) -> tuple[Turn, ...]:
    gap_s = state.settings.tts_dialogue_gap_s if body.dialogue_gap is None else body.dialogue_gap
    if isinstance(body.dialogue, list):
        lines = enumerate(body.dialogue, start=1)
        turns = checked_turns([Turn(line.voice_id, line.text, f"Line {number}", gap_s) for number, line in lines])
        check_length(sum(len(turn.text) for turn in turns), "dialogue", state)
        return turns
    return dialogue_lines(text, gap_s) if body.dialogue else ()


def checked_text(body: TextBody, state: TtsState) -> str:
    """The text that is asked for.

    Raises:
        TextTooLongError: it is longer than TTS_MAX_INPUT_CHARS.
    """
    check_length(len(body.input), "input", state)
    return body.input


def check_length(characters: int, field: str, state: TtsState) -> None:
    """See that a text is not too long.

    Raises:
        TextTooLongError: it is longer than TTS_MAX_INPUT_CHARS.
    """
    most = state.settings.tts_max_input_chars
    if characters > most:
        raise TextTooLongError(
            f"The {field} has {characters:,} characters; {most:,} are allowed (the server's setting "
            "TTS_MAX_INPUT_CHARS). Send it in parts.",
            param=field,
        )


def read_language(body: TextBody) -> str | None:
    """The language that is asked for; nothing, `auto`, `und` and the like leave it to the text.

    Raises:
        InvalidRequestError: it is none.
    """
    param = "language" if body.language else "lang_code"
    return named_language(body.language or body.lang_code or "", param)


def named_language(value: str, param: str) -> str | None:
    """The code of a language that a client names; nothing, `auto`, `und` and the like leave it to the text.

    Args:
        param: the field that names it.

    Raises:
        InvalidRequestError: it is none.
    """
    asked = value.strip()
    if names_no_language(asked):
        return None
    found = find_language(asked)
    if found is None:
        raise InvalidRequestError(
            f"{param}={asked[:30]!r} is no language that is known here; use a code such as en or de.", param=param
        )
    return found


async def spoken_answer(execution: Execution, options: SpeechOptions) -> Rendered:
    """The sound that is being made: the whole of it, or its pieces once the first is there.

    The first piece is waited for, because what fails until then has a status of its own.

    Raises:
        VoiceStackError: the speech failed, or was given up.
    """
    start = await execution.started
    pieces = aiter(execution)
    if options.timestamps is not None:
        first = await anext(pieces)
        return render_parts(start, options, _after_first(first, pieces), lambda: _captions(execution, options))

    def checked() -> dict[str, str]:
        return {} if execution.run is None else check_headers(execution.run.report.checks)

    if start.whole:
        whole = b"".join([piece async for piece in pieces])
        return render_speech(start, options.audio_format, whole, checked)
    return render_speech(start, options.audio_format, _after_first(await anext(pieces), pieces), checked)


def render_speech(
    start: SpeechStart,
    audio_format: AudioFormat,
    body: bytes | AsyncIterator[bytes],
    checked: Callable[[], dict[str, str]] = dict,
) -> Rendered:
    """The answer with this sound.

    Args:
        checked: headers about its checks, which are known when all of it is made.
    """
    if isinstance(body, bytes):
        return Rendered(body, audio_format.mime, speech_headers(start) | checked())
    streamed = {"cache-control": "no-cache"}
    return Rendered(body, audio_format.mime, streamed | speech_headers(start), late_headers=checked)


def render_parts(
    start: SpeechStart, options: SpeechOptions, sound: AsyncIterator[bytes], captions: Callable[[], str]
) -> Rendered:
    """The answer in two parts, the sound and then its captions (RFC 2046).

    Args:
        captions: asked for when the sound has ended.
    """
    boundary = f"voice-stack-{secrets.token_hex(16)}"
    audio, told = options.audio_format, options.caption_format

    def head(mime: str, name: str) -> bytes:
        lines = (
            f"--{boundary}",
            f"Content-Type: {mime}",
            f'Content-Disposition: attachment; filename="{name}"',
            "",
            "",
        )
        return "\r\n".join(lines).encode()

    async def body() -> AsyncIterator[bytes]:
        opening = head(audio.mime, f"speech{audio.suffix}")
        async for piece in sound:
            yield opening + piece
            opening = b""
        yield (
            b"\r\n" + head(told.mime, f"speech{told.suffix}") + captions().encode() + f"\r\n--{boundary}--\r\n".encode()
        )

    headers = {"cache-control": "no-cache"} | speech_headers(start)
    return Rendered(body(), f"multipart/mixed; boundary={boundary}", headers)


def _captions(execution: Execution, options: SpeechOptions) -> str:
    run = execution.run
    assert run is not None  # its sound has ended
    assert run.captions is not None  # they were asked for
    return render_captions(run.captions, options.caption_format)


async def _after_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
