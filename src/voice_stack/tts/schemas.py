"""The JSON that goes over the wire: OpenAI's shapes, and our additions."""

import base64
import math
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.stretch import MAX_SPEED, MIN_SPEED
from voice_stack.language.codes import LANGUAGES, language_pattern
from voice_stack.text.markup.pauses import MAX_PAUSE_S
from voice_stack.text.plan import Plan
from voice_stack.tts.speaking.captions import CaptionFormat, Captions, Timestamps, captions_json, render_captions
from voice_stack.tts.speaking.checking.report import CheckReport
from voice_stack.tts.speaking.run import SpeechReport
from voice_stack.tts.speaking.script import MOST_TURNS
from voice_stack.tts.voices.catalogue import VoiceListing

Json = dict[str, Any]

_INSTRUCTIONS_CHARS = 4096
# What OpenAI's own models take for a second of speech, and English for a token; these engines count no such tokens.
_TOKENS_A_SECOND = 20
_CHARACTERS_A_TOKEN = 4


# For the API's documentation; what Python takes for a blank, JavaScript's patterns do not all.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
_LANGUAGE = language_pattern(LANGUAGES)
# Numbers from MIN_SPEED to MAX_SPEED as text, which some clients send.
_SPEED = r"^(?:0\.(?:2[5-9]|[3-9])\d{0,3}|[1-3](?:\.\d{1,4})?|4(?:\.0{1,4})?)$"


class StreamFormat(StrEnum):
    """Shape of streamed speech: bytes, or server-sent events."""

    AUDIO = "audio"
    SSE = "sse"


class VoiceId(BaseModel):
    """A voice as OpenAI's custom voices are named."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)


class TextBody(BaseModel):
    """Fields that speech and its preview have in common."""

    input: str = Field(
        min_length=1,
        description="Text, SSML, or text with marks such as [pause:1.5s].",
        json_schema_extra={"pattern": NOT_BLANK},
    )
    language: str | None = Field(
        None,
        description="ISO 639-1 code or name; told from the text when left out.",
        json_schema_extra={"pattern": _LANGUAGE},
    )
    lang_code: str | None = Field(
        None, description="The same, as other servers call it.", json_schema_extra={"pattern": _LANGUAGE}
    )

    @field_validator("input")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be blank")
        return value


def _or_null(schema: Json) -> None:
    """Note that null is taken for the default."""
    _with_choices(schema, {"type": "null"})


def _or_text(schema: Json) -> None:
    """Note that a number is also read from text."""
    _with_choices(schema, {"type": "string", "pattern": _SPEED}, {"type": "null"})


def _with_choices(schema: Json, *further: Json) -> None:
    own = {key: schema.pop(key) for key in list(schema) if key not in ("default", "description", "title")}
    schema["anyOf"] = [own, *further]


class DialogueLine(BaseModel):
    """A line of a dialogue."""

    voice: str | VoiceId | None = Field(None, description="Absent: the request's.")
    text: str = Field(json_schema_extra={"pattern": NOT_BLANK})

    @property
    def voice_id(self) -> str:
        """Name of the voice; empty for the request's."""
        return self.voice.id if isinstance(self.voice, VoiceId) else self.voice or ""


def _input_or_lines(schema: Json) -> None:
    """Note that the lines of a dialogue stand in the place of the text."""
    schema["required"].remove("input")
    lines = {"properties": {"dialogue": {"type": "array"}}, "required": ["dialogue"]}
    schema["anyOf"] = [{"required": ["input"]}, lines]


class SpeechBody(TextBody):
    """`POST /audio/speech`. Further fields are ignored."""

    model_config = ConfigDict(json_schema_extra=_input_or_lines)

    model: Annotated[str, StringConstraints(min_length=1)] = Field(examples=["tts-1"])
    voice: str | VoiceId = Field(examples=["alloy"])
    instructions: str | None = Field(
        None,
        max_length=_INSTRUCTIONS_CHARS,
        description="How to speak, in words. Where the engine cannot follow them, x-voice-stack-ignored says so.",
    )
    response_format: AudioFormat = Field(AudioFormat.MP3, json_schema_extra=_or_null)
    speed: float = Field(1.0, ge=MIN_SPEED, le=MAX_SPEED, json_schema_extra=_or_text)
    stream_format: StreamFormat = Field(StreamFormat.AUDIO, json_schema_extra=_or_null)
    timestamps: Timestamps | None = Field(
        None,
        description="Times beside the sound, of each sentence or of each word: a multipart/mixed answer, or an event "
        "`speech.audio.timestamps`. Those of words need an engine that tells them (espeak), or the server's setting "
        "TTS_ASR.",
    )
    timestamps_format: CaptionFormat = Field(CaptionFormat.JSON, json_schema_extra=_or_null)
    dialogue: bool | Annotated[list[DialogueLine], Field(min_length=1, max_length=MOST_TURNS)] | None = Field(
        None,
        description="true: `input` has lines `[name]: words`, with a voice each. Or the lines as a list, in the place "
        "of `input`.",
    )
    dialogue_gap: float | None = Field(
        None, ge=0, le=MAX_PAUSE_S, description="Seconds of silence between two lines; the server's TTS_DIALOGUE_GAP_S."
    )
    callback_url: str | None = Field(None, description="Told when the job is over; for requests that become one.")

    @model_validator(mode="before")
    @classmethod
    def _dialogue_is_input(cls, body: object) -> object:
        if not isinstance(body, dict) or not isinstance(body.get("dialogue"), list) or "input" in body:
            return body
        # The whole of it, for limits and for the language.
        texts = [line.get("text") for line in body["dialogue"] if isinstance(line, dict)]
        whole = "\n".join(text for text in texts if isinstance(text, str))
        return {**body, "input": whole if whole.strip() else "-"}

    @field_validator("response_format", "speed", "stream_format", "timestamps_format", mode="before")
    @classmethod
    def _null_is_default(cls, value: object, info: Any) -> object:
        if isinstance(value, bool):  # which Python takes for a number
            raise ValueError("must not be true or false")
        return cls.model_fields[info.field_name].default if value is None else value

    @property
    def voice_id(self) -> str:
        """Name of the voice, in whichever of OpenAI's two forms it came."""
        return self.voice if isinstance(self.voice, str) else self.voice.id


class PreviewBody(TextBody):
    """`POST /audio/speech/normalize`."""

    model: str = Field("tts-1", min_length=1)


def audio_delta_event(data: bytes) -> Json:
    """`speech.audio.delta`: a piece of the file, in base64 of its own."""
    return {"type": "speech.audio.delta", "audio": base64.b64encode(data).decode()}


def timestamps_event(captions: Captions, fmt: CaptionFormat) -> Json:
    """`speech.audio.timestamps`: the captions, as an object or as the text of a file. No part of OpenAI's API: it has
    none of the keys in which clients look for sound."""
    event: Json = {"type": "speech.audio.timestamps", "format": fmt.value}
    if fmt is CaptionFormat.JSON:
        return event | captions_json(captions)
    return event | {"text": render_captions(captions, fmt)}


def audio_done_event(report: SpeechReport) -> Json:
    """`speech.audio.done`; its usage is an estimate in OpenAI's terms; `check` is ours, where something was checked."""
    spoken = math.ceil(report.characters / _CHARACTERS_A_TOKEN)
    heard = math.ceil(report.audio_s * _TOKENS_A_SECOND)
    usage = {"input_tokens": spoken, "output_tokens": heard, "total_tokens": spoken + heard}
    done = {"type": "speech.audio.done", "usage": usage}
    return done | ({"check": check_json(report.checks)} if report.checks.checked else {})


def check_json(checks: CheckReport) -> Json:
    """The checks of a speech: whether all of it passed in the end, how many sentences ended how, and with which
    faults."""
    return {
        "passed": not checks.accepted,
        "sentences": checks.checked,
        "outcomes": {str(outcome): count for outcome, count in checks.outcomes.items()},
        "faults": {str(fault): count for fault, count in checks.faults.items()},
        "retries": checks.retries,
    }


def preview_json(plan: Plan, language: str) -> Json:
    """The preview: the words that would be said."""
    units = [
        {
            "text": "".join(part.text for part in unit.parts),
            "ipa": [{"text": part.text, "ipa": part.ipa} for part in unit.parts if part.ipa],
            "rate": unit.rate,
            "gain_db": unit.gain_db if math.isfinite(unit.gain_db) else None,
            "pause_after": round(unit.pause_after_s, 3),
        }
        for unit in plan.units
    ]
    return {"language": language, "text": plan.text, "units": units}


def voice_json(voice: VoiceListing) -> Json:
    """One entry of `/audio/voices`."""
    return {
        "id": voice.id,
        "name": voice.name,
        "object": "voice",
        "kind": voice.kind,
        "engine": voice.engine,
        "language": voice.languages[0] if voice.languages else None,
        "languages": list(voice.languages),
        "gender": voice.gender or None,
        "description": voice.description,
        "downloaded": voice.downloaded,
        "duration": round(voice.seconds, 2) if voice.seconds is not None else None,
        # null: nobody has listened to the recordings yet
        "usable": (voice.problem is None) if voice.problem or voice.is_judged else None,
        "problem": voice.problem,
        "licence": voice.licence or None,
        "non_commercial": voice.non_commercial if voice.licence else None,
    }
