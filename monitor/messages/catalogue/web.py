"""What the door of the web application answers before anything behind it is asked."""

SENTENCES = {
    "web.log_in": (
        "log in at /login, or send Authorization: Bearer TOKEN",
        "请在 /login 登录，或发送 Authorization: Bearer TOKEN",
    ),
    "web.host": (
        "this server does not go by the name {host!r}; add it to allowed_hosts in [web] of config.toml",
        "本服务器没有 {host!r} 这个名称；请将其加入 config.toml 中 [web] 的 allowed_hosts",
    ),
    "web.hosts": (
        "the request must name one host: it has {count} Host headers",
        "请求必须且只能有一个 Host 头：收到 {count} 个",
    ),
    "web.lengths": (
        "the request says its length in more than one way; send one Content-Length or Transfer-Encoding",
        "请求以多种方式说明了长度；只能有一个 Content-Length 或 Transfer-Encoding",
    ),
    "web.length": ("the Content-Length header is not a number", "Content-Length 头不是数字"),
    "web.target": (
        "the request's target is no path; ask for a path that begins with /",
        "请求目标不是路径；请以 / 开头",
    ),
    "web.headers": ("the headers are longer than {most} bytes", "请求头超过 {most} 字节"),
    "web.large": ("the body is larger than {most} bytes", "请求内容超过 {most} 字节"),
    "web.other_site": (
        "the request comes from another site; use the monitor's own pages, or an API token",
        "请求来自其他网站；请使用本系统页面或 API 令牌",
    ),
    "web.unknown": (
        "nothing is at this address; /api/docs lists what there is",
        "此地址没有内容；完整列表见 /api/docs",
    ),
    "web.method": (
        "this address does not answer to {method}; it does to {allowed}",
        "此地址不支持 {method}；支持 {allowed}",
    ),
    "web.not_json": (
        "the body is not JSON (RFC 8259), or nested too deeply",
        "请求内容不是 JSON（RFC 8259），或嵌套过深",
    ),
    "web.field": ("{field}: {problem}", "字段 {field} {problem}"),
    "web.fields": ("{problems}", "请求有误：{problems}"),
}
