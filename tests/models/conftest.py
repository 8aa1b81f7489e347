"""The tests of the programs that make models use the small encoders of the classifier's tests."""

from tests.plugins.conftest import base, loaded, model, one_thread, word_tokenizer, write_base

__all__ = ["base", "loaded", "model", "one_thread", "word_tokenizer", "write_base"]
