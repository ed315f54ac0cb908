"""Which models requests may name, and which engines answer for them: with engines that compute nothing."""

from typing import Any

import pytest

from tests.serving.fake_engines import PLACES, FakeHost
from voice_stack.core.errors import ModelNotFoundError, SettingsError, UnsupportedError
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.registry import Registry
from voice_stack.serving.spec import EngineSpec, Kind

NAMES = Names(aliases=("fake-1", "fake-1-hd"), refused={"fake-diarize": "fake-diarize is not available."})


def configure(spec: EngineSpec, model: str) -> EngineConfig[Any]:
    return EngineConfig(spec.options(), model=model)


def catalogue(engine: str = "alpha", *fallbacks: str, allowed: tuple[str, ...] = (), **further: Any) -> Catalogue:
    host = FakeHost(engine=engine, fallback_engines=fallbacks, allowed_models=list(allowed))
    return Catalogue(Kind.SPEECH, NAMES, host, configure, Registry(PLACES, None), **further)


def chain(models: Catalogue, name: str = "fake-1", language: str | None = None) -> list[str]:
    return [entry.id for entry in models.chain(name, language)]


def ids(models: Catalogue) -> list[str]:
    return [entry.id for entry in models.entries()]


def test_the_configured_engine_comes_first_and_its_stand_ins_in_order() -> None:
    assert chain(catalogue("alpha", "gamma", "inside")) == ["alpha-large", "gamma-1", "inside-1"]
    assert chain(catalogue("gamma", "inside", "gamma")) == ["gamma-1", "inside-1"]
    assert chain(catalogue("gamma")) == ["gamma-1"]


def test_an_engine_with_an_obstacle_stays_first_when_it_is_named() -> None:
    assert chain(catalogue("beta", "inside")) == ["beta-1", "inside-1"]


@pytest.mark.parametrize("name", ["fake-1", "fake-1-hd", "alpha-large", "alpha"])
def test_aliases_and_the_engines_own_names_mean_the_configured_model(name: str) -> None:
    assert chain(catalogue("alpha", "inside"), name) == ["alpha-large", "inside-1"]


def test_auto_takes_engines_by_rank_and_leaves_the_embedded_one_to_the_fallbacks() -> None:
    assert chain(catalogue("auto", "inside")) == ["alpha-large", "gamma-1", "inside-1"]
    assert chain(catalogue("auto")) == ["alpha-large", "gamma-1"]


def test_auto_without_any_engine_stops_the_start() -> None:
    host = FakeHost(engine="auto", fallback_engines=())
    registry = Registry({Kind.SPEECH: PLACES[Kind.SPEECH][:2]}, None)
    with pytest.raises(SettingsError, match="FAKE_ENGINE=auto: no engine is installed, and FAKE_FALLBACK_ENGINES is"):
        Catalogue(Kind.SPEECH, NAMES, host, configure, registry)


@pytest.mark.parametrize(
    ("engine", "fallbacks", "variable"),
    [("festival", (), "FAKE_ENGINE"), ("alpha", ("festival",), "FAKE_FALLBACK_ENGINES")],
)
def test_an_unknown_engine_stops_the_start(engine: str, fallbacks: tuple[str, ...], variable: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}='festival'.*beta, alpha, gamma, inside, signal"):
        catalogue(engine, *fallbacks)


def test_a_model_of_its_own_gets_no_stand_in() -> None:
    models = catalogue("alpha", "gamma")
    assert chain(models, "alpha-small") == ["alpha-small"]
    assert chain(models, "little") == ["alpha-small"]
    assert chain(models, "inside-1") == ["inside-1"]
    assert chain(models, "inside") == ["inside-1"]


@pytest.mark.parametrize("name", ["gamma", "gamma-1", "alpha-medium", "beta-1", "signal", "nothing"])
def test_what_is_neither_installed_nor_allowed_nor_usable_does_not_exist(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="Available: alpha-large, fake-1, fake-1-hd, alpha-small, inside-1"):
        catalogue("alpha").chain(name)


@pytest.mark.parametrize("allowed", ["gamma", "gamma-1", "*"])
def test_what_is_allowed_is_downloaded_on_first_use(allowed: str) -> None:
    models = catalogue("alpha", allowed=(allowed,))
    assert chain(models, "gamma") == chain(models, "gamma-1") == ["gamma-1"]
    assert "gamma-1" in ids(models)


def test_a_star_allows_what_engines_know_and_nothing_else() -> None:
    models = catalogue("alpha", allowed=("*",))
    assert chain(models, "alpha-medium") == ["alpha-medium"]
    for name in ("nothing", "beta-1", "beta"):
        with pytest.raises(ModelNotFoundError):
            models.chain(name)


def test_an_allowed_name_is_listed() -> None:
    models = catalogue("alpha", allowed=("alpha-medium", "beta"))
    assert ids(models) == ["alpha-large", "fake-1", "fake-1-hd", "alpha-medium", "alpha-small", "inside-1"]
    assert chain(models, "alpha-medium") == ["alpha-medium"]


def test_a_refused_name_says_why() -> None:
    with pytest.raises(UnsupportedError, match="fake-diarize is not available") as caught:
        catalogue("alpha", allowed=("*",)).chain("fake-diarize")
    assert caught.value.param == "model"


def test_an_engine_without_a_rank_is_listed_only_when_it_is_configured() -> None:
    assert "signal-1" not in ids(catalogue("alpha", allowed=("*",)))
    assert ids(catalogue("signal"))[0] == "signal-1"


def test_each_is_listed_once_and_the_configured_one_first() -> None:
    listed = ids(catalogue("inside", "alpha", allowed=("alpha-small",)))
    assert listed[0] == "inside-1"
    assert len(listed) == len(set(listed))


def test_a_model_by_setting_is_the_configured_one() -> None:
    models = catalogue("alpha", "inside", model="alpha-tiny")
    assert chain(models) == ["alpha-tiny", "inside-1"]
    assert models.config("alpha", models.configured.source).model == "alpha-tiny"
    # It says nothing to an engine whose model comes with it.
    assert chain(catalogue("inside", model="alpha-tiny")) == ["inside-1"]


def test_a_default_model_is_left_out_where_the_engine_does_not_know_it() -> None:
    assert chain(catalogue("alpha", model="small", model_is_default=True)) == ["alpha-large"]
    assert chain(catalogue("alpha", model="alpha-tiny", model_is_default=True)) == ["alpha-tiny"]


def test_languages_go_to_engines_and_models_of_their_own() -> None:
    by_language = {"de": "gamma", "fr": "alpha-small"}
    models = catalogue("alpha", "inside", by_language=by_language)
    assert chain(models, language="de") == ["gamma-1", "alpha-large", "inside-1"]
    assert chain(models, language="fr") == ["alpha-small", "alpha-large", "inside-1"]
    assert chain(models, language="en") == chain(models) == ["alpha-large", "inside-1"]
    # Who names a model wants that one.
    assert chain(models, "alpha-large", language="de") == ["alpha-large", "inside-1"]


def test_a_star_is_every_other_language() -> None:
    models = catalogue("alpha", "inside", by_language={"de": "alpha", "*": "gamma"})
    assert chain(models, language="de") == ["alpha-large", "inside-1"]
    assert chain(models, language="fr") == chain(models) == ["gamma-1", "alpha-large", "inside-1"]


def test_a_language_with_an_unknown_engine_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="FAKE_ENGINES_BY_LANGUAGE: 'festival' is neither an engine"):
        catalogue("alpha", by_language={"de": "festival"})


def test_everything_that_could_be_had_is_found_by_its_names() -> None:
    models = catalogue("inside")
    found = {name: models.find(name) for name in ("fake-1", "beta", "gamma-1", "alpha-medium", "little", "nothing")}
    assert {name: entry and (entry.engine, entry.id) for name, entry in found.items()} == {
        "fake-1": ("inside", "inside-1"),
        "beta": ("beta", "beta-1"),
        "gamma-1": ("gamma", "gamma-1"),
        "alpha-medium": ("alpha", "alpha-medium"),
        "little": ("alpha", "alpha-small"),
        "nothing": None,
    }
