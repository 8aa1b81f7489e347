"""The evidence card of an alert, and what people say of it."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "card.hangs_on": ("What it hangs on", "取决于什么"),
    "card.hangs_on.help": (
        "The rule was asked again on the counts of this alert's own windows, without a publisher or a story.",
        "在本预警的时窗计数中去掉某家媒体或某个事件后，重新询问规则的结果。",
    ),
    "card.publishers": ("Publisher by publisher", "逐家媒体"),
    "card.publishers.help": (
        "The score without each publisher; the cut is {cut}.",
        "去掉每家媒体后的得分；阈值为 {cut}。",
    ),
    "card.without": ("Without", "去掉"),
    "card.score": ("Score", "得分"),
    "card.then": ("Then", "结果"),
    "card.fires": ("still fires", "仍触发"),
    "card.stops": ("does not fire", "不触发"),
    "card.stories": ("Stories", "事件"),
    "card.more": (
        "{n} older stories are not shown; all articles are below.",
        "另有 {n} 个较早的事件未列出；全部文章见下。",
    ),
    "card.first_of_all": ("{who} wrote first, {at}", "{who}最先报道，{at}"),
    "card.first": ("first {who}, {at}", "首发 {who}，{at}"),
    "card.reach": ("reach {n}", "传播 {n} 篇"),
    "card.story": ("Story", "事件"),
    "card.negative": ("negative: {p}", "负面概率 {p}"),
    "card.similar": ("Alerts like it, and how they ended", "相似的历史预警及其结果"),
    "card.like.company": ("same company", "同一公司"),
    "card.like.topic": ("same topic", "同一主题"),
    "card.like.rule": ("same rule", "同一规则"),
    "card.like.figures": ("{voices} voices, {at}", "{voices} 个声音，{at}"),
    "card.closed": ("closed by {user}", "由 {user} 关闭"),
    "card.calmed": ("calmed down by itself", "自行恢复"),
    "event.feedback": ("feedback", "评价"),
    "verdict.title": ("What was it?", "这是什么？"),
    "verdict.ask": ("It was", "评价"),
    "verdict.none": ("Nobody said yet.", "尚无评价。"),
    "verdict.say": ("Say so", "提交"),
    "verdict.done": ("Said.", "已提交。"),
    "verdict.useful": ("useful", "有用"),
    "verdict.noise": ("noise", "误报"),
    "verdict.wrong_company": ("wrong company", "公司有误"),
    "verdict.duplicate": ("duplicate", "重复"),
    "verdict.wrong_label": ("wrong label", "标注有误"),
    "verdict.useful.does": (
        "What rises on its articles no longer counts as a false alert when thresholds are found.",
        "确定阈值时，由其文章引起的上升不再计为误报。",
    ),
    "verdict.noise.does": (
        "It goes on counting as a false alert. A smaller budget tells fewer: this is what each would do.",
        "继续计为误报。预算越小，预警越少；以下是各预算下的结果。",
    ),
    "verdict.wrong_company.does": (
        "The name by which the company was found is to be mended. This is what it matches.",
        "需要修正识别出该公司的名称。以下是该名称的匹配结果。",
    ),
    "verdict.duplicate.does": (
        "Its leading story goes into the leading story of the alert that it repeats.",
        "其主要事件将并入与之重复的预警的主要事件。",
    ),
    "verdict.wrong_label.does": (
        "The article goes into the queue, for whoever is next; or correct it yourself.",
        "该文章将进入标注队列，由下一位分析员判断；也可自行更正。",
    ),
    "verdict.score": ("Its score is {score}.", "其得分为 {score}。"),
    "verdict.budgets": ("False alerts a week", "每周误报"),
    "verdict.budget": ("at most {n}", "至多 {n}"),
    "verdict.cut": ("Cut", "阈值"),
    "verdict.then": ("It is", "结果"),
    "verdict.told": ("told", "预警"),
    "verdict.spared": ("not told", "不预警"),
    "verdict.alias": ("Found by", "识别名称"),
    "verdict.matched": (
        "In {days} days it matched {matched} articles, {new} by this name alone; {wrong} were refused.",
        "{days} 天内匹配 {matched} 篇文章，其中 {new} 篇仅凭此名称；{wrong} 篇被排除。",
    ),
    "verdict.edit": ("See and mend the company's names", "查看并修正该公司的名称"),
    "verdict.other": ("It repeats", "与之重复的预警"),
    "verdict.no_other": ("There is no other alert.", "没有其他预警。"),
    "verdict.article": ("Judged wrong", "判断有误的文章"),
}
