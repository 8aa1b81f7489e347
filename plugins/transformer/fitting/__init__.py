"""Fitting: from labelled texts to a model folder."""
