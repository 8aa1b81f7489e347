"""What a process says: one JSON object a line, bounded, without secrets and personal data.

Enters: events of ours, records of libraries, what C code and children print. Leaves: lines on standard
error and in a file that does not grow without end. `redaction` is pure; the others own descriptors.
"""
