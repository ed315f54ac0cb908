"""Books: read from EPUB, Markdown and plain text, and spoken by the speech service into one file with chapters."""
