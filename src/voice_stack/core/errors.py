"""The error tree of both services, with the status and the code of each:

    x VoiceStackError                   500
      x SettingsError                   500
      x InvalidRequestError             400
        x UnsupportedError              400  unsupported
        x InvalidEventError             400  invalid_event
          x InvalidValueError           400  invalid_value
          x UnknownParameterError       400  unknown_parameter
          x MissingParameterError       400  missing_required_parameter
          x BufferTooSmallError         400  input_audio_buffer_commit_empty
          x SessionExpiredError         400  session_expired
        x InvalidAudioError             400  invalid_audio
          x AudioTooLongError           400  audio_too_long
          x TooLittleSpeechError        400  too_little_speech
          x SeveralSpeakersError        400  several_speakers
        x TextTooLongError              400  string_above_max_length
        x TextMismatchError             400  text_mismatch
        x UploadTooLargeError           413  upload_too_large
        x AuthenticationError           401  invalid_api_key
        x NotFoundError                 404  not_found
          x ModelNotFoundError          404  model_not_found
          x VoiceNotFoundError          404  voice_not_found
          x SpeakerNotFoundError        404  speaker_not_found
        x MethodNotAllowedError         405  method_not_allowed
        x UnusableVoiceError            400  unusable_voice
        x JobNotFinishedError           409  job_not_finished
        x ResultExpiredError            410  result_expired
        x JobCancelledError             410  job_cancelled
        x RequestTimeoutError           408  request_timeout
        x SpeakerExistsError            409  speaker_exists
        x ModelInUseError               409  model_in_use
        x ModelNotRemovableError        409  model_not_removable
        x OriginNotAllowedError         403  origin_not_allowed
        x ConsentRefusedError           403  consent_refused
      x SpoolFullError                  507  spool_full
      x LibraryFullError                507  voice_library_full
      x SpeakersFullError               507  speakers_full
      x ServiceUnavailableError         503  service_unavailable
        x JobsUnavailableError          503  jobs_unavailable
        x DiskFullError                 507  disk_full
        x StoppingError                 503  stopping
        x ProcessLostError              503  process_lost
          x DecoderKilledError          503  decoder_killed
        x StartTimeoutError             503  start_timeout
        x EngineUnavailableError        503  engine_unavailable
          x DownloadInterruptedError    503  engine_unavailable
      x OverloadedError                 429  overloaded
      x EngineError                     500  engine_error
      x AudioProcessingError            500  audio_processing_error
      x VadError                        500  vad_error
      x CancelledWorkError              499  cancelled

Status, `type`, `code` and `param` of OpenAI's error envelope sit on the class, so that one handler can write
any of them; nothing tests the text of a message. Foreign exceptions are wrapped at the boundary where they
appear (`raise ... from error`).
"""

import math
from typing import ClassVar


class VoiceStackError(Exception):
    """Anything that this project raises on purpose.

    Args:
        message: what went wrong and what to do about it, for the client's eyes.
        param: the request field at fault, by its wire name.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None
    # Whether the same request may succeed later. The OpenAI SDKs retry 408, 409, 429 and every 5xx unless told not to.
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the error."""
        return {}


class SettingsError(VoiceStackError):
    """A setting has a value that cannot be used; stops the start."""


class InvalidRequestError(VoiceStackError):
    """The request cannot be served as it is; the client has to change it."""

    status = 400
    type = "invalid_request_error"


class UnsupportedError(InvalidRequestError):
    """A well-formed request for something that this engine or version cannot do."""

    code = "unsupported"


class InvalidEventError(InvalidRequestError):
    """An event of a realtime session is none; the session goes on."""

    code = "invalid_event"


class InvalidValueError(InvalidEventError):
    """A parameter of an event has a value that it cannot have."""

    code = "invalid_value"


class UnknownParameterError(InvalidEventError):
    """An event has a parameter that there is not."""

    code = "unknown_parameter"


class MissingParameterError(InvalidEventError):
    """An event lacks a parameter."""

    code = "missing_required_parameter"


class BufferTooSmallError(InvalidEventError):
    """There is too little sound to commit."""

    code = "input_audio_buffer_commit_empty"


class SessionExpiredError(InvalidEventError):
    """A realtime session has lasted, or was silent, for too long."""

    code = "session_expired"


class InvalidAudioError(InvalidRequestError):
    """The upload is empty, truncated, hostile or no audio at all."""

    code = "invalid_audio"

    def __init__(self, message: str, *, param: str | None = "file") -> None:
        super().__init__(message, param=param)


class AudioTooLongError(InvalidAudioError):
    """The audio decodes to more seconds than are allowed."""

    code = "audio_too_long"


class TooLittleSpeechError(InvalidAudioError):
    """Nobody speaks in the audio, or not for long enough to tell who it is."""

    code = "too_little_speech"


class SeveralSpeakersError(InvalidAudioError):
    """More than one person speaks in a recording that is to be of one."""

    code = "several_speakers"


class TextTooLongError(InvalidRequestError):
    """A text has more characters than are allowed."""

    code = "string_above_max_length"


class TextMismatchError(InvalidRequestError):
    """A text is not what is said in the recording that it came with."""

    code = "text_mismatch"

    def __init__(self, message: str, *, param: str | None = "text") -> None:
        super().__init__(message, param=param)


class UploadTooLargeError(InvalidRequestError):
    """The request body is larger than allowed."""

    status = 413
    code = "upload_too_large"


class AuthenticationError(InvalidRequestError):
    """The API key is missing or wrong."""

    status = 401
    code = "invalid_api_key"

    @property
    def headers(self) -> dict[str, str]:
        return {"www-authenticate": "Bearer"}


class NotFoundError(InvalidRequestError):
    """No such thing."""

    status = 404
    code = "not_found"


class MethodNotAllowedError(InvalidRequestError):
    """The route exists, but not for this HTTP method."""

    status = 405
    code = "method_not_allowed"


class ModelNotFoundError(NotFoundError):
    """The request names a model that is neither configured, installed nor allowed."""

    code = "model_not_found"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class VoiceNotFoundError(NotFoundError):
    """The request names a voice that neither the engine nor the library has."""

    code = "voice_not_found"

    def __init__(self, message: str, *, param: str | None = "voice") -> None:
        super().__init__(message, param=param)


class SpeakerNotFoundError(NotFoundError):
    """The request names a speaker who is not enrolled."""

    code = "speaker_not_found"


class UnusableVoiceError(InvalidRequestError):
    """The recordings of a voice are too short, damaged or too bad to speak with."""

    code = "unusable_voice"

    def __init__(self, message: str, *, param: str | None = "voice") -> None:
        super().__init__(message, param=param)


class JobNotFinishedError(InvalidRequestError):
    """The job is not over yet; its result may be asked for again later.

    Args:
        retry_after_s: whole seconds to wait before that. Not `retryable`: an SDK would sleep in silence over and over.
    """

    status = 409
    code = "job_not_finished"

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return _retry_after(self.retry_after_s)


class ResultExpiredError(InvalidRequestError):
    """The job's result was kept for its time and is gone."""

    status = 410
    code = "result_expired"


class JobCancelledError(InvalidRequestError):
    """The job was cancelled and has no result."""

    status = 410
    code = "job_cancelled"


class SpoolFullError(VoiceStackError):
    """There is no room on the disk for another job.

    Args:
        retry_after_s: whole seconds after which there may be. Not `retryable`: the SDKs would send the audio again at
            once.
    """

    status = 507
    code = "spool_full"

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return _retry_after(self.retry_after_s)


class LibraryFullError(VoiceStackError):
    """The voice library holds as many voices, or as many bytes, as its settings allow."""

    status = 507
    code = "voice_library_full"


class SpeakersFullError(VoiceStackError):
    """As many speakers are enrolled as the settings allow."""

    status = 507
    code = "speakers_full"


class ServiceUnavailableError(VoiceStackError):
    """The service cannot answer now, and may later."""

    status = 503
    code = "service_unavailable"
    retryable = True


class JobsUnavailableError(ServiceUnavailableError):
    """There is no folder to keep jobs in; requests whose clients wait are served all the same."""

    code = "jobs_unavailable"
    # A client that sent its audio again at once would meet the same folder.
    retryable = False


class DiskFullError(ServiceUnavailableError):
    """The server's disk is full."""

    status = 507
    code = "disk_full"
    # Nobody makes room on it within the second that an SDK waits.
    retryable = False


class StoppingError(ServiceUnavailableError):
    """The service is being stopped; another instance, or the next one, may answer."""

    code = "stopping"


class ProcessLostError(ServiceUnavailableError):
    """A child process was ended or stopped from outside in the middle of its work, most often for want of memory; the
    request may be fine."""

    code = "process_lost"
    retry_after_s: ClassVar[int] = 5

    @property
    def headers(self) -> dict[str, str]:
        return _retry_after(self.retry_after_s)


class DecoderKilledError(ProcessLostError):
    """FFmpeg was ended or stopped from outside in the middle of a file."""

    code = "decoder_killed"


class RequestTimeoutError(InvalidRequestError):
    """The client stopped sending in the middle of its request."""

    status = 408
    code = "request_timeout"


class StartTimeoutError(ServiceUnavailableError):
    """An interactive request waited too long for its first turn on the engine."""

    code = "start_timeout"


class OverloadedError(VoiceStackError):
    """The queue is full; the same request may be sent again later.

    Args:
        retry_after_s: seconds until there should be room, for the header Retry-After; rounded up, at least 1.
    """

    status = 429
    type = "rate_limit_error"
    code = "overloaded"
    retryable = True

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float = 1.0) -> None:
        super().__init__(message, param=param)
        self.retry_after_s = max(1, math.ceil(retry_after_s))

    @property
    def headers(self) -> dict[str, str]:
        return {"retry-after": str(self.retry_after_s)}


class EngineUnavailableError(ServiceUnavailableError):
    """No engine could be built: package missing, model not obtainable, out of memory."""

    code = "engine_unavailable"
    # A machine without network or package will not have it a second later: the SDKs' two retries would be waste.
    retryable = False


class DownloadInterruptedError(EngineUnavailableError):
    """The connection broke in the middle of a download; another try goes on where it was."""


class SpeakerExistsError(InvalidRequestError):
    """Somebody is enrolled under this name already. Not `retryable`: the SDKs would send the recording again."""

    status = 409
    code = "speaker_exists"


class ModelInUseError(InvalidRequestError):
    """The model is in use at this moment: loaded and busy, being loaded, or being downloaded."""

    status = 409
    code = "model_in_use"
    retryable = True


class ModelNotRemovableError(InvalidRequestError):
    """The model is not ours to remove: it comes with its engine, or lies where the user has put it."""

    status = 409
    code = "model_not_removable"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class OriginNotAllowedError(InvalidRequestError):
    """A page of another origin asks for something that would change the server."""

    status = 403
    code = "origin_not_allowed"


class ConsentRefusedError(InvalidRequestError):
    """The owner of a voice is not shown to agree to its use; the message says which check failed."""

    status = 403
    code = "consent_refused"

    def __init__(self, message: str, *, param: str | None = "consent") -> None:
        super().__init__(message, param=param)


class EngineError(VoiceStackError):
    """An engine failed on a request that it should have been able to serve."""

    code = "engine_error"


class AudioProcessingError(VoiceStackError):
    """Finished speech could not be encoded or changed in speed: FFmpeg failed."""

    code = "audio_processing_error"


class VadError(VoiceStackError):
    """Voice activity detection could not run; recognition can go on without it."""

    code = "vad_error"


class CancelledWorkError(VoiceStackError):
    """Work was given up because nobody waits for its result any more."""

    status = 499
    code = "cancelled"


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"retry-after": str(seconds)}
