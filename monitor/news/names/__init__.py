"""The names that companies go by, and how a text is told to mean one. Pure, but for the watch list's file.

Enter: companies with their aliases, each of a kind and valid for a time (`monitor.records.Alias`), and texts
as `Article.content` is. Leave: finds, each with the name, its place, its role, or why it is no name.

    spellings    an alias -> every spelling of it that counts (apostrophes, hyphens, "&", dots, zeros)
    folding      a text  -> the same, character by character, as all spellings are compared
    bounds       Latin words and numbers that are part of longer ones; Chinese names across two words
    tickers      symbols and the market that is named beside them
    senses       everyday words that are names too, and longer names of others that begin with a name
    roles        whether a text is about a company, names it by the way, or as one of its sector
    vocabulary   the words that all of these know (english.txt, chinese.txt)
    watchlist    the file of companies; `listings` reads those of exchanges

`monitor.news.companies` is the door: it finds every spelling in one pass and asks these what a find is.
It touches no store and no network.
"""
