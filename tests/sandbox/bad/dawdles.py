"""Takes longer to be imported than it may."""

import threading

threading.Event().wait()

KINDS = ["dawdles"]
