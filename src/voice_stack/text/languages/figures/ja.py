"""Japanese."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    ms = ミリ秒
    ha = ヘクタール
    dm = デシメートル
    nm = ナノメートル
    µm = マイクロメートル
    kWh = キロワット時
    MW = メガワット
    mA = ミリアンペア
    mAh = ミリアンペア時
    hPa = ヘクトパスカル
    kPa = キロパスカル
    cal = カロリー
    bpm = ビーピーエム
    mph = マイル毎時
    ft = フィート
    lb = ポンド
    oz = オンス
    Mbps = メガビット毎秒
    ¢ = セント
    """,
    currencies="""
    HKD = 香港ドル ; セント
    TWD = 台湾ドル ; セント
    SGD = シンガポールドル ; セント
    CAD = カナダドル ; セント
    AUD = オーストラリアドル ; セント
    CHF = スイスフラン ; サンチーム
    RUB = ルーブル ; コペイカ
    INR = ルピー ; パイサ
    THB = バーツ ; サタン
    VND = ドン ; スー
    BTC = ビットコイン ; サトシ
    """,
    magnitudes="""
    兆 = 兆
    千 = 千
    百万 = 百万
    千万 = 千万
    """,
    signs={"元": "CNY", "円": "JPY", "ドル": "USD"},
    square="平方{}",
    cube="立方{}",
    per="パー{}",
    rates=pairs(
        "月=毎月 年=毎年 日=毎日 週=毎週 時間=毎時 時=毎時 分=毎分 秒=毎秒 人=一人あたり 泊=一泊"
        " 個=一個あたり 名=一名あたり"
        " h=毎時 s=毎秒 min=毎分 s²=毎秒毎秒 件=一件あたり 本=一本あたり 回=一回あたり m²=毎平方メートル"
    ),
    parts=Parts(part="{part}{noun}", half={"m": "二分の一{}"}),
    ratio="{a}対{b}",
    ratio_cues=words("比率 比 比率は 比は"),
    out_of="{b}点満点中{a}点",
    phone_cues=words("電話 電話番号 tel fax 携帯 番号 お電話 連絡先"),
    code_cues=words("コード 暗証番号 番号は 郵便番号 認証コード パスワード 確認コード isbn"),
    weekdays=pairs("月=月曜日 火=火曜日 水=水曜日 木=木曜日 金=金曜日 土=土曜日 日=日曜日"),
    durations="""
    d = 日
    h = 時間
    m = 分
    min = 分
    s = 秒
    """,
    tilde="から",
    times="かける",
    long_digits=16,
)
