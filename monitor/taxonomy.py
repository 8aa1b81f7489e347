"""The default topics. `[[topics]]` tables in config.toml replace them.

The names cover what English finance desks (company, deal, rating, ...) and Chinese ones
(大盘, 政策, 期货, ...) file news under. A model knows the topics it was trained on:
renaming one here does not teach it a new one.
"""

from __future__ import annotations

from monitor.records import Topic

TOPICS: tuple[Topic, ...] = (
    Topic("company", "Company and product news", "公司"),
    Topic("earnings", "Earnings", "业绩"),
    Topic("rating", "Analyst ratings", "评级"),
    Topic("dividend", "Dividends", "分红"),
    Topic("ipo", "IPO", "上市"),
    Topic("deal", "Mergers, acquisitions and investments", "并购与投资"),
    Topic("personnel", "Personnel changes", "人事变动"),
    Topic("legal", "Legal and regulation", "法律与监管"),
    Topic("stock_move", "Stock movement", "股价异动"),
    Topic("commentary", "Stock commentary", "个股评论"),
    Topic("market", "Markets", "大盘"),
    Topic("sector", "Sector and industry", "行业"),
    Topic("macro", "Macroeconomy", "宏观经济"),
    Topic("central_bank", "Central banks", "央行"),
    Topic("credit", "Treasuries and corporate debt", "债券"),
    Topic("fx", "Currencies", "外汇"),
    Topic("energy", "Energy", "能源"),
    Topic("commodity", "Metals, materials and futures", "商品与期货"),
    Topic("politics", "Politics", "政治"),
    Topic("policy", "Government policy", "政策"),
    Topic("real_estate", "Real estate", "房地产"),
    Topic("crypto", "Crypto assets", "虚拟货币"),
    Topic("health", "Public health", "公共卫生"),
    Topic("general", "General news and opinion", "其他"),
)
