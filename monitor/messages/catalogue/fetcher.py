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
    "fetcher.no_resolver": (
        "the name {host} could not be resolved: no name server answered",
        "名称 {host} 无法解析：域名服务器没有应答",
    ),
    "fetcher.unknown_host": (
        "the name {host} could not be resolved: there is no such name",
        "名称 {host} 无法解析：没有这个域名",
    ),
    "fetcher.unresolved_in_time": (
        "the name {host} could not be resolved in time",
        "名称 {host} 未能及时解析",
    ),
    "fetcher.unreached": ("no connection to {host}: {error}", "无法连接 {host}：{error}"),
    "fetcher.broken": ("the connection to {host} broke: {error}", "与 {host} 的连接中断：{error}"),
    "fetcher.characters": (
        "the address {url!r} holds a blank, a backslash or a control character",
        "地址 {url!r} 含有空白、反斜杠或控制字符",
    ),
    "fetcher.no_url": ("the address {url!r} is not a URL: {error}", "地址 {url!r} 不是 URL：{error}"),
    "fetcher.scheme": (
        "only http and https are fetched, not {url!r}",
        "只抓取 http 和 https 地址，而不是 {url!r}",
    ),
    "fetcher.credentials": (
        "the address holds a user name or password; give credentials in a header instead",
        "地址中含有用户名或密码；请改在请求头中提供凭据",
    ),
    "fetcher.no_host": ("the address {url!r} names no host", "地址 {url!r} 没有主机名"),
    "fetcher.no_port": (
        "the address {url!r} names a port that does not exist",
        "地址 {url!r} 中的端口不存在",
    ),
    "fetcher.loop": ("redirect loop: {url} leads back to {target}", "循环跳转：{url} 又指回 {target}"),
    "fetcher.hops": (
        "more than {most} redirects, the last one to {target}",
        "跳转超过 {most} 次，最后一次指向 {target}",
    ),
    "fetcher.hop_no_url": (
        "redirected to {url!r}, which is not a URL: {error}",
        "跳转到 {url!r}，而它不是 URL：{error}",
    ),
    "fetcher.hop_characters": (
        "redirected to {url!r}, which holds a backslash",
        "跳转到 {url!r}，其中含有反斜杠",
    ),
    "fetcher.long": (
        "the answer is {length:,} bytes long, more than {most:,}",
        "应答长 {length:,} 字节，超过 {most:,}",
    ),
    "fetcher.answered": ("the server answered {status}", "服务器应答 {status}"),
    "fetcher.redirect": (
        "the server answered {status} and points to {place}; what is sent follows no redirect:"
        " configure the address that it ends at",
        "服务器应答 {status}，指向 {place}；发送的消息不会跟随跳转，请直接填写最终地址",
    ),
}
