"""The web application: the dashboard, the API and the log-in pages on one port, behind one guard.

Enters: requests. Leaves: answers; what can be asked for is `monitor.desk`'s, and the role is checked there.
"""
