"""Classification: what a model says of an article, which model that is, and where it runs.

Enters: articles, and the classifiers that plugins bring. Leaves: predictions with the route of each
article. `routing` is pure; `manifest` reads model folders, `champion` and `judging` the store;
`hosting`, `batching`, `wire` and `remote` let one process serve all others.
"""
