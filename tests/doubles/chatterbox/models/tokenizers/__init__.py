"""The tokenizer's package."""
