"""What is wrong with an entry of the audit."""

SENTENCES = {
    "audit.missing": ("entries are missing here: {numbers}", "此处缺少记录：{numbers}"),
    "audit.number": (
        "there is an entry of the number {number}, which the chain has not",
        "存在序号为 {number} 的记录，而记录链中没有该序号",
    ),
    "audit.follows": (
        "it does not follow the entry before: that one was changed, or this one put in its place",
        "与上一条记录不衔接：上一条被改动，或本条系替换",
    ),
    "audit.changed": ("its content is not what was sealed", "内容与封签时不一致"),
    "audit.no_seal": ("its seal is none", "封签无效"),
    "audit.other_key": (
        "it is sealed by another key, or by none: give every machine that uses this database the same "
        "MONITOR_INSTALLATION_KEY, or put the file installation.key back; if the key is lost, "
        "`monitor audit takeover` vouches for these entries as they are now",
        "由其他密钥封签，或未封签：请让使用该数据库的每台机器使用相同的 MONITOR_INSTALLATION_KEY，"
        "或放回文件 installation.key；若密钥已丢失，`monitor audit takeover` 可按现状接管这些记录",
    ),
    "audit.cut_off": (
        "a log or a backup knows {known} entries, the database has {entries}: the last ones were cut off",
        "日志或备份中有 {known} 条记录，数据库中只有 {entries} 条：末尾的记录被删除",
    ),
    "audit.other_entry": (
        "another entry stood here when its seal was written to the log or the backup",
        "写入日志或备份时，此处是另一条记录",
    ),
}
