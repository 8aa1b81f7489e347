"""The Ray cluster, as commands, the log and the page of troubles tell of it."""

SENTENCES = {
    "cluster.missing": (
        "Ray is not installed: `pip install 'news-monitor[cluster]'` installs it",
        "未安装 Ray：请运行 `pip install 'news-monitor[cluster]'`",
    ),
    "cluster.no_token": (
        "RAY_AUTH_MODE is not `token`: set RAY_AUTH_MODE=token on every node and here, else whoever reaches"
        " the cluster runs what they like on it",
        "RAY_AUTH_MODE 不是 `token`：请在每个节点和本机设置 RAY_AUTH_MODE=token，"
        "否则能连到集群的人可在其上任意执行程序",
    ),
    "cluster.refused": (
        "the Ray cluster at {address} refuses the token of this process: set the same RAY_AUTH_TOKEN or"
        " RAY_AUTH_TOKEN_PATH on every node and here",
        "位于 {address} 的 Ray 集群不接受本进程的令牌："
        "请在每个节点和本机设置相同的 RAY_AUTH_TOKEN 或 RAY_AUTH_TOKEN_PATH",
    ),
    "cluster.open": (
        "the Ray cluster at {address} lets in who has no token: start every node with RAY_AUTH_MODE=token",
        "位于 {address} 的 Ray 集群允许无令牌访问：请以 RAY_AUTH_MODE=token 启动每个节点",
    ),
    "cluster.silent": (
        "no Ray cluster answers at {address} ({reason}): start its head, or correct [cluster] address",
        "{address} 处没有 Ray 集群应答（{reason}）：请启动其头节点，或更正 [cluster] address",
    ),
    "cluster.no_node": (
        "this machine is no node of the Ray cluster at {address}: run `ray start --address={address}` here"
        " first ({reason})",
        "本机不是 {address} 处 Ray 集群的节点：请先在本机运行 `ray start --address={address}`（{reason}）",
    ),
    "cluster.versions": (
        "the Ray cluster at {address} runs Ray {ray} on Python {python}, this process Ray {our_ray} on Python"
        " {our_python}: install the same versions everywhere",
        "位于 {address} 的 Ray 集群为 Ray {ray}、Python {python}，"
        "本进程为 Ray {our_ray}、Python {our_python}：请在各处安装相同版本",
    ),
    "cluster.failed": (
        "the Ray cluster at {address} failed: {reason}",
        "位于 {address} 的 Ray 集群出错：{reason}",
    ),
    "cluster.died": (
        "the process that speaks to the Ray cluster at {address} ended before it was done ({reason}); the"
        " next look tries again",
        "与 {address} 处 Ray 集群通信的进程未完成即结束（{reason}）；下次检查时重试",
    ),
    "cluster.node": (
        "on the node {node}: {why}",
        "在节点 {node} 上：{why}",
    ),
    "cluster.away": (
        "the classifier on the Ray cluster at {address} does not answer ({reason}): articles wait until it"
        " does",
        "Ray 集群上位于 {address} 的分类器没有应答（{reason}）：文章将等待其恢复",
    ),
    "cluster.deployed": (
        "model {model} serves on the Ray cluster at {address}",
        "模型 {model} 已在 {address} 处的 Ray 集群上运行",
    ),
}
