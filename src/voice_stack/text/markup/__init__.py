"""What a text says about how it is spoken: SSML, marks, prosody, pauses."""
