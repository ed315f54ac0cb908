"""Markup of a text that says how it is spoken: SSML, marks, prosody, pauses."""
