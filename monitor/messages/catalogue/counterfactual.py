"""What an alert hangs on."""

SENTENCES = {
    # Each language says its own name: ".0" says nothing of the other.
    "counterfactual.publisher": ("{en}{zh:.0}", "{zh}{en:.0}"),
    "counterfactual.moved": (
        "What counts in its windows has changed since, and does not reach the cut any more.",
        "其时窗内的计数此后已有变化，不再达到阈值。",
    ),
    "counterfactual.not_without": ("It would not fire without {what}.", "若没有{what}，不会触发。"),
    "counterfactual.without": ("It still fires without {what}.", "没有{what}仍会触发。"),
    "counterfactual.any_publisher": (
        "It still fires without any one publisher, also without {what}.",
        "去掉任何一家媒体仍会触发，去掉{what}亦然。",
    ),
    "counterfactual.not_without_each": (
        "It would not fire if any one of these had told nothing: {what}.",
        "以下任何一家若未报道，都不会触发：{what}。",
    ),
    "counterfactual.one_story": (
        "It would not fire without this one story:",
        "若没有以下这一个事件，不会触发：",
    ),
    "counterfactual.any_story": ("It still fires without any one story.", "去掉任何一个事件仍会触发。"),
    "counterfactual.stories": (
        "It would not fire without these {n} stories together:",
        "若同时没有以下 {n} 个事件，不会触发：",
    ),
    "counterfactual.many_stories": (
        "It still fires without the {n} stories that weigh most.",
        "去掉权重最大的 {n} 个事件仍会触发。",
    ),
}
