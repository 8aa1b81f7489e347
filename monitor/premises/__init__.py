"""Where an installation keeps what it holds, and whose it is.

Enters: the settings and folders. Leaves: files that are their owner's alone, locks that end with their
holder, and the key that nobody else has. What is here touches files and nothing else.
"""
