"""The words that turn one notice into another, in both languages.

Three tables, and one automaton over all of them (Aho and Corasick 1975), so that a headline is read once:

    SIDES    pairs of opposites: the two sides of an axis are never one development
    KINDS    kinds of event: two headlines of one development mostly share one
    ACTORS   places, authorities and goods that stand where no watched company does

The longest term wins where terms overlap, so that "falls short" is no fall and 解除质押 no pledge. A Latin term
ending in "~" stands for its regular forms: raise~ is raise, raises, raised, raising.
"""

from __future__ import annotations

from collections.abc import Iterator

import ahocorasick

SIDES: dict[str, tuple[str, str]] = {
    "direction": (
        "raise~|hike~|lift~|increase~|boost~|rise|rises|rose|risen|rising|gain~|climb~|jump~|surge~|soar~|rall"
        "y|rallies|rallied|rebound~|advance~|grow|grows|grew|growing|expand~|widen~|higher|up|record high|"
        "price hike|raises prices|hikes prices|rate hike|hikes rates|raises rates|price increase|strengthen~|accelerate~|double~|triple~|upward|raised|picks up|picked up|tops up|上调|调升|调高|加息|升息|"
        "上涨|大涨|涨|涨停|走高|上升|攀升|增长|提高|提升|增加|预增|增产|提价|涨价|升至|升值|扩大|反弹|飙升|激增|走强|创新高|上浮|"
        "高开|收涨|收高|增收",
        "lower~|cut|cuts|cutting|reduce~|trim~|slash|slashes|slashed|slashing|decrease~|fall|falls|fell|fallen|"
        "falling|drop|drops|dropped|dropping|decline~|slide|slides|slid|sliding|slip|slips|slipped|tumble~|sink|"
        "sinks|sank|price cut|cuts prices|lowers prices|slashes prices|rate cut|cuts rates|lowers rates|trims rates|plunge~|plummet~|shrink|shrinks|shrank|contract sharply|down|record low|weaken~|weakest|"
        "slump~|shed|sheds|halve~|downward|retreat~|ease~|下调|调降|调低|降息|降准|下跌|大跌|重挫|跌|跌停|走低|下降|"
        "下滑|减少|降低|预减|减产|降价|降至|贬值|收窄|回落|暴跌|锐减|走弱|创新低|下浮|低开|收跌|收低|缩水|萎缩",
    ),
    "expectation": (
        "beat|beats|beating|top estimates|tops|topped|exceed~|above estimates|above expectations|above forecasts|"
        "better than expected|better-than-expected|ahead of expectations|surpass|surpasses|surpassed|upbeat|超预期|"
        "好于预期|高于预期|超出预期|优于预期|胜预期|好于市场预期|好于华尔街预期|高于华尔街预期",
        "miss|misses|missed|missing estimates|fall short|falls short|fell short|below estimates|below expectations|"
        "below forecasts|worse than expected|worse-than-expected|disappoint~|downbeat|lag estimates|lags|不及预期|"
        "逊于预期|低于预期|逊于|差于预期|未达预期|低于市场预期|低于华尔街预期|弱于预期",
    ),
    "consent": (
        "approve~|clear~|wins approval|win approval|wins clearance|greenlight~|green light|accept~|ratif"
        "y|ratifies|ratified|endorse~|authorise~|authorize~|agree to|agrees to|agreed to|批准|获批|获准|表决通过|审议通过|同意|核准|"
        "放行|获得批准|准予|过会|通过审核|注册生效",
        "reject~|block|blocks|blocked|blocking|refuse~|turns down|turned down|turn down|snub~|snubs|snubbed|veto"
        "es|vetoed|vetoes|fails to win approval|declines to approve|voting down|votes down|voted down|rebuff~|"
        "rebuffs|bar~|bars|barred|拒绝|否决|未获批准|未获|不予|驳回|叫停|未通过|不批准|拒批|未获通过|终止审核|不予受理|不予核准|被否",
    ),
    "court": (
        "wins appeal|win appeal|wins court|wins case|wins lawsuit|wins battle|won appeal|prevails|acquit~|acquits|"
        "acquitted|overturn~|胜诉|获胜|上诉成功|赢得诉讼|无罪",
        "loses appeal|lose appeal|loses court|loses case|loses lawsuit|loses battle|lost appeal|convict~|convicts|"
        "convicted|upheld|upholds|败诉|落败|上诉失败|上诉被驳回|有罪|定罪",
    ),
    "contest": (
        "win|wins|won|winning|secure~|中标|获得订单|赢得|喜提",
        "lose|loses|lost|losing|落标|丢失|流失|未中标",
    ),
    "rating": (
        "upgrade~|raises rating|评级上调|上调评级|上调至|调升评级|上调信用评级|上调主权信用评级",
        "downgrade~|cuts rating|strips|评级下调|下调评级|下调至|调降评级|下调信用评级|下调主权信用评级",
    ),
    "trading": (
        "halt|halts|halted|suspend~|trading halt|停牌|暂停上市|暂停交易",
        "resume~|resumption|复牌|恢复上市|恢复交易",
    ),
    "listing": (
        "lists|listed|to list|goes public|go public|debut~|debuts|首发上市|挂牌上市|上市首日|登陆",
        "delist~|delists|delisted|delisting|退市|摘牌|终止上市",
    ),
    "risk mark": (
        "实施退市风险警示|被实施退市风险警示|被实施其他风险警示|实施其他风险警示|披星戴帽|被st|戴帽",
        "撤销退市风险警示|撤销其他风险警示|被撤销退市风险警示|申请撤销|摘帽|摘星脱帽|脱帽",
    ),
    "pledge": (
        "pledge~|质押|质押公告|股权质押|股份质押|被冻结|冻结|轮候冻结|司法冻结",
        "release of pledge|解除质押|质押解除|解质押|解押|解冻|解除冻结|解除司法冻结|解除轮候冻结",
    ),
    "holding": (
        "increases stake|raises stake|增持|加仓|回购增持",
        "reduces stake|cuts stake|trims stake|减持|减仓|清仓",
    ),
    "dealing": (
        "buy|buys|buying|bought|acquire~|acquisition|purchase~|takeover|收购|买入|购买|并购|受让|入股",
        "sell|sells|selling|sold|divest~|divests|sale of|disposal|dispose~|offload~|offloads|出售|卖出|转让|剥离|抛售",
    ),
    "office": (
        "appoint~|appoints|appointed|names|named|hire~|promote~|taps|任命|聘任|出任|接任|履新|委任|上任|获任",
        "resign~|resigns|resigned|step down|steps down|stepped down|stepping down|depart~|departure|quit|quits|"
        "leave|leaves|retire~|forced out|ousted|oust|ousts|fired|sacked|辞职|卸任|离任|辞任|离职|辞去|退休|免职|被罢免|请辞|解聘",
    ),
    "result": (
        "profit|profits|profitable|in the black|盈利|扭亏|转盈|扭亏为盈|净利润",
        "loss|losses|lossmaking|in the red|亏损|净亏损|由盈转亏|转亏|巨亏|预亏",
    ),
    "strike": (
        "go on strike|goes on strike|begin strike|begins strike|strike begins|vote to strike|votes to strike|"
        "walk off|walk out|开始罢工|决定罢工|宣布罢工|举行罢工|发起罢工",
        "end strike|ends strike|ending strike|strike ends|end to strike|return to work|结束罢工|罢工结束|停止罢工|复工",
    ),
    "price": ("costlier|dearer|提价|涨价|上调售价|上调价格", "cheaper|discount~|降价|下调售价|下调价格"),
    "supply": (
        "output increase|production increase|增产|扩产|复产",
        "output cut|production cut|减产|停产|限产",
    ),
    "policy rate": (
        "rate hike|hikes rates|raises rates|加息|升息|升准",
        "rate cut|cuts rates|lowers rates|trims rates|降息|降准",
    ),
    "control": (
        "impose~|imposes|restrict~|ban|bans|banned|tighten~|sanction~|加征|限制|禁止|制裁|收紧|实施限购",
        "lift ban|lifts ban|eases curbs|remove curbs|scrap tariffs|放宽|解禁|取消限制|解除限制|解除制裁|放开|松绑",
    ),
    "completion": (
        "complete~|completes|completed|finalise~|finalize~|closes deal|seal~|完成|达成|正式生效|落地",
        "scrap~|scraps|scrapped|call off|calls off|called off|walk away|walks away|walked away|abandon~|"
        "terminate~|withdraw~|withdraws|withdrew|cancel~|cancels|cancelled|canceled|drop talks|drops bid|drop merger|"
        "collapse~|终止|取消|放弃|撤回|撤销|中止|告吹|作罢|流产|破裂",
    ),
    "legal step": (
        "sue|sues|sued|suing|file suit|files lawsuit|起诉|状告|提起诉讼",
        "settle lawsuit|settles lawsuit|撤诉|和解",
    ),
    "trial": (
        "meets main goal|meets goal|meets endpoint|succeeds|successful trial|达到主要终点|达主要终点|试验成功",
        "misses main goal|misses goal|fails trial|fails in|failed trial|未达主要终点|未达到主要终点|试验失败",
    ),
}
"""Axis -> the two sides of it, terms joined by "|". A headline that names both sides states neither."""

HOLD = "hold|holds|held|steady|unchanged|on hold|pause~|stand pat|stands pat|维持|不变|按兵不动|持平|暂停加息"
"""Neither side of `direction`, said as news of its own."""

DENIED = "not|no|never|without|n't|denies|deny|denied|refute~|refutes|dismiss|dismisses|未|没有|并未|无|否认|不实|澄清|辟谣"
"""Words that turn a sentence round."""

EMPTY = (
    "up to|set up|sets up|line up|back up|make up|step up|close to|no longer|at least|no. 1|not only|down payment|"
    "wait for|cut short|in case|higher education|up for|up in|clear of|hold talks|holds talks|holding company|holdings|"
    "raise money|raise funds|raises money|close of|上涨空间|下跌空间|无人机|无锡|没有改变|未来|有无|未必|无线|无形|上海|上市公司|"
    "上交所|上半年|下半年|上年"
)
"""Phrases that hold a term by accident and state nothing of it."""

KINDS: dict[str, str] = {
    "penalty": "fine|fines|fined|fining|penalty|penalties|penalised|penalized|settle|settles|settled|settlement|"
    "sanctions|罚款|处罚|罚单|被罚|罚没|和解|行政处罚|监管警示|警示函|监管函",
    "probe": "probe|probes|probing|investigate~|investigation|inquiry|raid~|raids|search headquarters|under scrutiny|"
    "prosecutors|subpoena|调查|立案|立案调查|被查|搜查|审查调查|约谈|问询函|问询",
    "lawsuit": "sue|sues|sued|lawsuit|suit|court|appeal|appeals|judge|ruling|verdict|class action|起诉|诉讼|胜诉|败诉|"
    "状告|法院|判决|上诉|一审|二审|索赔|仲裁|裁定|判赔",
    "recall": "recall~|recalls|召回",
    "layoff": "lay off|lays off|laid off|layoff|layoffs|job cuts|cut jobs|cuts jobs|cutting jobs|jobs|workforce|"
    "redundancies|裁员|裁减|优化人员|裁撤",
    "strike": "strike|strikes|walk off|walkout|lock out|locks out|lockout|locked out|罢工",
    "departure": "resign~|resigns|resigned|step down|steps down|stepped down|steps aside|depart~|departure|quit|quits|"
    "leaves|to leave|retire~|retires|ousted|oust|forced out|辞职|卸任|离任|辞任|离职|辞去|退休|免职|失去信心",
    "appointment": "appoint~|appoints|names|named|new ceo|new chief|hires|任命|聘任|出任|接任|履新|委任|新任|首席执行官人选",
    "accident": "crash|crashes|crashed|accident|derail~|collision|killed|kills|die|dies|dead|deaths|坠毁|事故|遇难|身亡|死亡|"
    "坠机|车祸|伤亡|致死",
    "fire": "fire at|fire shuts|after fire|refinery fire|blaze|explosion|explodes|blast|火灾|起火|火情|爆炸|着火|失火",
    "leak": "spill|spills|leak|leaks|leaked|泄漏|泄露|漏油",
    "hack": "hack|hacked|hackers|hacking|cyberattack|cyber attack|cybersecurity|ransomware|data breach|breach|stole data|"
    "黑客|网络攻击|数据泄露|勒索软件",
    "outage": "outage|outages|offline|disruption|宕机|崩了|故障|瘫痪|服务中断",
    "insolvency": "bankrupt|bankruptcy|chapter 11|insolven~|insolvency|liquidat~|liquidation|liquidate|wind-up|winding-up|wound up|"
    "administration|receivership|seized|collapse|collapses|failure|shut down by|破产|清盘|清算|重整|倒闭|接管|资不抵债",
    "default": "default|defaults|defaulted|missed payment|misses coupon|coupon|fail to pay|fails to pay|delay repayment|"
    "extend note|extension|restructure~|restructuring|违约|展期|未能支付|未按期|逾期|未能按期|兑付|债务重组|付息",
    "dividend": "dividend|dividends|payout|分红|派息|股息|权益分派|利润分配",
    "buyback": "buyback|buybacks|buy back|repurchase|repurchases|回购",
    "listing": "ipo|listing|goes public|debut|debuts|上市|招股|首发|募资|挂牌|首日",
    "delisting": "delist~|delisting|delists|leave new york stock|withdraw from nyse|退市|摘牌|终止上市|私有化",
    "earnings": "profit|profits|earnings|revenue|sales estimates|net income|loss|losses|results|ebitda|margin|margins|"
    "earnings call|净利润|净利|营收|利润|盈利|业绩|亏损|财报|毛利率|预增|预减|归母|扭亏",
    "deliveries": "deliver|delivers|delivered|deliveries|vehicle sales|sells|sold|交付|销量|产销|销售数据",
    "guidance": "forecast|forecasts|guidance|outlook|expects|sees|预计|指引|展望|预告|预期",
    "rating": "rating|upgrade~|upgrades|upgraded|downgrade~|downgrades|downgraded|price target|target|triple-a|credit rating|"
    "评级|目标价|信用等级",
    "rates": "interest rate|interest rates|rates|rate decision|rate hike|rate cut|hikes rates|cuts rates|raises rates|lowers rates|trims rates|key rate|benchmark rate|overnight rate|"
    "basis points|利率|加息|降息|基点",
    "reserves": "reserve requirement|reserve ratio|rrr|存款准备金率|降准|准备金率|升准",
    "consumer prices": "cpi|consumer prices|inflation|consumer price|居民消费价格|cpi同比|通胀",
    "producer prices": "ppi|producer prices|factory-gate prices|producer price|出厂价格|工业生产者|ppi同比",
    "growth": "gdp|economy grows|economy expands|economic growth|gross domestic product|国内生产总值|经济增长",
    "activity": "pmi|factory activity|manufacturing activity|purchasing managers|采购经理|制造业pmi",
    "tariff": "tariff|tariffs|duties|duty|levies|levy|关税|加征|反倾销|反补贴",
    "export curbs": "export curbs|export controls|export control|chip exports|export licenses|export licences|licences|"
    "licenses to supply|出口管制|出口许可|限制出口|许可证|供货许可|限制对华|芯片出口",
    "merger": "merge|merges|merger|mergers|merging|tie-up|combine|合并|重组|吸收合并",
    "takeover": "takeover|acquire~|acquires|acquisition|buy|buys|bid|offer for|purchase|purchases|收购|并购|要约|买下|竞购",
    "disposal": "sell its|to sell|sale of|divest~|divests|offload|sells unit|disposal|出售|转让|剥离|卖出",
    "stake": "stake|stakes|invest in|invests|invest|holding|持股|入股|投资|增持|减持|股份变动|权益变动",
    "spending": "plants|factory|factories|spend|investment|pledges|capex|建厂|投建|追加投资|扩产|投资建设|工厂",
    "closure": "close plants|close|closes|shut|shuts|closing|closure|shutter~|关闭|关停|停产|停业",
    "contract": "order|orders|contract|contracts|jets|中标|订单|合同|签约|项目",
    "pricing": "price of|prices of|price cut|price hike|price increase|cuts prices|raises prices|lowers prices|hikes prices|slashes prices|factory price|售价|出厂价|降价|提价|涨价|调价|价格",
    "output": "output|production|barrels|opec|产量|增产|减产|产能|日均|原油",
    "fraud": "fraud|fraudulent|fabricat~|fabricated|fake|falsified|accounting|manipulation|laundering|bribery|graft|corruption|"
    "造假|虚增|欺诈|操纵|洗钱|贿赂|反腐|腐败|漂绿|greenwashing|伪造",
    "short report": "short seller|short report|hindenburg|muddy waters|grift|做空|浑水|沽空",
    "approval": "approve~|approval|clearance|cleared|fda|permit|licence to|license to|grants|authoris~|获批|批准|上市许可|牌照|许可|准入",
    "drug trial": "trial|phase 3|phase 2|late-stage|study|endpoint|临床|试验|三期|终点",
    "product": "launch|launches|unveil~|unveils|introduce~|rolls out|发布|推出|亮相|新品|首发",
    "halt": "trading halt|停牌|复牌|暂停交易",
    "pledge": "质押|解除质押|冻结|轮候冻结|解押|司法冻结",
    "risk mark": "风险警示|st|摘帽|戴帽",
    "share move": "shares|stock|stocks|股价|涨停|跌停|收涨|收跌|大涨|大跌|重挫|飙升",
    "index": "dow|s&p|nasdaq|closes|收评|沪指|深成指|创业板指|恒指|a股|道指|纳指|标普|stock market|wall street closes",
    "oil price": "oil price|oil prices|oil settles|crude|油价|原油期货|布油",
    "gold price": "gold|gold price|gold prices|bullion|金价|黄金",
    "currency": "dollar|yen|won|yuan falls|sterling|rupee|汇率|兑美元|人民币中间价|贬值|升值",
    "filing": "form 10-k|form 10-q|form 8-k|form 4|8-k|10-q|10-k|transcript|年报|季报|半年报",
    "bond": "bond|bonds|note|notes|debenture|债券|中期票据|中票|美元债|境内债|可转债",
    "protest": "protest|protests|clash|clashes|riot|抗议|冲突|维权",
    "talks": "talks|negotiations|in discussions|谈判|磋商|洽谈",
    "asset cap": "asset cap|资产上限",
}
"""Kind of event -> its terms."""

ACTORS: dict[str, str] = {
    "us": "us|u.s.|united states|america|american|washington|美国|华盛顿",
    "china": "china|chinese|beijing|prc|中国|我国|全国|北京|对华",
    "eu": "eu|european union|brussels|european commission|欧盟|欧盟委员会",
    "eurozone": "euro zone|eurozone|ecb|european central bank|欧元区|欧洲央行",
    "uk": "uk|u.k.|britain|british|united kingdom|bank of england|boe|英国|英格兰银行|英央行",
    "japan": "japan|japanese|bank of japan|boj|yen|tokyo|日本|日元|日央行|日本央行",
    "korea": "korea|korean|south korea|south korean|bank of korea|韩国|韩元|韩央行",
    "india": "india|indian|rbi|reserve bank of india|印度|卢比",
    "canada": "canada|canadian|bank of canada|加拿大|加拿大央行|加央行",
    "australia": "australia|australian|rba|reserve bank of australia|澳大利亚|澳洲|澳联储|澳洲联储",
    "new zealand": "new zealand|rbnz|新西兰|新西兰联储",
    "switzerland": "switzerland|swiss|swiss national bank|snb|瑞士|瑞士央行",
    "germany": "germany|german|berlin|德国",
    "france": "france|french|paris|法国",
    "italy": "italy|italian|意大利",
    "spain": "spain|spanish|西班牙",
    "turkey": "turkey|turkish|土耳其",
    "hungary": "hungary|hungarian|匈牙利",
    "poland": "poland|polish|波兰",
    "russia": "russia|russian|moscow|俄罗斯|卢布",
    "brazil": "brazil|brazilian|巴西",
    "argentina": "argentina|argentine|阿根廷",
    "mexico": "mexico|mexican|墨西哥",
    "saudi": "saudi arabia|saudi|riyadh|沙特",
    "hong kong": "hong kong|hkma|hkex|香港|港交所",
    "taiwan": "taiwan|taiwanese|台湾",
    "singapore": "singapore|新加坡",
    "sweden": "sweden|swedish|riksbank|瑞典|瑞典央行",
    "norway": "norway|norwegian|norges bank|挪威",
    "south africa": "south africa|南非",
    "indonesia": "indonesia|印尼|印度尼西亚",
    "vietnam": "vietnam|越南",
    "fed": "fed|federal reserve|fomc|美联储",
    "pboc": "pboc|people's bank of china|china's central bank|中国人民银行|人民银行|中国央行",
    "oil": "oil|oil price|oil prices|oil settles|crude|opec|opec+|原油|油价|欧佩克|石油",
    "gold": "gold|gold price|gold prices|bullion|黄金|金价",
    "silver": "silver|白银|银价",
    "copper": "copper|铜|铜价",
    "gas": "natural gas|lng|天然气",
    "bitcoin": "bitcoin|比特币",
    "dow": "dow|dow jones|道指|道琼斯指数",
    "nasdaq": "nasdaq|纳指|纳斯达克指数",
    "s&p": "s&p 500|s&p|标普500|标普",
    "shanghai": "shanghai composite|沪指|上证指数|上证综指",
    "hang seng": "hang seng|恒指|恒生指数",
}
"""Actor -> its names: what stands in the place of a company where no company is named."""


def forms(term: str) -> Iterator[str]:
    """The forms a term is written in: itself, and where it ends in "~" a regular verb's others."""
    if not term.endswith("~"):
        yield term
        return
    stem = term[:-1]
    yield stem
    if stem.endswith("e"):
        yield from (stem + "s", stem + "d", stem[:-1] + "ing")
    elif stem.endswith(("s", "sh", "ch", "x", "z")):
        yield from (stem + "es", stem + "ed", stem + "ing")
    else:
        yield from (stem + "s", stem + "ed", stem + "ing")


Mark = tuple[str, str, int]
"""What a term stands for: table, name, and the side of an axis (1 or -1; 0 elsewhere)."""


def _marks() -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}

    def add(terms: str, mark: Mark) -> None:
        for term in terms.split("|"):
            for form in forms(term):
                held = found.setdefault(form, [])
                if mark not in held:
                    held.append(mark)

    for axis, (plus, minus) in SIDES.items():
        add(plus, ("side", axis, 1))
        add(minus, ("side", axis, -1))
    add(HOLD, ("side", "hold", 1))
    add(DENIED, ("denied", "", 0))
    for phrase in EMPTY.split("|"):
        found.setdefault(phrase, [])
    for kind, terms in KINDS.items():
        add(terms, ("kind", kind, 0))
    for actor, terms in ACTORS.items():
        add(terms, ("actor", actor, 0))
    return found


def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for term, marks in _marks().items():
        automaton.add_word(term, (len(term), tuple(marks)))
    automaton.make_automaton()
    return automaton


AUTOMATON = _automaton()


def read(folded: str) -> list[tuple[int, int, tuple[Mark, ...]]]:
    """The terms in a lower-case text as (start, end, marks), in reading order.

    Latin terms stand alone, as words do. A term inside a longer one tells nothing.
    """
    hits = []
    for last, (length, marks) in AUTOMATON.iter(folded):
        start, end = last + 1 - length, last + 1
        if folded[start].isascii() and folded[start].isalnum() and start and _latin(folded[start - 1]):
            continue
        if folded[last].isascii() and folded[last].isalnum() and end < len(folded) and _latin(folded[end]):
            continue
        hits.append((start, end, marks))
    hits.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
    covered = bytearray(len(folded))
    chosen = []
    for start, end, marks in hits:
        if not any(covered[start:end]):
            covered[start:end] = b"\x01" * (end - start)
            chosen.append((start, end, marks))
    chosen.sort()
    return chosen


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
