"""One's password, sessions and tokens; plugins."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "account.password": ("Password", "密码"),
    "account.old": ("Password until now", "原密码"),
    "account.new": ("New password", "新密码"),
    "account.again": ("New password again", "再次输入新密码"),
    "account.change": ("Change it", "更改密码"),
    "account.change.help": (
        "Every other session and API token of yours ends with it.",
        "更改后，您的其他会话和接口令牌将全部失效。",
    ),
    "account.differ": (
        "The two new passwords differ. Type the same one twice.",
        "两次输入的新密码不一致，请重新输入。",
    ),
    "account.changed": (
        "Changed. Your other sessions and tokens have ended.",
        "密码已更改，其他会话和令牌已失效。",
    ),
    "account.new_token": ("New API token", "新建接口令牌"),
    "account.token_name": ("What it is for", "用途"),
    "account.days": ("Good for so many days", "有效天数"),
    "account.make": ("Make it", "创建"),
    "account.made": (
        "Keep it now: it is shown this once. It acts with your role.",
        "请立即保存：仅显示这一次。该令牌拥有您的权限。",
    ),
    "account.tokens": ("Sessions and API tokens", "会话与接口令牌"),
    "account.whose": ("Whose", "用户"),
    "account.none": ("There is none.", "暂无。"),
    "account.end": ("End", "终止"),
    "account.end_others": ("End all the others", "终止其他全部"),
    "account.own": ("this one", "当前"),
    "account.never": ("never", "从未"),
    "account.no_end": ("never", "永不"),
    "account.times": (
        "made {made} · last used {used} · ends {ends}",
        "创建于 {made} · 上次使用 {used} · 到期 {ends}",
    ),
    "token.session": ("log-in", "登录会话"),
    "token.api": ("API token", "接口令牌"),
    "plugins": ("Plugins", "插件"),
    "plugins.name": ("Plugin", "插件"),
    "plugins.origin": ("Origin", "来源"),
    "plugins.version": ("Version", "版本"),
    "plugins.kinds": ("Kinds", "类型"),
    "plugins.state": ("State", "状态"),
    "plugins.loading": ("being loaded", "正在加载"),
    "plugins.group.source": ("source", "信息源"),
    "plugins.group.classifier": ("classifier", "分类器"),
    "plugins.group.strategy": ("strategy", "策略"),
    "plugins.group.detector": ("detector", "检测器"),
    "plugins.group.notifier": ("notifier", "通知器"),
    "plugins.origin.bundled": ("bundled", "内置"),
    "plugins.origin.directory": ("directory", "目录"),
    "plugins.origin.package": ("package", "软件包"),
    "plugins.disabled": ("disabled: {error}", "已停用：{error}"),
}
