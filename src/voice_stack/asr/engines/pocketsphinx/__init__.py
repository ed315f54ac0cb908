"""pocketsphinx: the embedded recogniser."""
