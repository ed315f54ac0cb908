"""Books to one sound file with chapters: spoken paragraph by paragraph, kept as it goes, put together at the end."""
