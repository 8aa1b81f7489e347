"""Users, their passwords and tokens."""

SENTENCES = {
    "users.unknown": ("user {user!r}: no such user", "没有用户 {user!r}"),
    "users.no_token": (
        "user {user!r} has no session or token {token!r}; it may have ended already",
        "用户 {user!r} 没有会话或令牌 {token!r}，可能已失效",
    ),
    "users.wrong_password": (
        "the old password is not right; nothing was changed",
        "原密码不正确，未作更改",
    ),
    "users.wrong_often": (
        "the old password was wrong too often; try again in {minutes} minutes, or ask an administrator",
        "原密码错误次数过多，请 {minutes} 分钟后再试，或联系管理员",
    ),
}
