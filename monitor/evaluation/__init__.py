"""Evaluation: how good a model is, and whether it may serve.

Enters: what is known of texts, and what models say of them. Leaves: metrics, pass rates, and the
gate's verdict. Pure: no store, no clock; `checklist` reads the cases that the package carries.
"""
