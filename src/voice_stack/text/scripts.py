"""Scripts that are not written word by word, told by a character."""


def is_cjk(character: str) -> bool:
    """True for a character of a script that is written without spaces (Han, Hiragana, Katakana)."""
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
        or character in "々〆"
    )


def is_hangul(character: str) -> bool:
    """True for a character of the Korean alphabet."""
    return "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff"
