"""Alerts: how one opens, changes and closes, and what people are told of it.

Enters: signals of detectors, and what people do. Leaves: alerts with their events, and the words of
messages. Pure.
"""
