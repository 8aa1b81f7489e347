"""What clients are told of an error whose text is not for them, by its kind (`monitor.errors`)."""

SENTENCES = {
    "error.logged": (
        "{what} (the log says more under {id})",
        "{what}（详情见日志，编号 {id}）",
    ),
    "error.internal": (
        "something failed here that should not have; try again, and tell the operator if it stays",
        "系统内部出错，请重试；若仍出现，请告知管理员",
    ),
    "error.configuration": (
        "a setting of this installation is wrong; the operator must correct it",
        "系统配置有误，请管理员更正",
    ),
    "error.worker": (
        "a process that was to compute this ended again and again; the operator must look at the log",
        "计算进程多次异常终止，请管理员查看日志",
    ),
    "error.data": (
        "a data file cannot be read; the operator must look at it",
        "数据文件无法读取，请管理员检查",
    ),
    "error.store": ("the database failed; try again later", "数据库出错，请稍后再试"),
    "error.schema": (
        "the database is at another version than this program; the operator must upgrade it",
        "数据库版本与程序不一致，请管理员升级",
    ),
    "error.store_busy": (
        "the database is busy, and nothing was done; try again in a moment",
        "数据库正忙，操作未执行，请稍后再试",
    ),
    "error.store_lost": (
        "the database cannot be reached; look whether it was done, and try again in a moment",
        "无法连接数据库，请确认操作是否已完成，稍后再试",
    ),
    "error.store_damaged": (
        "the database is damaged or gone; the operator must restore a backup",
        "数据库已损坏或丢失，请管理员恢复备份",
    ),
    "error.disk_full": (
        "the disk is full: nothing was done, and nothing stored is lost; try again when there is space",
        "磁盘已满：操作未执行，已存内容未丢失；腾出空间后请重试",
    ),
    "error.fetch": ("the address could not be read", "无法读取该地址"),
    "error.plugin": ("a plugin failed", "插件出错"),
    "error.damaged": (
        "this model's files are damaged or gone, so it cannot serve; restore them, or choose another",
        "该模型的文件已损坏或丢失，无法使用；请恢复或另选",
    ),
    "error.model": (
        "the model cannot be used; the operator must restore it or choose another",
        "模型无法使用，请管理员恢复或更换",
    ),
}
