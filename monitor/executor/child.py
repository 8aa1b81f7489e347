"""The program of the children that join a cluster: an errand, or with arguments the driver of bulk work.

An errand (`monitor.executor.errands`) is read from standard input and answered in the last line of standard
output. A driver (`monitor.executor.driven`) is given a socket's descriptor, the cluster's address, how many
workers there are to be, and the threads of each.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

from monitor.errors import MonitorError
from monitor.executor.driven import away, speak
from monitor.messages import Message


def main(arguments: list[str]) -> None:
    """Answer, and end."""
    if arguments:
        descriptor, address, workers, threads = arguments
        channel = socket.socket(fileno=int(descriptor))
        try:
            from monitor.executor import clusters

            clusters.drive(channel, address, int(workers), int(threads))
        except MonitorError as error:
            speak(channel, None, away(error.told))
        return
    given = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        from monitor.executor import clusters

        answer = {"found": clusters.VERBS[given["verb"]](**given["asked"])}
    except MonitorError as error:
        told = error.told
        text = told.encoded() if isinstance(told, Message) else told
        answer = {"error": text, "kind": type(error).__name__}
    print("\n" + json.dumps(answer), flush=True)
    os._exit(0)  # threads of Ray's may take seconds to end


if __name__ == "__main__":
    main(sys.argv[1:])
