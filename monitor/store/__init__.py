"""The store: all SQL, on SQLite or PostgreSQL, one module per noun.

    with store.begin() as tx:
        article = articles.insert(tx, article)

Every function takes the transaction first, so that what belongs together commits together.
"""

from monitor.store.dialect import Tx
from monitor.store.engine import Store, open_store

__all__ = ["Store", "Tx", "open_store"]
