"""The parts of text normalisation: one module a kind of written thing, one data table a language."""
