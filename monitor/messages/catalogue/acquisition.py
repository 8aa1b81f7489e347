"""Why an article is asked about, and what is wrong with a strategy's answer."""

SENTENCES = {
    "acquisition.no_vectors": (
        "classifier {kind!r} hands on no vectors with its predictions, and a head is fitted on those",
        "分类器 {kind!r} 的预测不带向量，而分类头须在向量上拟合",
    ),
    # --- reasons ---
    "acquisition.second": (
        "read by one analyst: a second reading settles more than a new text would",
        "已由一位分析员标注：再读一次比标注新文本更有价值",
    ),
    "acquisition.lot": ("drawn by lot", "随机抽取"),
    "acquisition.top_two": ("top two {first:.2f} / {second:.2f}", "前两类概率 {first:.2f} / {second:.2f}"),
    "acquisition.unjudged": ("the model's probabilities are no numbers", "模型给出的概率不是数字"),
    "acquisition.least": ("only {share:.2f} sure of {sentiment}", "判为{sentiment}的把握仅 {share:.2f}"),
    "acquisition.adjusted": (
        "{sentiment} {share:.2f} or {other} {rest:.2f}, weighed by how rare they are",
        "按各类稀少程度加权后，{sentiment} {share:.2f}，{other} {rest:.2f}",
    ),
    "acquisition.spread": ("spread over the classes: {shares}", "概率分散于各类：{shares}"),
    "acquisition.splits": ("the committee splits {most} to {rest}", "委员会以 {most} 比 {rest} 分歧"),
    "acquisition.splits_three": (
        "the committee splits {most} to {second} to {third}",
        "委员会以 {most} 比 {second} 比 {third} 分歧",
    ),
    "acquisition.differs": (
        "the committee agrees on {sentiment}, but not on how sure it is ({nats:.2f} nats)",
        "委员会一致判为{sentiment}，但把握不一（{nats:.2f} nats）",
    ),
    "acquisition.informs": (
        "each member of the committee is surer than all together: {nats:.2f} nats to learn",
        "委员会各成员比整体更有把握：可得信息 {nats:.2f} nats",
    ),
    "acquisition.gradient": (
        "its label would move the model far (expected gradient {length:.2f})",
        "其标签会使模型变动较大（期望梯度 {length:.2f}）",
    ),
    "acquisition.badge": (
        "unsure (gradient {length:.2f}), and unlike the others asked with it",
        "把握不足（梯度 {length:.2f}），且与同批其他文章不同",
    ),
    "acquisition.far": (
        "far from anything labelled (distance {distance:.2f})",
        "与所有已标注文章相距较远（距离 {distance:.2f}）",
    ),
    "acquisition.first": (
        "in the middle of what waits: a place to begin",
        "位于待标文章的中心，适合作为起点",
    ),
    "acquisition.unplaced": ("it has no vector yet", "尚无向量"),
    "acquisition.typical": (
        "typical of {size} articles that are alike, {labelled} of them labelled",
        "是 {size} 篇相似文章的典型，其中 {labelled} 篇已标注",
    ),
    "acquisition.dense": (
        "top two {first:.2f} / {second:.2f}, and like many others (similarity {similarity:.2f})",
        "前两类概率 {first:.2f} / {second:.2f}，且与许多文章相似（相似度 {similarity:.2f}）",
    ),
    "acquisition.contrast": (
        "judged unlike its nearest labelled neighbours ({nats:.2f} nats apart)",
        "判断与最相近的已标注文章不一致（相差 {nats:.2f} nats）",
    ),
    "acquisition.rare": (
        "maybe {sentiment} ({share:.2f}), of which {count} are labelled",
        "可能为{sentiment}（{share:.2f}），该类已标注 {count} 篇",
    ),
    "acquisition.impact": (
        "its label could change an alert: negative at {share:.2f}, in news near an alert",
        "其标签可能影响预警：负面概率 {share:.2f}，所在序列接近预警",
    ),
    "acquisition.quick": (
        "top two {first:.2f} / {second:.2f}, read in about {seconds:.0f} seconds",
        "前两类概率 {first:.2f} / {second:.2f}，预计阅读 {seconds:.0f} 秒",
    ),
    "acquisition.learned": (
        "the learned policy asks for it (top two {first:.2f} / {second:.2f})",
        "由学习到的策略选出（前两类概率 {first:.2f} / {second:.2f}）",
    ),
    "acquisition.by": ("{kind} (drawn at {share:.2f}): {reason}", "{kind}（抽中概率 {share:.2f}）：{reason}"),
    "acquisition.policy_unread": (
        "{file}: no policy can be read there ({error}); train one with `monitor policy train`",
        "{file}：无法读取策略（{error}）；请用 `monitor policy train` 训练",
    ),
    "acquisition.policy_damaged": (
        "{file}: it is not as it was written, or of another version; train it again with `monitor policy "
        "train`",
        "{file}：内容与写入时不符，或版本不同；请用 `monitor policy train` 重新训练",
    ),
    "acquisition.policy_better": (
        "better than {rival}: {ahead:+.4f} in the area under its learning curve ({low:+.4f} to {high:+.4f}) "
        "on {held} episodes held back",
        "优于 {rival}：在 {held} 个留出回合上，学习曲线下面积差 {ahead:+.4f}（{low:+.4f} 至 {high:+.4f}）",
    ),
    "acquisition.policy_not_better": (
        "not better than {rival}, so {rival} serves: {ahead:+.4f} in the area under its learning curve "
        "({low:+.4f} to {high:+.4f}) on {held} episodes held back",
        "未优于 {rival}，故由 {rival} 服务：在 {held} 个留出回合上，学习曲线下面积差 {ahead:+.4f}"
        "（{low:+.4f} 至 {high:+.4f}）",
    ),
    "acquisition.policy_broken": (
        "its files are not as they were written, so {rival} serves: train it again with `monitor policy "
        "train`",
        "其文件与写入时不符，故由 {rival} 服务：请用 `monitor policy train` 重新训练",
    ),
    # --- what is wrong with an answer ---
    "acquisition.no_column": (
        "it needs the column {column}, which nobody could fill",
        "它需要列 {column}，但该列无法提供",
    ),
    "acquisition.no_needs": (
        "it does not say what it `needs`: a list of some of {known}",
        "未用 `needs` 声明所需的列：应为下列若干项的列表：{known}",
    ),
    "acquisition.unknown_column": (
        "it `needs` {column}, and there is no such column; known: {known}",
        "`needs` 中的 {column} 不是已有的列；已知：{known}",
    ),
    "acquisition.not_choice": (
        "`select` returned {found}; expected monitor.Choice",
        "`select` 返回了 {found}，应为 monitor.Choice",
    ),
    "acquisition.not_columns": (
        "`select` returned a Choice whose rows, scores or reasons are no list: {error}",
        "`select` 返回的 Choice 中 rows、scores 或 reasons 不是列表：{error}",
    ),
    "acquisition.lengths": (
        "`select` returned {rows} rows, {scores} scores and {reasons} reasons; expected one of each",
        "`select` 返回 {rows} 行、{scores} 个分数、{reasons} 条理由；三者数目应相同",
    ),
    "acquisition.too_many": (
        "`select` returned {found} rows; expected at most {n}",
        "`select` 返回 {found} 行，至多应为 {n} 行",
    ),
    "acquisition.twice": ("`select` returned row {row} twice", "`select` 两次返回第 {row} 行"),
    "acquisition.no_row": (
        "`select` returned {found} as a row; expected a whole number",
        "`select` 返回的行 {found} 不是整数",
    ),
    "acquisition.no_row_of": (
        "`select` returned row {row}; expected one of 0 to {rows} (not included)",
        "`select` 返回第 {row} 行；应在 0 到 {rows}（不含）之间",
    ),
    "acquisition.no_score": (
        "`select` returned the score {found}; expected a finite number",
        "`select` 返回的分数 {found} 不是有限的数",
    ),
    "acquisition.no_reason": (
        "`select` returned a reason of type {found}; expected text",
        "`select` 返回的理由类型为 {found}，应为文本",
    ),
}
