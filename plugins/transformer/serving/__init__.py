"""Serving: texts in, probabilities, vectors and reasons out."""
