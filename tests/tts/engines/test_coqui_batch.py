"""Utterances of several requests share the steps of XTTS's language model, and none of them notices."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import OpenAI

from tests.live_server import serve_tts
from tests.tts.engines.test_coqui import RATE, say
from voice_stack.audio.clip import Samples
from voice_stack.core.errors import CancelledWorkError, EngineError, EngineUnavailableError, InvalidRequestError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.coqui.engine import CoquiEngine
from voice_stack.tts.engines.coqui.options import CoquiOptions, batch_size
from voice_stack.tts.types import Utterance

# Texts and voices of different lengths, so that rows are padded, begin with other tokens and end at other steps.
UTTERANCES = (
    say("Well, hello."),
    say("Something else, and rather more of it than that.", voice="bob_tiny"),
    say("Hi.", voice="bob_tiny"),
    say("Ja, gut.", language="de"),
)


def load(folder: Path, data: Path, size: int) -> CoquiEngine:
    import torch

    # The likeliest token each time: nothing is drawn, so a row can be compared with itself alone.
    options = CoquiOptions(licence_accepted=True, top_k=1, batch=size)
    engine = CoquiEngine(
        EngineConfig(options, model=str(folder), device="cpu", model_dir=data / "models", cache_dir=data / "cache")
    )
    # Fresh weights hardly look at what was said before, and padding is silent to them: everybody would say the same.
    gpt = engine._xtts.gpt
    gpt.text_embedding.weight *= 20
    gpt.mel_embedding.weight *= 3
    random = torch.Generator().manual_seed(0)
    for block in gpt.gpt.h:
        block.attn.c_attn.bias += torch.randn(len(block.attn.c_attn.bias), generator=random) * 2
        block.attn.c_attn.weight *= 20
        block.attn.c_proj.weight *= 30
    return engine


@pytest.fixture(scope="module")
def engine(tiny_xtts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoquiEngine]:
    engine = load(tiny_xtts, tmp_path_factory.mktemp("data"), 4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def alone(tiny_xtts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoquiEngine]:
    """The same model, one utterance at a time by coqui-tts's own loop."""
    engine = load(tiny_xtts, tmp_path_factory.mktemp("data"), 1)
    yield engine
    engine.close()


Pair = tuple[int, Any]


def row(engine: CoquiEngine, utterance: Utterance, limit: int, stop: threading.Event | None = None) -> Iterator[Pair]:
    """Tokens with latents, as the engine asks for them."""
    latents = engine._latents(utterance.voice)
    made: Iterator[Pair] = engine._tokens(engine._text_tokens(utterance), latents, limit, stop or threading.Event())
    return made


def expected(alone: CoquiEngine, utterance: Utterance, limit: int) -> list[Pair]:
    tokens = row(alone, utterance, limit)
    return [(int(token), latent) for (token, latent), _ in zip(tokens, range(limit), strict=False)]


def in_turn(rows: list[Iterator[Pair]], at_once: int = 1) -> list[list[Pair]]:
    """A few tokens of each at a time, until all have ended."""
    found: list[list[Pair]] = [[] for _ in rows]
    taken = True
    while taken:
        taken = False
        for made, pairs in zip(rows, found, strict=True):
            part = list(itertools.islice(made, at_once))
            pairs += part
            taken |= bool(part)
    return found


def assert_same(found: list[Pair], wanted: list[Pair]) -> None:
    assert [token for token, _ in found] == [token for token, _ in wanted]
    for (_, latent), (_, other) in zip(found, wanted, strict=True):
        np.testing.assert_allclose(latent.numpy(), other.numpy(), atol=1e-4)


@pytest.fixture
def forwards(engine: CoquiEngine) -> Iterator[list[int]]:
    """Rows of each pass through the language model."""
    rows: list[int] = []
    handle = engine._xtts.gpt.gpt.register_forward_pre_hook(
        lambda _, __, given: rows.append(len(given["inputs_embeds"])), with_kwargs=True
    )
    yield rows
    handle.remove()


def test_rows_of_a_batch_say_what_each_says_alone(engine: CoquiEngine, alone: CoquiEngine, forwards: list[int]) -> None:
    limits = [12, 30, 20, 7]
    wanted = [expected(alone, utterance, limit) for utterance, limit in zip(UTTERANCES, limits, strict=True)]
    assert len({tuple(token for token, _ in pairs[:7]) for pairs in wanted}) == len(wanted), "they say the same"
    found = in_turn([row(engine, utterance, limit) for utterance, limit in zip(UTTERANCES, limits, strict=True)])
    for pairs, others in zip(found, wanted, strict=True):
        assert_same(pairs, others)
    # As many steps as the longest has tokens, and one for those that joined it.
    assert len(forwards) <= max(limits) + len(limits)
    assert max(forwards) == len(limits)


def test_a_row_joins_and_leaves_while_others_speak(
    engine: CoquiEngine, alone: CoquiEngine, forwards: list[int]
) -> None:
    first = row(engine, UTTERANCES[0], 40)
    found = [next(first) for _ in range(9)]
    (second,) = in_turn([row(engine, UTTERANCES[1], 15)])
    third = row(engine, UTTERANCES[2], 30)
    next(third)
    found += first
    assert_same(found, expected(alone, UTTERANCES[0], 40))
    assert_same(second, expected(alone, UTTERANCES[1], 15))
    assert_same([*third], expected(alone, UTTERANCES[2], 30)[1:])
    assert engine._batch is not None
    assert engine._batch.rows == 0


def test_tokens_that_coqui_counts_as_said_are_punished(engine: CoquiEngine, alone: CoquiEngine) -> None:
    for loaded in (engine, alone):
        loaded._xtts.gpt.mel_head.bias[1] += 8
    try:
        wanted = expected(alone, UTTERANCES[0], 6)
        assert_same(list(row(engine, UTTERANCES[0], 6)), wanted)
        assert 1 not in [token for token, _ in wanted], "it is so likely that punishing it makes no difference"
    finally:
        for loaded in (engine, alone):
            loaded._xtts.gpt.mel_head.bias[1] -= 8


def test_more_rows_than_places_take_turns(engine: CoquiEngine, alone: CoquiEngine, forwards: list[int]) -> None:
    utterances = (*UTTERANCES, say("One more."), say("And the last one.", voice="bob_tiny"))
    found = in_turn([row(engine, utterance, 24) for utterance in utterances], at_once=6)
    for pairs, utterance in zip(found, utterances, strict=True):
        assert_same(pairs, expected(alone, utterance, 24))
    assert max(forwards) == 4
    assert len(forwards) < 24 * len(utterances) / 2


def test_a_newcomer_takes_the_place_of_a_row_whose_reader_waits(
    engine: CoquiEngine, alone: CoquiEngine, forwards: list[int]
) -> None:
    paused = [row(engine, utterance, 30) for utterance in UTTERANCES]
    begun = [[next(made)] for made in paused]
    begun[3].append(next(paused[3]))  # now the others are ahead
    forwards.clear()
    newcomer = row(engine, say("One more."), 10)
    first = next(newcomer)
    assert len(forwards) == 1, "it waited for others"
    begun[3].append(next(paused[3]))
    assert forwards == [1, 4], "who was least ahead had to give way"
    assert_same([first, *newcomer], expected(alone, say("One more."), 10))
    for pairs, made, utterance in zip(begun, paused, UTTERANCES, strict=True):
        assert_same([*pairs, *made], expected(alone, utterance, 30))


@pytest.mark.parametrize("leave", ["close", "stop"])
def test_a_cancelled_row_leaves_the_others_alone(engine: CoquiEngine, alone: CoquiEngine, leave: str) -> None:
    stop = threading.Event()
    others = [row(engine, utterance, 20) for utterance in UTTERANCES[:2]]
    begun = [[next(made)] for made in others]
    gone = row(engine, UTTERANCES[2], 20, stop)
    next(gone)
    if leave == "close":
        gone.close()  # type: ignore[attr-defined]
    else:
        stop.set()
        with pytest.raises(CancelledWorkError):
            list(gone)
    assert engine._batch is not None
    assert engine._batch.rows == 2
    for pairs, made, utterance in zip(begun, others, UTTERANCES, strict=False):
        assert_same([*pairs, *made], expected(alone, utterance, 20))


@pytest.mark.parametrize("late", [False, True], ids=["together", "later"])
def test_a_row_that_fails_fails_alone(engine: CoquiEngine, alone: CoquiEngine, late: bool) -> None:
    batch = engine._batch
    assert batch is not None
    import torch

    damaged = batch.generate(torch.full((40, engine._xtts.gpt.model_dim), float("nan")), 20, threading.Event())
    others = [row(engine, utterance, 20) for utterance in UTTERANCES[:2]]
    found: list[list[Pair]] = [[next(made)] for made in others] if late else [[], []]
    with ThreadPoolExecutor(3) as threads:
        rest = [threads.submit(list, made) for made in others]
        with pytest.raises(FloatingPointError):
            threads.submit(next, damaged).result()
        for pairs, made, utterance in zip(found, rest, UTTERANCES, strict=False):
            assert_same([*pairs, *made.result()], expected(alone, utterance, 20))


def failing(engine: CoquiEngine, when: Callable[[int, int], bool], message: str) -> Any:
    """A handle; until it is removed, passes fail of which (rows, positions) are such."""

    def fail(_: object, __: object, given: dict[str, Any]) -> None:
        if when(*given["inputs_embeds"].shape[:2]):
            raise RuntimeError(message)

    return engine._xtts.gpt.gpt.register_forward_pre_hook(fail, with_kwargs=True)


NO_MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB"


@pytest.mark.parametrize(
    ("when", "message"),
    [
        pytest.param(lambda rows, _: rows > 2, NO_MEMORY, id="memory for two"),
        pytest.param(lambda rows, _: rows > 1, NO_MEMORY, id="memory for one"),
        pytest.param(lambda rows, positions: rows > 2 and positions == 1, NO_MEMORY, id="memory on the way"),
        pytest.param(lambda rows, positions: rows > 2 and positions == 1, "hiccup", id="failure on the way"),
    ],
)
def test_what_is_too_much_together_is_computed_in_parts(
    engine: CoquiEngine, alone: CoquiEngine, when: Callable[[int, int], bool], message: str, forwards: list[int]
) -> None:
    handle = failing(engine, when, message)
    assert engine._batch is not None
    try:
        found = in_turn([row(engine, utterance, 10) for utterance in UTTERANCES])
    finally:
        handle.remove()
        engine._batch._limited_until = 0.0  # as if the minutes had gone by
    for pairs, utterance in zip(found, UTTERANCES, strict=True):
        assert_same(pairs, expected(alone, utterance, 10))
    forwards.clear()
    in_turn([row(engine, utterance, 3) for utterance in UTTERANCES])
    assert max(forwards) == 4, "it stays careful"


@pytest.mark.parametrize(("message", "error"), [(NO_MEMORY, EngineUnavailableError), ("shapes", EngineError)])
def test_what_cannot_be_computed_alone_either_is_an_error_of_the_request(
    engine: CoquiEngine, message: str, error: type[Exception]
) -> None:
    handle = failing(engine, lambda *_: True, message)
    try:
        with pytest.raises(error):
            list(engine.synthesize(say("Hi."), threading.Event()))
    finally:
        handle.remove()


def whole(engine: CoquiEngine, utterance: Utterance) -> Samples:
    return np.concatenate([clip.samples for clip in engine.synthesize(utterance, threading.Event())])


def test_requests_at_once_sound_as_each_alone(
    engine: CoquiEngine, alone: CoquiEngine, forwards: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice_stack.tts.engines.coqui.engine._LEAST_TOKENS", 10)
    monkeypatch.setattr("voice_stack.tts.engines.coqui.engine._MOST_TOKENS", 60)
    with ThreadPoolExecutor(5) as threads:
        sounds = [threads.submit(whole, engine, utterance) for utterance in UTTERANCES]
        refused = threads.submit(whole, engine, say("a" * 500))
        for sound, utterance in zip(sounds, UTTERANCES, strict=True):
            wanted = whole(alone, utterance)
            np.testing.assert_allclose(sound.result(), wanted, atol=float(np.abs(wanted).max()) * 1e-3)
        with pytest.raises(InvalidRequestError, match="401 at most"):
            refused.result()
    assert max(forwards) > 1


def test_one_at_a_time_on_a_cpu_and_eight_on_a_gpu(engine: CoquiEngine, alone: CoquiEngine) -> None:
    assert [batch_size(CoquiOptions(), device) for device in ("cpu", "cuda:0")] == [1, 8]
    assert batch_size(CoquiOptions(batch=3), "cuda:0") == 3
    assert (engine.capabilities.concurrency, alone.capabilities.concurrency) == (4, 1)
    assert alone._batch is None


@pytest.mark.parametrize("fault", ["blind", "broken"])
def test_a_batch_that_does_not_work_here_is_not_used(
    tiny_xtts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    alone: CoquiEngine,
) -> None:
    from voice_stack.tts.engines.coqui.steps import GptSteps
    from voice_stack.tts.engines.coqui.trial import open_batch

    real = GptSteps._forward

    def forward(self: GptSteps, embedded: Any, cache: Any, lengths: list[int]) -> Any:
        if fault == "broken":
            raise AttributeError("no such cache")
        return real(self, embedded, cache, [1000] * len(lengths))  # padding is listened to

    monkeypatch.setattr(GptSteps, "_forward", forward)
    assert open_batch(alone._xtts.gpt, CoquiOptions(batch=4), "cpu") is None
    assert "one utterance at a time" in caplog.text
    monkeypatch.undo()
    assert open_batch(alone._xtts.gpt, CoquiOptions(batch=4), "cpu") is not None


@pytest.mark.long
def test_a_server_speaks_for_several_clients_at_once_and_one_that_leaves_disturbs_nobody(brief_xtts: Path) -> None:
    settings = {
        "TTS_ENGINE": "coqui",
        "TTS_COQUI_MODEL": str(brief_xtts),
        "TTS_FALLBACK_ENGINES": "",
        "COQUI_TOS_AGREED": "1",
        "TTS_XTTS_BATCH": "3",
        "TTS_VERIFY": "off",
    }
    asked = [("Well, hello.", "ana_tiny"), ("Something else.", "bob_tiny"), ("Hi there.", "ana_tiny")]
    with serve_tts(settings) as server, OpenAI(base_url=server.v1, api_key="none", max_retries=0) as client:

        def length(text: str, voice: str) -> int:
            sound = client.audio.speech.create(model="tts-1", input=text, voice=voice, response_format="pcm")
            return len(sound.read())

        def leave() -> None:
            speaking = client.audio.speech.with_streaming_response
            text = " ".join(["It goes on and on."] * 8)
            with speaking.create(model="tts-1", input=text, voice="bob_tiny", response_format="pcm") as sound:
                next(sound.iter_bytes(1000))

        alone = [length(*each) for each in asked]
        assert min(alone) > RATE / 2
        with ThreadPoolExecutor(4) as threads:
            gone = threads.submit(leave)
            together = [threads.submit(length, *each) for each in asked]
            assert [sound.result() for sound in together] == pytest.approx(alone, rel=0.1)
            gone.result()
        assert length(*asked[0]) == pytest.approx(alone[0], rel=0.1)
