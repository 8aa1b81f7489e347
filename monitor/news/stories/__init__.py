"""Which articles tell one development, and who tells it. Pure: records in, records out.

What enters are headlines and texts, the companies they name (ids), the moment each was first seen and, later,
the vector that came with its prediction. What leaves is where an article belongs and in whose voice.

    vocabulary   the words of both languages that turn a notice into another one
    numbers      amounts, shares, counts and periods, equal in both languages
    facts        what a headline states: numbers, periods, sides, kinds of event, actors, posts, names
    slots        what stands in the one place where two headlines of one form differ
    guards       whether two sets of facts can be of one development
    matching     same-event wire variants and translations, by vectors within company and time
    voices       who speaks: wire, owner, publisher, source
    corrections  denials, corrections and retractions, and what they leave of a story
    developments which earlier story a new one goes on from

Which texts are the same is `monitor.news.identity`'s, which reads facts for it.

A story is one development (a filing, a statement, a figure), not a saga. Nothing here reads or writes: the
store keeps memberships with their past (`monitor.store.stories`), and the pipeline asks.
"""
