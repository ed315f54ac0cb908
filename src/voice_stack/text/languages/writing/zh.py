"""Chinese."""

from voice_stack.text.languages.figures.facts import words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="的平方",
    cubed="的立方",
    power="的{n}次方",
    times="乘以",
    rank_front="第",
    ranked=words(
        "年级 年級 号 號 楼 樓 班 路 月 日 等 级 級 线 維 维 手 战 環 环 期 世 胎 把手 分之 次方 进制 進制 氧 线 元一次"
        " 次元 进宫 极管 中 小 院 食堂 号线 车间 氧化 硫化 甲 乙 叠 层楼 维码 維碼 房东 娃 宝 审 审判 军"
    )
    - words("层楼 小 中 日"),
    hour_counters="点點时時",
)
