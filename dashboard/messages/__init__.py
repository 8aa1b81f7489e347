"""What the dashboard says, in English and Chinese.

Holds a module of sentences for each page, English and Chinese side by side, and `sentences`, which puts them
together. Enters: a key, values and the reader's language. Leaves: a sentence. Pages import from here the
`LANGUAGES` there are, the `speaker` of one and its type `Say`, and the queue's component `MESSAGES`. What
other rooms say (errors, reasons, outcomes) is theirs: see `monitor.messages`.
"""

from monitor_dashboard.messages.sentences import LANGUAGES, MESSAGES, Say, speaker

__all__ = ["LANGUAGES", "MESSAGES", "Say", "speaker"]
