"""Mandarin Chinese, in simplified characters."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Sentences,
    Web,
    currencies,
    invariant,
    listed,
    noun,
    units,
)
from voice_stack.text.languages.numerals import Numerals

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_SCALES = ("", "万", "亿", "兆")


class _ChineseNumerals(Numerals):
    """num2words has no Chinese."""

    def _four(self, n: int) -> str:
        words, gap = "", False
        for place in (3, 2, 1, 0):
            digit = n // 10**place % 10
            if digit:
                words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = not digit
        return words

    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if n < 10:
            return "两" if counting and n == 2 else _DIGITS[n]
        words, rest_gap = "", False
        for scale in (3, 2, 1, 0):
            group = n // 10000**scale % 10000
            if group:
                said = "两" if group == 2 and scale else self._four(group).replace("二千", "两千")
                words += ("零" if words and (rest_gap or group < 1000) else "") + said + _SCALES[scale]
            rest_gap = bool(words) and not group
        return words.removeprefix("一") if words.startswith("一十") else words

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        return self.year(n) if case == "year" else f"第{self.cardinal(n)}"

    def year(self, n: int) -> str:
        return "".join(_DIGITS[int(digit)] for digit in str(n))

    def digits(self, written: str) -> str:
        return "".join(_DIGITS[int(digit)] for digit in written)

    def hour(self, n: int, before: str = "") -> str:
        return "两" if n == 2 else self.cardinal(n)

    def decimal(self, whole: int, fraction: str) -> str:
        return f"{self.cardinal(whole)}点{self.digits(fraction)}"


LOCALE = Locale(
    code="zh",
    numerals=_ChineseNumerals("en", "点"),
    decimal=".",
    groups=",",
    plural=invariant,
    minus="负",
    span="{a}到{b}",
    yen="CNY",
    dates=Dates(
        months=tuple(f"{m}月" for m in listed("一 二 三 四 五 六 七 八 九 十 十一 十二")),
        order="ymd",
        spoken="{month}{day}日",
        spoken_year="{year}年{date}",
        day_suffix="(?!)",
    ),
    clock=Clock(full="{h}点", both="{h}点{m}分", zero="零"),
    units=units(
        """
        % = 百分之{}
        ‰ = 千分之{}
        °C = 摄氏度
        °F = 华氏度
        ° = 度
        km/h = 公里每小时
        m/s = 米每秒
        km² = 平方公里
        m² = 平方米
        m³ = 立方米
        km = 公里
        m = 米
        cm = 厘米
        mm = 毫米
        kg = 公斤
        g = 克
        mg = 毫克
        t = 吨
        L = 升
        l = 升
        ml = 毫升
        mL = 毫升
        h = 小时
        min = 分钟
        s = 秒
        KB = K B
        MB = 兆
        GB = G B
        TB = T B
        Hz = 赫兹
        kHz = 千赫
        MHz = 兆赫
        GHz = 吉赫
        W = 瓦
        kW = 千瓦
        V = 伏
        dB = 分贝
        """
    ),
    nouns={
        word: noun(word)
        for word in listed(
            "个 只 条 本 张 位 杯 次 件 辆 家 岁 天 块 元 种 名 台 座 间 小时 公里 公斤 分钟 米 年 倍 斤 周 人 头 匹"
            " 棵 朵 双 套 部 瓶 碗 盘 包 盒 箱 袋 片 层 排 句 首 篇 封 幅 支 枝 根 把 枚 颗 粒 滴 场 回 遍 趟 步 声 口"
            " 顿 份 组 队 群 对 户 所 栋 幢 扇 架 艘 列 门 项 类 样 笔 道 秒 秒钟 刻钟 星期 晚 夜 代 毛 角 英里 里"
            " 寸 尺 亩 桶 罐 堂 届 款 例 幕 具 株 串 束 個 隻 條 張 輛 家 歲 塊 種 臺 間 雙 頭 對 場 層 顆 遍 項 類 點"
        )
    },
    currencies=currencies(
        """
        CNY = 元 ; 分
        USD = 美元 ; 美分
        EUR = 欧元 ; 欧分
        GBP = 英镑 ; 便士
        JPY = 日元 ; 钱
        KRW = 韩元 ; 钱
        """
    ),
    money="",
    magnitudes=units(
        """
        万 = 万
        亿 = 亿
        """
    ),
    magnitude_link="",
    ordinal_nouns={"年": ("m", "year", "年")},
    ordinal_counted=frozenset("年"),
    fraction_template="{d}分之{n}",
    half="二分之一",
    and_half="{}又二分之一",
    and_fraction="{}又{}",
    over="比",
    symbols={
        "&": "和",
        "+": "加",
        "=": "等于",
        "×": "乘以",
        "÷": "除以",
        "±": "正负",
        "≈": "约等于",
        "≠": "不等于",
        "≤": "小于等于",
        "≥": "大于等于",
        "<": "小于",
        ">": "大于",
        "~": "约",
        "∞": "无穷",
    },
    spelled=frozenset(listed("CEO API USB URL ID IP CPU GPU AI USA UK EU FBI CIA IT TV CD DVD APP")) - {"APP"},
    number_sign="号",
    web=Web(at="艾特", dot="点", slash="斜杠", dash="杠", underscore="下划线", plus="加", colon="冒号", hashtag="话题"),
    stop="。",
    comma="，",
    spaced=False,
    clause_breaks=r"(?=但是|可是|不过|而且|并且|因为|所以|如果|虽然|以及|或者|还是|正在|已经|可以|应该|能够|必须|通过|由于|为了)|(?:的时候|之后|之前|以后|以前)"
    r"|(?<![现存所实正内潜自])(?=在)|(?<![温共平暖缓饱柔])(?=和)|(?<![绝反面相针应核])(?=对)|(?=把)",
    sentences=Sentences(
        reported_speech=True,
    ),
)
