"""Names, passwords, and the pages before the dashboard: log in, log out, set up."""

SENTENCES = {
    "password.short": (
        "the password has {length} characters; use at least {least}",
        "密码只有 {length} 个字符，至少需要 {least} 个",
    ),
    "password.long": (
        "the password has {length} characters; use at most {most}",
        "密码有 {length} 个字符，最多 {most} 个",
    ),
    "password.common": (
        "this password is among the first that guessers try (common words, keys in a row, a date); "
        "choose another, for instance several words that have nothing to do with one another",
        "该密码过于常见（常用词、键盘顺序、日期等），容易被猜中；请换一个，例如几个互不相关的词",
    ),
    "password.expected": (
        "the password is little more than your name or the monitor's; choose another",
        "密码几乎只是用户名或系统名称，请换一个",
    ),
    "users.no_name": ("the user name is empty; give one", "用户名为空，请填写"),
    "users.bad_name": (
        "the user name {user!r} must be at most {most} printable characters",
        "用户名 {user!r} 最多 {most} 个可见字符",
    ),
    "login.wrong": (
        "no user has this name and password; check both, or ask an administrator",
        "用户名或密码不正确，请检查后重试，或联系管理员",
    ),
    "login.unknown": ("unknown name or wrong password", "用户名不存在或密码错误"),
    "login.often": ("too many attempts", "尝试次数过多"),
    "login.wait": (
        "too many failed attempts; try again in {minutes} minutes",
        "失败次数过多，请 {minutes} 分钟后再试",
    ),
    "setup.gone": (
        "this set-up link is not valid any more; restart the monitor for a new one, "
        "or log in if there is an administrator already",
        "此链接已失效；请重新启动系统以获取新链接，若已有管理员请直接登录",
    ),
    "page.product": ("News Monitor", "新闻舆情监测"),
    "page.tagline": (
        "News and public opinion on finance, in Chinese and English: what turned negative, "
        "how far it spread, and the evidence.",
        "中英文财经新闻与舆情：何处转负、传播多广、依据何在。",
    ),
    "page.log_in": ("Log in", "登录"),
    "page.log_out": ("Log out", "退出"),
    "page.log_out?": ("Log out of the monitor?", "确定退出系统？"),
    "page.name": ("User name", "用户名"),
    "page.password": ("Password", "密码"),
    "page.repeat": ("Password again", "再次输入密码"),
    "page.set_up": ("Create the administrator", "创建管理员"),
    "page.set_up_hint": (
        "This link works once. Choose at least {least} characters.",
        "此链接只能使用一次。密码至少 {least} 位。",
    ),
    "page.no_account": (
        "No account? An administrator adds users with “monitor users add”.",
        "没有账号？请管理员用“monitor users add”添加。",
    ),
    "page.differ": (
        "the two passwords differ; type the same one twice",
        "两次输入的密码不一致，请重新输入",
    ),
    "page.large": ("the form is too large", "提交的内容过大"),
    "page.home": ("To the start page", "返回首页"),
    "page.unknown": ("This page does not exist", "页面不存在"),
    "page.unknown_hint": (
        "Nothing is at this address. It may be mistyped, or from another version.",
        "此地址没有内容，可能输入有误，或来自其他版本。",
    ),
    "page.failed": ("This did not work", "操作未完成"),
    "page.again": ("Try again", "重试"),
}
