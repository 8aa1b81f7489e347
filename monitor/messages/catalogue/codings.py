"""What is told of the body of an answer."""

SENTENCES = {
    "codings.unread": (
        "the answer is coded as {coding}, which was not asked for and is not read",
        "应答采用了未请求且无法解读的编码 {coding}",
    ),
    "codings.layers": (
        "the answer is packed more than {most} times over and is not read",
        "应答被压缩了 {most} 层以上，不予解读",
    ),
    "codings.damaged": (
        "the answer says that it is {coding}, and is not: {reason}",
        "应答标明采用 {coding} 编码，实际并非如此：{reason}",
    ),
    "codings.cut": (
        "the answer ended in the middle of its {coding} data",
        "应答的 {coding} 数据不完整，中途结束",
    ),
    "codings.long": ("the answer is longer than {most:,} bytes", "应答超过 {most:,} 字节"),
}
