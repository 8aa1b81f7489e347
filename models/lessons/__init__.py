"""Lessons: texts written to teach a model what the check-list finds it does not know.

What enters are the wordings under `families/`, written by hand, and made-up names; what leaves are
`taught.jsonl` and `kept_back.jsonl`, which `monitor train --data` and `monitor evaluate` read. README.md
is their card. `writing` makes the files, and touches nothing else.
"""
