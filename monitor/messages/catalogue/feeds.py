"""What is wrong with a feed or a file of rows, though it was fetched."""

SENTENCES = {
    "feeds.empty": ("the answer is empty: there is no feed in it", "应答为空，其中没有订阅内容"),
    "feeds.web_page": (
        "this is a web page, not a feed; look for its RSS or Atom link",
        "这是网页，不是订阅源；请在其中查找 RSS 或 Atom 链接",
    ),
    "feeds.opml": (
        "this is an OPML list of feeds, not a feed; give each feed a source of its own",
        "这是 OPML 订阅列表，不是订阅源；请为其中每个订阅源单独配置",
    ),
    "feeds.none": (
        "this is not a feed: no RSS, Atom, RDF, CDF or JSON Feed was found in it",
        "这不是订阅源：其中没有 RSS、Atom、RDF、CDF 或 JSON Feed",
    ),
    "feeds.not_json": (
        "this is neither XML nor valid JSON ({error})",
        "既不是 XML，也不是有效的 JSON（{error}）",
    ),
    "feeds.no_items": (
        'this is JSON but not a JSON Feed: it has no list named "items"',
        "这是 JSON，但不是 JSON Feed：缺少名为“items”的列表",
    ),
    "feeds.malformed": (
        "the feed is not well-formed ({problem}); it was read all the same",
        "订阅源格式有误（{problem}），仍已读取",
    ),
    "feeds.blank_items": (
        "{empty} of {all} items have neither title nor text and were left out",
        "{all} 条中有 {empty} 条既无标题也无正文，已略去",
    ),
}
