"""Speaker embedding engines, a folder each."""
