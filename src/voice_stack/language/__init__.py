"""Languages: ISO 639 codes and English names."""
