"""Japanese: numbers become kanji, whose readings the engines know."""

from voice_stack.text.languages.locale import Clock, Dates, Locale, Sentences, Web, currencies, invariant, listed, units
from voice_stack.text.languages.numerals import Numerals

_DIGITS = "零一二三四五六七八九"


_SCALES = ("", "万", "億", "兆")


class _JapaneseNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if n < 10_000:
            return self._plain(n)
        words = ""
        for scale in (3, 2, 1, 0):
            group = n // 10_000**scale % 10_000
            if group:
                said = self._plain(group)
                # A thousand of a scale is said with its one: 一千万.
                words += ("一" if scale and said.startswith("千") else "") + said + _SCALES[scale]
        return words

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        return f"第{self.cardinal(n)}" if n else None

    def digits(self, written: str) -> str:
        return "".join(_DIGITS[int(digit)] for digit in written)

    def decimal(self, whole: int, fraction: str) -> str:
        return f"{self.cardinal(whole)}点{self.digits(fraction)}"


LOCALE = Locale(
    code="ja",
    numerals=_JapaneseNumerals("ja", "点"),
    decimal=".",
    groups=",",
    plural=invariant,
    minus="マイナス",
    span="{a}から{b}",
    dates=Dates(
        months=tuple(f"{m}月" for m in listed("一 二 三 四 五 六 七 八 九 十 十一 十二")),
        order="ymd",
        spoken="{month}{day}日",
        spoken_year="{year}年{date}",
        day_suffix="(?!)",
    ),
    clock=Clock(full="{h}時", both="{h}時{m}分"),
    units=units(
        """
        % = パーセント
        °C = 度
        °F = 度
        ° = 度
        km/h = キロメートル毎時
        m/s = メートル毎秒
        km² = 平方キロメートル
        m² = 平方メートル
        m³ = 立方メートル
        km = キロメートル
        m = メートル
        cm = センチメートル
        mm = ミリメートル
        kg = キログラム
        g = グラム
        mg = ミリグラム
        t = トン
        L = リットル
        l = リットル
        ml = ミリリットル
        mL = ミリリットル
        h = 時間
        min = 分
        s = 秒
        KB = キロバイト
        MB = メガバイト
        GB = ギガバイト
        TB = テラバイト
        Hz = ヘルツ
        kHz = キロヘルツ
        MHz = メガヘルツ
        GHz = ギガヘルツ
        W = ワット
        kW = キロワット
        V = ボルト
        dB = デシベル
        kcal = キロカロリー
        """
    ),
    currencies=currencies(
        """
        JPY = 円 ; 銭
        USD = ドル ; セント
        EUR = ユーロ ; セント
        GBP = ポンド ; ペンス
        CNY = 元 ; 分
        KRW = ウォン ; チョン
        """
    ),
    money="{major}{minor}",
    magnitudes=units(
        """
        万 = 万
        億 = 億
        """
    ),
    magnitude_link="",
    fraction_template="{d}分の{n}",
    half="二分の一",
    and_half="{}と二分の一",
    and_fraction="{}と{}",
    symbols={
        "&": "アンド",
        "+": "プラス",
        "=": "イコール",
        "×": "かける",
        "÷": "わる",
        "±": "プラスマイナス",
        "≈": "約",
        "<": "小なり",
        ">": "大なり",
        "~": "約",
        "∞": "無限大",
    },
    spelled=frozenset(listed("CEO API USB URL ID IP CPU GPU AI USA UK EU FBI CIA IT TV CD DVD")),
    number_sign="ナンバー",
    web=Web(
        at="アットマーク",
        dot="ドット",
        slash="スラッシュ",
        dash="ハイフン",
        underscore="アンダーバー",
        plus="プラス",
        colon="コロン",
        hashtag="ハッシュタグ",
    ),
    stop="。",
    comma="、",
    spaced=False,
    clause_breaks=r"(?:[はがをにでとも]|から|ので|けど|まで)(?=[\u4e00-\u9fff\u30a1-\u30fa])",
    sentences=Sentences(
        quotative="と|って|との|などと",
    ),
)
