"""`voice-stack speak`: text to an audio file, in this process, without a server; books by a service."""

import itertools
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from voice_stack.audio.formats import AudioFormat
from voice_stack.cli.arguments import choice, language_code, listed, speech_settings
from voice_stack.cli.book import BookWishes, speak_book
from voice_stack.cli.console import complain, remark, show_warnings, stderr_console
from voice_stack.core.errors import VoiceNotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from voice_stack.tts.service import SpeechService
    from voice_stack.tts.speaking.captions import CaptionFormat, Captions
    from voice_stack.tts.speaking.run import SpeechOptions, SpeechReport


_BOOKS: Final = "Books"


def speak(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT...", help="What to say; `-` reads it from stdin.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to. Absent: stdout, when that is no terminal."),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"{listed(AudioFormat)}. Absent: what FILE's suffix says; mp3 on stdout.",
        ),
    ] = None,
    voice: Annotated[str, typer.Option(help="A name that `voices list` shows.")] = "alloy",
    model: Annotated[
        str | None, typer.Option(help="xtts-v2, kokoro, piper, espeak-ng ... Absent: the one of TTS_ENGINE.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the text (en, german ...). Absent: told from the text.")
    ] = None,
    speed: Annotated[float, typer.Option(help="0.25 to 4; 1 is natural.")] = 1.0,
    captions: Annotated[
        Path | None,
        typer.Option("--captions", metavar="FILE", help="Write when what is said too: FILE.srt, .vtt or .json."),
    ] = None,
    word_captions: Annotated[
        bool, typer.Option("--word-captions", help="Times of each word in --captions; needs TTS_ASR, or espeak.")
    ] = False,
    dialogue: Annotated[
        bool, typer.Option("--dialogue", help="The text has lines `[voice]: words`, with a voice each.")
    ] = False,
    book: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Speak a book (EPUB, Markdown, text) by the running service.", rich_help_panel=_BOOKS
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="Speech service, with its /v1. Absent: the one of TTS_PORT.", rich_help_panel=_BOOKS),
    ] = None,
    chapters: Annotated[str | None, typer.Option(help="Only these: 3, 3-5 or 1,3-5.", rich_help_panel=_BOOKS)] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show the chapters and how long they will be.", rich_help_panel=_BOOKS)
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.", rich_help_panel=_BOOKS)] = False,
    any_engine: Annotated[
        bool, typer.Option("--any-engine", help="Go on when another engine answers.", rich_help_panel=_BOOKS)
    ] = False,
    keep_work: Annotated[
        bool, typer.Option("--keep-work", help="Leave the folder FILE.work when it is made.", rich_help_panel=_BOOKS)
    ] = False,
) -> None:
    """Speak a text, SSML too. The file grows while the speech is made; a failure leaves none behind.

    A book becomes one file with chapter marks (.m4b, .mp3, .opus, .flac, .wav). Stopped or killed, it goes on where it
    was.
    """
    from voice_stack.apps.tts import make_service
    from voice_stack.audio.stretch import MAX_SPEED, MIN_SPEED
    from voice_stack.tts.service import DEFAULT_MODEL
    from voice_stack.tts.speaking.captions import Timestamps, render_captions
    from voice_stack.tts.speaking.run import SpeechOptions
    from voice_stack.tts.speaking.script import dialogue_lines

    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise typer.BadParameter(f"{speed:g} is not within {MIN_SPEED:g} and {MAX_SPEED:g}.", param_hint="--speed")
    if book is not None:
        if words or format_name or captions or word_captions or dialogue:
            raise typer.BadParameter(
                "A book is spoken alone: no TEXT, captions or dialogue, and the suffix of -o FILE tells the format."
            )
        wishes = (book, output, voice, model, language_code(language), speed, url, chapters, only_list, as_json)
        speak_book(BookWishes(*wishes, any_engine, keep_work))
        return
    if url or chapters or only_list or as_json or any_engine or keep_work:
        raise typer.BadParameter("--url, --chapters, --list, --json, --any-engine and --keep-work are for a --book.")
    if not words:
        raise typer.BadParameter("There is nothing to say: give a TEXT, `-` for stdin, or --book FILE.")
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("Sound is nothing for a terminal: name a file with -o FILE, or pipe it on.")
    fmt = None if captions is None else _caption_format(captions)
    said = _text(words)
    settings = speech_settings(model)
    options = SpeechOptions(
        text=said,
        voice=voice,
        model=model or DEFAULT_MODEL,
        language=language_code(language),
        speed=speed,
        audio_format=_format(format_name, output),
        turns=dialogue_lines(said, settings.tts_dialogue_gap_s) if dialogue else (),
        timestamps=None if captions is None else Timestamps.WORD if word_captions else Timestamps.SENTENCE,
    )
    console = stderr_console()
    show_warnings(console)
    try:
        with make_service(settings) as service:
            report, told = _speak(service, options, output, console)
    except VoiceNotFoundError as error:
        hint = "`voice-stack voices list` shows what there is."
        raise VoiceNotFoundError(f"There is no voice {voice!r} for this engine; {hint}") from error
    if captions is not None and fmt is not None and told is not None:
        captions.parent.mkdir(parents=True, exist_ok=True)
        captions.write_text(render_captions(told, fmt), encoding="utf-8")
    remark(
        console,
        f"{output or 'stdout'}: {report.audio_s:.1f} s, engine {report.engine} ({report.model}), "
        f"voice {report.voice}, language {report.language}",
    )


def _speak(
    service: "SpeechService", options: "SpeechOptions", output: Path | None, console: "Console"
) -> tuple["SpeechReport", "Captions | None"]:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from voice_stack.audio.wav import complete_header

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("loading the engine")
        with service.start(options) as run:

            def pieces() -> Iterator[bytes]:
                for piece in run:
                    progress.update(shown, description=f"{run.report.audio_s:.0f} s spoken")
                    yield piece

            try:
                _deliver(pieces(), output)
                if output is not None and options.audio_format is AudioFormat.WAV:
                    complete_header(output)
            except OSError as error:
                complain(console, f"{output or 'stdout'}: {error.strerror or error}")
                raise typer.Exit(1) from error
            return run.report, run.captions


def _deliver(pieces: Iterator[bytes], output: Path | None) -> None:
    """Write the speech while it is made."""
    # The first piece before anything is touched: what fails until then leaves an older file as it was.
    everything = itertools.chain([next(pieces)], pieces)
    if output is None:
        for piece in everything:
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as file:
        try:
            file.writelines(everything)
        except BaseException:
            if stat.S_ISREG(output.lstat().st_mode):
                output.unlink()
            raise


def _text(words: Sequence[str]) -> str:
    """The text to speak.

    Raises:
        typer.BadParameter: nothing, or no text.
    """
    if list(words) != ["-"]:
        text = " ".join(words)
    else:
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError:
            raise typer.BadParameter("What comes from stdin is no UTF-8 text.") from None
    if not text.strip():
        raise typer.BadParameter("There is nothing to say.")
    return text


def _format(name: str | None, output: Path | None) -> AudioFormat:
    """The format of the sound.

    Raises:
        typer.BadParameter: no such format, or the file's suffix does not tell.
    """
    if name is not None:
        return choice(AudioFormat, name, "--format")
    if output is None:
        return AudioFormat.MP3
    for audio_format in AudioFormat:
        if audio_format.suffix == output.suffix.lower():
            return audio_format
    suffixes = ", ".join(audio_format.suffix for audio_format in AudioFormat)
    raise typer.BadParameter(f"{output.name!r} ends with none of {suffixes}; name a --format.", param_hint="--output")


def _caption_format(path: Path) -> "CaptionFormat":
    """The format of captions.

    Raises:
        typer.BadParameter: the file's suffix does not tell.
    """
    from voice_stack.tts.speaking.captions import CaptionFormat

    for fmt in CaptionFormat:
        if fmt.suffix == path.suffix.lower():
            return fmt
    suffixes = ", ".join(fmt.suffix for fmt in CaptionFormat)
    raise typer.BadParameter(f"{path.name!r} ends with none of {suffixes}.", param_hint="--captions")
