"""Labels with their texts, out to other tools and back in: what is written is read back the same.

Enters: labels as `Exchanged`, one per analyst and text, or a file or folder that we or another tool wrote.
Leaves: a file or a folder of one of FORMATS, or its labels again, each with where it stood, and rows that no
label could be made of, with the reason. Which article of the store a label belongs to is not decided here.

    exchanged       the record that travels, and what of it other tools have no place for
    rows            one label a row: JSON lines and CSV, and what `datasets` holds
    hugging_face    a folder that `datasets.load_from_disk` reads
    label_studio    one task a text: annotations by analysts, a prediction by the model
    argilla         one record a text, in a folder that `argilla.Dataset.from_disk` reads
    files           a path -> one of these

What a format has a place for stands there (a sentiment is a choice of Label Studio, a response of Argilla),
and where a person changed it in that tool the changed one is read; what it has none for travels beside it.
"""

from monitor.datasets.exchange.exchanged import Exchanged, Suggestion, of
from monitor.datasets.exchange.files import FORMATS, read, write

__all__ = ["FORMATS", "Exchanged", "Suggestion", "of", "read", "write"]
