"""URLs, e-mail addresses, handles and hashtags, as one says them aloud."""

import re

from voice_stack.text.languages.locale import Locale

_RUN = re.compile(r"[!-~]+")
_LONGEST = 2000  # characters; no address is longer, and longer runs are left alone
_EMAIL = re.compile(r"(?:mailto:)?([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})")
_URL = re.compile(r"(?:https?|ftp)://(?:www\.)?([^/?#\s]+)([^?#\s]*)(?:[?#]\S*)?", re.IGNORECASE)
_WWW = re.compile(r"www\.([^/?#\s]+\.[^/?#\s]+)([^?#\s]*)(?:[?#]\S*)?", re.IGNORECASE)
_BARE = re.compile(r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61})\.){1,5}([a-z]{2,6}))((?:/[^?#\s]*)?)(?:[?#]\S*)?")
_DOMAINS = frozenset(
    [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "int",
        "info",
        "io",
        "ai",
        "dev",
        "app",
        "xyz",
        "eu",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "pl",
        "ru",
        "cz",
        "nl",
        "tr",
        "hu",
        "cn",
        "jp",
        "kr",
        "in",
        "uk",
        "us",
        "co",
        "me",
        "tv",
        "br",
        "be",
        "ch",
        "at",
        "ca",
        "au",
        "mx",
        "ar",
        "se",
        "no",
        "dk",
        "fi",
        "ie",
        "nz",
    ]
)
_HANDLE = re.compile(r"(?<![\w@.])@(?=[A-Za-z_]\w)")
_HASHTAG = re.compile(r"(?<![\w#&])#(?=[^\W\d_])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _spoken(part: str, locale: Locale) -> str:
    web = locale.web
    marks = {".": web.dot, "/": web.slash, "-": web.dash, "_": web.underscore, "+": web.plus, ":": web.colon}
    marks |= {"~": "", "%": " ", "=": " ", "&": " ", "@": web.at}
    return re.sub(r"[./_+:~%=&@-]", lambda m: f" {marks[m[0]]} ", part)


def _host(host: str, locale: Locale) -> str:
    """The last label is spelled when it is a country's two letters."""
    name, port, number = host.partition(":")
    labels = name.split(".")
    if len(labels) > 1 and len(labels[-1]) == 2 and labels[-1].isalpha():
        labels[-1] = " ".join(labels[-1].upper())
    return _spoken(".".join(labels) + port + number, locale)


def _address(run: str, locale: Locale) -> str | None:
    if match := _EMAIL.fullmatch(run):
        return f"{_spoken(match[1], locale)} {locale.web.at} {_host(match[2], locale)}"
    for pattern in (_URL, _WWW):
        if match := pattern.fullmatch(run):
            return _host(match[1], locale) + _spoken(match[2].rstrip("/"), locale)
    if match := _BARE.fullmatch(run):
        known = match[2] in _DOMAINS and match[2] not in locale.ambiguous_domains
        if known and not match[1].replace(".", "").isdigit():
            return _host(match[1], locale) + _spoken(match[3].rstrip("/"), locale)
    return None


def _end_of(run: str, start: int) -> int:
    """End of the address: closing punctuation belongs to the sentence, a balanced bracket does not."""
    end = len(run)
    open_brackets = run.count("(", start) - run.count(")", start)
    while end > start:
        last = run[end - 1]
        if last == ")" and open_brackets < 0:
            open_brackets += 1
        elif last not in ".,;:!?'\"*]}>":
            break
        end -= 1
    return end


def speak_addresses(text: str, locale: Locale) -> str:
    """Web and mail addresses in words, with the names of their marks."""

    def read(match: re.Match[str]) -> str:
        run = match[0]
        if len(run) > _LONGEST or ("." not in run and "://" not in run):
            return run
        start = len(run) - len(run.lstrip("(['\"<*{"))
        scheme = min((at for at in (run.find("http://"), run.find("https://")) if at > start), default=start)
        end = _end_of(run, scheme)
        if scheme >= end:
            return run
        spoken = _address(run[scheme:end], locale)
        return run if spoken is None else f"{run[:scheme]}{' '.join(spoken.split())}{run[end:]}"

    text = _RUN.sub(read, text)
    text = _HANDLE.sub(f"{locale.web.at} ", text)
    return _HASHTAG.sub(f"{locale.web.hashtag} ", text)
