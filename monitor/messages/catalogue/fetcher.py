"""What the way out to the network says: why a host was not reached, what a server answered."""

SENTENCES = {
    "fetcher.late": ("no complete answer within {seconds} seconds", "{seconds} 秒内没有完整的应答"),
    "fetcher.blocked": ("{host} was not connected to: {reason}", "未连接 {host}：{reason}"),
    "fetcher.not_public": (
        'the address {address} is not public; permit it with [fetch] allow_networks = ["{network}"]',
        '地址 {address} 不是公网地址；如需放行，请设置 [fetch] allow_networks = ["{network}"]',
    ),
    "fetcher.port": (
        "port {port} belongs to another service than the web and is never fetched",
        "端口 {port} 属于网页以外的服务，不会被访问",
    ),
    "fetcher.no_address": ("the name {host} has no address", "名称 {host} 没有地址"),
    "fetcher.unresolved": (
        "the name {host} could not be resolved ({error})",
        "名称 {host} 无法解析（{error}）",
    ),
    "fetcher.unresolved_in_time": (
        "the name {host} could not be resolved in time",
        "名称 {host} 未能及时解析",
    ),
    "fetcher.unreached": ("no connection to {host}: {error}", "无法连接 {host}：{error}"),
    "fetcher.broken": ("the connection to {host} broke: {error}", "与 {host} 的连接中断：{error}"),
    "fetcher.answered": ("the server answered {status}", "服务器应答 {status}"),
    "fetcher.redirect": (
        "the server answered {status} and points to {place}; what is sent follows no redirect:"
        " configure the address that it ends at",
        "服务器应答 {status}，指向 {place}；发送的消息不会跟随跳转，请直接填写最终地址",
    ),
}
