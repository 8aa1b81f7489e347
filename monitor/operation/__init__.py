"""What a running monitor does, one class for each noun, all on the same parts.

Enters: settings, an open store, a registry of plugins, a fetcher, clocks (`Parts`). Leaves: what faces and
the scheduler call: `poll`, `classify_pending`, `watch`, `deliver`, `train`, `measure`, `housekeeping`, ...
May touch the lines and what they stand on; each method hands a line its parts, and decides nothing that a
line or a room could. Outside, only `monitor.app` imports these classes, and makes one `Monitor` of them.
"""
