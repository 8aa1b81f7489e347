"""The words that say what a number is, in Chinese and English. Data: patterns in verbose form, no code.

A word that goes on to mean something else is excepted where it stands ("电话(?!会议)": a conference call,
"元(?!旦)": New Year's Day). English words are matched in any case and not inside longer words.
"""

from __future__ import annotations

import re

# Words that name a kind of personal number.
_PHONE = r"""
    电话(?!会议|费|销售|营销|卡|诈骗|亭|业务|机|量)
    | 手机(?!银行|出货|销[量售]|业务|市场|行业|厂商|品牌|游戏|屏|芯片|产[量业]|用户|壳)
    | 致电 | 来电 | 去电 | 电联 | 电询 | 打给 | 请打 | 打电 | (?<![下划补])拨(?![出付款给入备发用])
    | 热线 | 传真 | 座机 | 总机 | 分机 | 短信 | 微信 | 同号 | 加微 | 号码(?!牌) | 报名
    | 联[系络](?!互动|汇率) | 客服(?!工号) | 咨询(?!院|公司|机构|业|费)
    | (?<![a-z]) (?:
        tel (?:ephone)? s? | (?<!windows[ ])(?:cell)? phone s? | (?<!china[ ])mobile | cell | fax
        | hotline
        | helpline | toll-free | whatsapp | sms | contact(?:s|ed)? | r[ai]ngs? | dial(?:ed|ing|-in)?
        | text(?:ed)?[ ](?:me|us|to|your) | reach(?:ed)?[ ](?:me|us|him|her|them|at|on)
        | call(?:ed|ing|er|s)? (?![ ](?:option|volume|spread|warrant|cent|loan|money|price|strike))
        | shouji | dianhua
    ) (?![a-z])
"""
_ID_CARD = r"""
    身份证 | 身份号 | 公民身份 | 证件 | 居留证 | 居住证
    | (?<![a-z]) (?:
        id[ ]card | identity | identification | national[ ]id | resident[ ]id | id[ ](?:no|number)
    )
"""
_BANK_CARD = r"""
    卡号 | [行用记蓄资联][ ]?卡 | (?<![\u4e00-\u9fff])卡 | 刷卡 | 账[号户] | 帐[号户] | 转[账帐到至入]
    | 汇[款至到]
    | [打收付]款 | 户名 | 开户 | [建工农中招交]行
    | (?<![a-z]) (?:
        (?:bank|debit|credit)?[ ]?cards? | visa | mastercard | amex | american[ ]express | unionpay | jcb
        | discover | account | acct | iban
    ) (?![a-z])
"""
_PASSPORT = r"""
    护照(?!指数|办理|业务) | 通行证 | (?<![a-z]) (?: passports? | travel[ ]documents? ) (?![a-z])
"""
_SSN = r"""
    社会安全号码? | 社安号码? | 社会保障号码? | (?<![a-z]) (?: ssns? | social[ ]security ) (?![a-z])
"""
_IP = r"""
    (?<![a-z]) ip (?:v?[46])? s? (?![a-z]) (?: [ ]? (?:地址|addr(?:ess(?:es)?)?) )?
"""
# Words before an IP address that others may have.
_HOST = r"""
    地址 | 服务器 | 主机 | 网关 | 网段 | 端口 | 登[录陆] | 访问(?!量) | 攻击 | 解析 | 代理 | 节点 | 来自
    | 归属
    | (?<![a-z]) (?:
        address(?:es)? | servers? | hosts? | gateway | dns | ping(?:ed|s)? | log(?:ged|in|s)?
        | connect(?:ed|ion|s)? | ssh | router | proxy | subnet | node | client | from | visitor
    ) (?![a-z])
"""
# Forms of address: a mobile number right behind one is that person's.
_PERSON = r"""
    先生 | 女士 | 小姐 | 经理 | 老师 | 主任 | 师傅 | 姓名 | 董秘 | (?<![a-z]) (?:mr|mrs|ms) (?![a-z])
"""
# Words that name another number or an amount. What "订单号码" leaves must not say "号码" again.
_OTHER = r"""
    (?: 订单 | 单号 | 流水 | 编[号码] | 合同 | 案[号件] | 代码 | 批[号文准] | 文号 | 专利 | 备案 | 许可
    | 注册 | 登记 | 商户
        | 会议 | 条形?码 | 型号 | 序列 | 版本 | 固件 | 车[牌次] | 航班 | 账单 | 发票 | 快递 | 运单
        | 物流 | 区块 | 工号
        | 尾号 | 股票 | 基金 | 债券 | 邮[编政] | 坐标 | 比例 | 升级 | 章 | 条款 | 识别
    ) (?:编?号码?|代码)?
    | 净利 | 利润 | 营[收业] | 收入 | 金额 | 总额 | 余额 | 市值 | 资产 | 负债 | 成交 | 销[量售] | 出货
    | 产量 | 规模
    | 募[资集] | 股本 | 资本 | 股份 | 份额 | 数量 | 人数 | 毛利 | 亏损 | 费用 | 支出 | 成本 | 价格
    | [均报股售]价 | 估值
    | 债务 | [贷存]款 | 累计 | [合总共]计 | 指引 | 发行 | 货币 | 交易 | 用户 | 流量 | 访问量 | 点击
    | 播放 | 阅读 | 下载
    | 中奖 | 彩票 | [开抽]奖
    | (?<![a-z]) (?:
        orders? | invoices? | transactions? | txn | tracking | serial | part | model | case | docket
        | product
        | batch | lot | ref(?:erence)? | v(?:er(?:sion)?)? | build | release | firmware | imei | iccid
        | meeting
        | tickets? | accession | isbn | issn | isin | cusip | sku | section | clause | oid | chapter
        | chrome
        | firefox | status | pages? | exhibits? | flights? | trains? | seats? | gates? | code | uid
        | epoch
        | revenues? | income | profits? | sales | turnover | volume | shares | outstanding
        | total(?:ed|s)?
        | worth | earnings | assets | debt | capital | shipments? | amount | balance | prices? | index
        | ratio
        | users | subscribers | customers | downloads | views | visits | traffic | spending | costs?
        | budget
        | funds? | funding | loans? | deposits? | fees? | raised | reached
    ) (?![a-z])
"""

NAMED = re.compile(
    "|".join(
        f"(?P<{kind}>{words})"
        for kind, words in {
            "phone": _PHONE,
            "person": _PERSON,
            "id_card": _ID_CARD,
            "bank_card": _BANK_CARD,
            "passport": _PASSPORT,
            "ssn": _SSN,
            "ip": _IP,
            "host": _HOST,
            "other": _OTHER,
        }.items()
    ),
    re.VERBOSE | re.IGNORECASE,
)
"""Every word; the group that matches is what it names."""

BEHIND = re.compile(
    r"""[ )\]】"”']{0,3} [(]? (?:这个|的|是|为)? (?:
        (?P<phone> 手机 (?: 号 | (?=[),。;、\s]|$) ) | 电话 | 微信 | 传真 | 座机 | 热线
            | (?:mobile|cell|phone|tel|fax|rings?|hotline) (?![a-z]) )
        | (?P<passport> 号?(?:中国)?护照 | \(passport )
        | (?P<ip> ip (?![a-z]) )
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""A word right behind a number that names its kind."""

UNIT = re.compile(
    r"""[ ]? [(]? (?:
        [%‰℃°€£¥$] | 美[元金分] | [港欧日韩澳加]元 | 英镑 | 人民币 | 元(?![旦宵月宝老首素件器])
        | 块(?!链)
        | 万(?![一达科]) | 亿 | 千(?!万[别不要]) | 百(?!度) | 倍 | 公[里斤顷] | 平方 | 立方
        | [毫厘千海]?米
        | 千?克 | 盎司 | 吨 | 桶 | [千兆]?瓦 | 件 | [辆艘枚箱] | 段 | 架(?!构) | 套(?!路) | 个(?!人)
        | 份(?!额)
        | 股(?![票东民市权价友吧份]) | 手(?![机续工下里头册写]) | 部(?![门分长位署委队])
        | 台(?![湾北州风账阶]) | 只(?![要有能是需]) | 支(?![付持行]) | 本(?![人公次周月年行])
        | 户(?![名口籍])
        | 人(?![工员民士力事才寿保行在说称们]) | 家(?![里人属长庭具电住]) | 次(?!日) | 笔(?![记名])
        | 条(?![件款例]) | 点(?![击评此开对选燃名赞到播心我]) | 名(?![字称下单为叫]) | 节(?![约目假能日])
        | 张[,。、 ]
        | (?: yuan | rmb | cny | usd | dollars? | euros? | eur | pounds? | gbp | yen | jpy | won | krw
        | hk[$d]
            | rupees? | shares? | units? | tons? | tonnes? | barrels? | bbl | ounces? | bps | points?
            | pct
            | percent | million | billion | trillion | mn | bn | [kmg]wh | people | users | customers
            | copies
            | passengers | contracts | lots | votes | bytes | [kmg]b
        ) (?![a-z])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""A unit or a currency right behind a number."""

AMOUNT = re.compile(
    r"""(?:
        (?: [$¥€£₩₹] | (?<![a-z]) (?:usd|rmb|cny|hkd|eur|gbp|jpy) | 人民币 | 美元
        | 港[元币] ) [ ]? [-+(]{0,2}
        | (?: 第 | 达到 | 超过 | 逾 | 大约 | 约为 | 仅 | [共合总]计 | [增升降减]至 ) [ ]?
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
"""A currency, or a word like "more than", right before a number."""

DIRECT = re.compile(
    r"""(?: [ :()\[\]{}"'“”‘’《》【】.,、#=/|<>*+_-] | 是 | 为 | 號 | 号 | 码 | 本 | 编 | 证
        | number | num | nr | nos? | is | was | id | at | on | to )*+""",
    re.VERBOSE | re.IGNORECASE,
)
"""What may stand between a word and the number right behind it."""

GLUE = re.compile(r"[ ,、/;|&()]{0,3} (?:和|或者?|及|与|and|or|to)? [ (+]{0,3}", re.VERBOSE | re.IGNORECASE)
"""What stands between the numbers of a list."""
