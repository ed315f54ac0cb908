"""Transcripts made into subtitles that are good to read: profiles, splitting, lines, times."""
