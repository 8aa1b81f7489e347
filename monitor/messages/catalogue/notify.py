"""What became of a message that was to be sent to people."""

SENTENCES = {
    "notify.refused": (
        "{scheme}:// is not sent to: {reason}",
        "不向 {scheme}:// 发送：{reason}",
    ),
    "notify.local": (
        "it shows or writes on the machine that the monitor runs on, by other ways than a connection that"
        " can be judged; use the console notifier there",
        "它在监测程序所在的机器上显示或写入，不经过可判定的连接；在该机器上请用 console 通知",
    ),
    "notify.datagram": (
        "it sends datagrams, which nobody acknowledges; use a webhook",
        "它发送无人确认的数据报；请改用 webhook",
    ),
    "notify.client": (
        "it connects through a package of its own, whose connections were not tried against the rules of"
        " [fetch]; use a webhook",
        "它通过自带的软件包连接，尚未按 [fetch] 的规则验证；请改用 webhook",
    ),
    "notify.unknown": (
        "{scheme}:// is no service that this version sends to; docs/alerts.md lists them",
        "本版本不向 {scheme}:// 发送；可用的服务见 docs/alerts.md",
    ),
    "notify.url": (
        "apprise does not understand the url of this {scheme}:// notifier; see https://appriseit.com",
        "apprise 无法识别这个 {scheme}:// 通知的 url；参见 https://appriseit.com",
    ),
    "notify.several": (
        "the url names several receivers: give each a table of its own, so that a retry for one does not"
        " repeat the message to the others",
        "url 中有多个接收方：请为每个接收方单独建一张表，以免重试时其他接收方重复收到",
    ),
    "notify.insecure": (
        "{scheme}:// with mode=insecure would send in the clear: leave the mode out, or write the url"
        " without the s",
        "{scheme}:// 加 mode=insecure 会以明文发送：请去掉 mode，或改用不带 s 的写法",
    ),
    "notify.packages": (
        "{scheme}:// needs Python packages that are not installed: {packages}",
        "{scheme}:// 需要尚未安装的 Python 软件包：{packages}",
    ),
    "notify.unjudged_host": (
        "{host} was not connected to: without a fetcher only this machine is reached",
        "未连接 {host}：没有 fetcher 时只能连接本机",
    ),
    "notify.late": (
        "the {scheme}:// receiver had not taken the message after {seconds} seconds (timeout_seconds)",
        "{scheme}:// 接收方在 {seconds} 秒（timeout_seconds）内没有收下消息",
    ),
    "notify.raised": (
        "sending to {scheme}:// failed in Apprise itself ({error})",
        "向 {scheme}:// 发送时 Apprise 内部出错（{error}）",
    ),
    "notify.died": (
        "the process that sends to {scheme}:// ended unexpectedly (exit status {status})",
        "向 {scheme}:// 发送的进程意外结束（退出状态 {status}）",
    ),
    "notify.stopped": (
        "{service} tried to reach the network by a way that is not judged ({event}), and was stopped",
        "{service} 试图以未经判定的方式访问网络（{event}），已被阻止",
    ),
    "notify.answered": (
        "{service} did not take the message: {host} answered {status}",
        "{service} 没有收下消息：{host} 应答 {status}",
    ),
    "notify.answered_word": (
        "{service} did not take the message: {host} answered {status}, and {word} as its reason",
        "{service} 没有收下消息：{host} 应答 {status}，原因为 {word}",
    ),
    "notify.redirect": (
        "{service} did not take the message: {host} answered {status}, and no redirect is followed;"
        " configure the address that it ends at",
        "{service} 没有收下消息：{host} 应答 {status}，发送时不跟随跳转；请直接填写最终地址",
    ),
    "notify.late_host": (
        "{service} did not take the message: {host} did not answer in time",
        "{service} 没有收下消息：{host} 未及时应答",
    ),
    "notify.unreached_host": (
        "{service} did not take the message: there was no connection to {host}, or it broke",
        "{service} 没有收下消息：无法连接 {host}，或连接中断",
    ),
    "notify.tls_host": (
        "{service} did not take the message: no secure connection to {host} could be made; its certificate"
        " must be valid for that name",
        "{service} 没有收下消息：无法与 {host} 建立安全连接；其证书必须对该名称有效",
    ),
    "notify.starttls_host": (
        "{service} did not take the message: {host} offers no encryption (STARTTLS), and nothing is sent in"
        " the clear",
        "{service} 没有收下消息：{host} 不提供加密（STARTTLS），不以明文发送",
    ),
    "notify.login_host": (
        "{service} did not take the message: {host} lets nobody log in over this connection; where it was"
        " mailto://, try mailtos://",
        "{service} 没有收下消息：{host} 不允许在此连接上登录；如用的是 mailto://，请试 mailtos://",
    ),
    "notify.mail": (
        "the mail server {host} did not take the message: it answered {code}",
        "邮件服务器 {host} 没有收下消息：应答 {code}",
    ),
    "notify.not_taken": ("{service} did not take the message", "{service} 没有收下消息"),
}
