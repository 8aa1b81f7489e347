"""What the sample says. Every company here is made up; see the fictional rows of watchlist.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

COMPANIES: Final[Mapping[str, Sequence[str]]] = {
    "en": (
        "Meridian Steel",
        "Oakfield Retail",
        "Northgate Pharma",
        "Vantor Motors",
        "Lakeside Insurance",
        "Corran Mining",
        "Tamsin Brokers",
        "Harbour Trust",
    ),
    "zh": ("青禾农业", "远山能源", "云帆智造", "星屿电子", "海棠湾地产", "白鹭药业", "麦田零售", "晨岚物流"),
}

# {c} is a company, {n} a number. Tone -> headlines; tone -> sentences that follow.
HEADLINES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {
        "negative": (
            "{c} warns that profit will fall {n}% this year",
            "Regulator opens inquiry into accounts of {c}",
            "{c} recalls products after safety complaints",
            "Rating agency cuts {c} by two notches on weak cash flow",
            "{c} to close {n} sites as demand slumps",
            "Short seller accuses {c} of overstating its sales",
            "{c} misses forecasts and withdraws its guidance",
        ),
        "neutral": (
            "{c} to hold its annual meeting next month",
            "{c} names a new head of investor relations",
            "Central bank leaves its key rate unchanged, as expected",
            "{c} moves its headquarters across town",
            "Traders await inflation figures due on Thursday",
            "{c} confirms the timetable for its interim report",
            "Stocks end little changed in thin holiday trading",
            "{c} files routine notice on its share register",
        ),
        "positive": (
            "{c} raises its dividend by {n}% after record quarter",
            "{c} wins approval to expand into three new markets",
            "Brokers lift price targets for {c} on strong orders",
            "{c} beats forecasts as margins widen",
            "{c} signs long-term supply deal worth {n} million",
            "{c} shares jump after upbeat trading statement",
            "Upgrade for {c} as debt falls faster than planned",
        ),
    },
    "zh": {
        "negative": (
            "{c}预告全年净利润下滑{n}%",
            "监管部门对{c}财务数据展开问询",
            "{c}产品被投诉存在安全隐患，宣布召回",
            "评级机构下调{c}评级，称现金流承压",
            "{c}关闭{n}处网点，需求持续低迷",
            "{c}大股东所持股份遭司法冻结",
            "{c}业绩不及预期，撤回全年指引",
        ),
        "neutral": (
            "{c}定于下月召开年度股东大会",
            "{c}任命新的董事会秘书",
            "央行公开市场操作利率维持不变",
            "{c}总部搬迁至新园区办公",
            "市场等待周四公布的通胀数据",
            "{c}披露半年报预约时间",
            "两市成交清淡，指数窄幅震荡",
            "{c}完成工商登记信息变更",
        ),
        "positive": (
            "{c}单季利润创新高，分红提高{n}%",
            "{c}获准进入三个新的海外市场",
            "多家券商上调{c}目标价，订单饱满",
            "{c}毛利率改善，业绩超出预期",
            "{c}签下{n}亿元长期供货合同",
            "{c}发布乐观经营公告，股价大涨",
            "{c}负债下降快于计划，评级获上调",
        ),
    },
}

SENTENCES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {
        "negative": (
            "Management blamed weak orders and rising costs.",
            "The shares lost more than a tenth of their value by noon.",
            "Analysts said that confidence would take long to return.",
            "Unions called the news a heavy blow to the region.",
            "Creditors have asked for a meeting before the month is out.",
            "It is the second such setback within a year.",
            "Customers complained that nobody answered their calls.",
        ),
        "neutral": (
            "The company gave no further details.",
            "The notice was published after the close of trading.",
            "Volumes were a little below the average of the past month.",
            "A spokesman said that the plans had been known for some time.",
            "No change to the outlook was announced.",
            "The next update is due at the end of the quarter.",
            "Shareholders on the register by Friday may attend.",
        ),
        "positive": (
            "Orders from abroad grew for the fourth quarter running.",
            "The chief executive said that the best was still to come.",
            "Costs fell thanks to a simpler organisation.",
            "Investors welcomed the news, and the shares closed at a high.",
            "Several funds have added to their holdings since spring.",
            "The new plant runs at full capacity.",
            "Staff will share in the success through a special bonus.",
        ),
    },
    "zh": {
        "negative": (
            "公司将原因归结为订单减少和成本上升。",
            "截至午盘，股价跌幅超过一成。",
            "分析人士认为，市场信心短期内难以恢复。",
            "债权人已要求在月底前召开会议。",
            "这是该公司一年之内第二次遭遇类似挫折。",
            "多名消费者反映投诉电话无人接听。",
            "独立董事表示对相关事项并不知情。",
        ),
        "neutral": (
            "公司未披露更多细节。",
            "相关公告于收盘后发布。",
            "成交量略低于近一个月平均水平。",
            "公司人士称有关安排早已确定。",
            "全年展望没有调整。",
            "下一次信息更新将在季度末进行。",
            "周五登记在册的股东均可参会。",
        ),
        "positive": (
            "海外订单连续第四个季度增长。",
            "总经理表示，最好的时期还在后面。",
            "得益于组织精简，费用率明显下降。",
            "消息公布后，股价收于年内高点。",
            "今年以来已有多只基金增持。",
            "新建产线目前满负荷运转。",
            "公司将以专项奖金与员工分享成果。",
        ),
    },
}

# A planted incident: many stories of one bad event at one company within an hour.
INCIDENTS: Final[Mapping[str, Sequence[str]]] = {
    "en": (
        "Halvorsen Bank shares plunge by a third after surprise loss",
        "Savers queue outside Halvorsen Bank as withdrawals are limited",
        "Police search the offices of Halvorsen Bank in fraud inquiry",
        "Chief executive of Halvorsen Bank resigns amid the scandal",
        "Halvorsen Bank cut to junk, agency warns of default",
        "Auditor walks away from Halvorsen Bank and disowns its accounts",
        "Pension funds sue Halvorsen Bank over hidden losses",
        "Halvorsen Bank misses a bond payment; trading is suspended",
        "Finance ministry rules out a rescue of Halvorsen Bank",
        "Thousands of jobs at risk as Halvorsen Bank fights for survival",
        "Whistleblower says Halvorsen Bank backdated its loan books",
        "Regulator freezes the assets of Halvorsen Bank's directors",
        "哈尔沃森银行遭挤兑，储户损失惨重",
        "哈尔沃森银行涉嫌财务造假，被立案调查",
    ),
    "zh": (
        "蓝桥控股被曝虚增收入，股价一字跌停",
        "证监部门对蓝桥控股立案调查，涉嫌信息披露违规",
        "蓝桥控股董事长失联，公司称正在核实",
        "多家银行向蓝桥控股抽贷，债务危机加剧",
        "蓝桥控股债券违约，投资者血本无归",
        "供应商围堵蓝桥控股总部讨要货款",
        "审计机构辞任，拒绝为蓝桥控股年报签字",
        "蓝桥控股旗下理财产品逾期，万名客户维权",
        "评级机构将蓝桥控股下调至垃圾级",
        "蓝桥控股大规模裁员，员工称被拖欠工资",
        "交易所对蓝桥控股发出退市风险警示",
        "法院冻结蓝桥控股实际控制人全部资产",
        "Blue Bridge Holdings accused of inventing customers as shares collapse",
        "Lenders pull credit lines from Blue Bridge Holdings after fraud claims",
    ),
}
