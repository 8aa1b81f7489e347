"""Sentences that people read, each a key with values, said in the reader's language.

Enters: a key and values, wherever something is to be told. Leaves: a `Message`, which is the English
sentence as any text is (logs, tests, the command line), remembers its key and values wherever it is
stored, and is said in Chinese to who reads Chinese. Pure; standard library only.

    raise ConflictError(Message("queue.held", task=7, user="ann"))
    said(error, "zh")

The sentences stand in `catalogue/`, one module per room, English and Chinese side by side. A value may
be a message itself (a topic's title, a reason inside a reason) or a list, which is joined. What others
wrote (a plugin's error, a server's answer) is a value, and is quoted as it is in both languages.
"""

from monitor.messages.catalogue import MESSAGES
from monitor.messages.causes import Cause, by_cause
from monitor.messages.message import LANGUAGES, Message, said

__all__ = ["LANGUAGES", "MESSAGES", "Cause", "Message", "by_cause", "said"]
