"""espeak-ng: the embedded synthesiser."""
