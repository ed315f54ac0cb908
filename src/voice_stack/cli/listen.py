"""`voice-stack listen`: words while somebody talks, from the microphone or a file, in this process."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from voice_stack.cli.arguments import language_code
from voice_stack.cli.console import remark, show_warnings, stderr_console
from voice_stack.core.errors import SettingsError

if TYPE_CHECKING:
    from voice_stack.asr.recognition.live import LiveTurn
    from voice_stack.asr.recognition.live_input import LiveInput
    from voice_stack.asr.recognition.live_seat import LiveSeat
    from voice_stack.audio.clip import Samples

RATE: Final = 16_000
_CHUNK_S: Final = 0.1


def listen(
    file: Annotated[
        Path | None,
        typer.Argument(help="A recording, heard as fast as it was spoken. Absent: the microphone.", show_default=False),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the speech (en, german ...). Absent: ASR_LANGUAGE, or detected.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name, hub id or folder. Absent: ASR_MODEL.")] = None,
    engine: Annotated[str | None, typer.Option(help="Recognition engine. Absent: ASR_ENGINE.")] = None,
    silence: Annotated[
        float, typer.Option(min=0.1, max=30, help="Seconds of silence that end a turn, and with it a line.")
    ] = 0.5,
    device: Annotated[str | None, typer.Option(help="Microphone, by number or name. Absent: the usual one.")] = None,
) -> None:
    """Write down what is said while it is said, a line for each turn. Ctrl-C ends."""
    from voice_stack.asr.recognition.defaults import request_options
    from voice_stack.asr.recognition.live import Cadence
    from voice_stack.asr.recognition.live_input import LiveInput
    from voice_stack.asr.recognition.live_turns import TurnRule
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.asr.types import RecognitionRequest
    from voice_stack.core.settings import load_settings

    given = {"asr_model": model, "asr_engine": engine}
    settings = load_settings(AsrSettings, **{name: value for name, value in given.items() if value is not None})
    options = request_options(settings, RecognitionRequest(language=language_code(language)))
    console = stderr_console()
    show_warnings(console)
    stop = threading.Event()
    with TranscriptionService(settings) as service:
        service.preload()  # before anything is said

        def open_seat(turn: "LiveTurn") -> "LiveSeat":
            seat = service.listen(options, stop)
            turn.cadence = Cadence.of(seat.capabilities, settings.live.interim_s)
            return seat

        sound = LiveInput(RATE, TurnRule(silence_s=silence))
        remark(console, f"listening to {file or 'the microphone'}; Ctrl-C ends")
        _hear(sound, _recording(file) if file else _microphone(device), open_seat)


def _hear(sound: "LiveInput", chunks: "Iterator[Samples]", open_seat: "Callable[[LiveTurn], LiveSeat]") -> None:
    """Print the words of all turns, and at the end those of the one that is on."""
    seat: LiveSeat | None = None

    def follow(turn: "LiveTurn") -> None:
        nonlocal seat
        seat = seat or open_seat(turn)  # before anything is planned: how, depends on the engine
        while (unit := turn.plan()) is not None:
            _print(turn, turn.absorb(unit, seat.hear(unit)))

    def finish(turn: "LiveTurn") -> None:
        nonlocal seat
        follow(turn)
        _print(turn, turn.finish())
        if turn.state.sent:
            typer.echo()
        if seat is not None:
            seat.audio_s = turn.heard_s
            seat.close()
        seat = None

    try:
        for chunk in chunks:
            for change in sound.append(chunk):
                if change.turn is not sound.turn:
                    finish(change.turn)
            if sound.turn is not None:
                follow(sound.turn)
    except KeyboardInterrupt:
        pass
    finally:
        if sound.turn is not None:
            finish(sound.commit())


def _print(turn: "LiveTurn", words: "list[Any]") -> None:
    text = "".join(word.text for word in words)
    if text:
        typer.echo(text.lstrip() if turn.state.sent == text else text, nl=False)


def _recording(file: Path) -> "Iterator[Samples]":
    """A recording, a tenth of a second at a time, no sooner than it was spoken."""
    from voice_stack.audio.decode import DecodeLimits, open_audio

    started = time.monotonic()
    played_s = 0.0
    with file.open("rb") as opened, open_audio(opened, DecodeLimits(max_seconds=86_400.0, timeout_s=60.0)) as source:
        while len(samples := source.read(_CHUNK_S).samples):
            played_s += len(samples) / RATE
            time.sleep(max(0.0, started + played_s - time.monotonic()))
            yield samples


def _microphone(device: str | None) -> "Iterator[Samples]":
    """The microphone's sound as it comes; what came while something was computed in one piece.

    Raises:
        SettingsError: there is no microphone, or nothing to read it with.
    """
    import numpy as np

    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: PortAudio itself is missing
        raise SettingsError(
            f"The microphone needs sounddevice and PortAudio ({error}): pip install 'voice-stack[listen]'"
        ) from error
    arrived: queue.SimpleQueue[Samples] = queue.SimpleQueue()

    def take(block: Any, *_: object) -> None:
        arrived.put(np.array(block[:, 0], np.float32))

    named = int(device) if device and device.isdigit() else device
    try:
        with sounddevice.InputStream(
            samplerate=RATE, channels=1, dtype="float32", blocksize=round(RATE * _CHUNK_S), device=named, callback=take
        ):
            while True:
                parts = [arrived.get()]
                while not arrived.empty():
                    parts.append(arrived.get())
                yield np.concatenate(parts)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise SettingsError(f"The microphone cannot be opened: {error}") from error
