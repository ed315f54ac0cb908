"""Text before it is spoken: normalisation, sentences, chunks, pause marks, SSML and the pronunciation lexicon."""
