"""Mandarin Chinese."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    ms = 毫秒
    ha = 公顷
    dm = 分米
    nm = 纳米
    μm = 微米
    µm = 微米
    kWh = 千瓦时
    MW = 兆瓦
    mA = 毫安
    mAh = 毫安时
    hPa = 百帕
    kPa = 千帕
    kcal = 千卡
    bpm = 次每分钟
    mph = 英里每小时
    ft = 英尺
    lb = 磅
    oz = 盎司
    dpi = D P I
    Mbps = 兆比特每秒
    ¢ = 美分
    """,
    currencies="""
    HKD = 港元 ; 分
    TWD = 新台币 ; 分
    SGD = 新加坡元 ; 分
    CAD = 加元 ; 分
    AUD = 澳元 ; 分
    NZD = 新西兰元 ; 分
    CHF = 瑞士法郎 ; 生丁
    RUB = 卢布 ; 戈比
    INR = 卢比 ; 派士
    THB = 泰铢 ; 萨当
    VND = 越南盾 ; 分
    BRL = 雷亚尔 ; 分
    TRY = 里拉 ; 库鲁
    BTC = 比特币 ; 聪
    """,
    magnitudes="""
    千 = 千
    百 = 百
    百万 = 百万
    千万 = 千万
    万亿 = 万亿
    十亿 = 十亿
    """,
    signs={"HK$": "HKD", "RMB": "CNY", "元": "CNY"},
    square="平方{}",
    cube="立方{}",
    per="每{}",
    rates=pairs(
        "月=每月 年=每年 天=每天 日=每日 周=每周 小时=每小时 分钟=每分钟 分=每分钟 秒=每秒 人=每人 晚=每晚"
        " 个=每个 件=每件 次=每次"
        " 平方米=每平方米 公斤=每公斤 斤=每斤 升=每升 h=每小时 s=每秒 min=每分钟 s²=每平方秒 month=每月"
        " 千克=每千克 吨=每吨 台=每台"
    ),
    parts=Parts(half={"m": "半{}"}, part="{part}{noun}"),
    ratio="{a}比{b}",
    ratio_cues=words("比例 比例是 比例为 比分 比分是 比分为"),
    out_of="{b}分中的{a}分",
    weekdays=pairs("周一=周一"),
    phone_cues=words("电话 手机 传真 致电 拨打 热线 号码 联系电话 手机号 电话号码"),
    phone_shape=r"1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})",
    code_cues=words("验证码 密码 编号 邮编 代码 尾号 邮政编码 取件码 卡号 账号 isbn"),
    eras=pairs(
        "AD=公元{}年 A.D.=公元{}年 ad=公元{}年 a.d.=公元{}年 BC=公元前{}年 B.C.=公元前{}年 bc=公元前{}年"
        " b.c.=公元前{}年"
    ),
    durations="""
    d = 天
    h = 小时
    m = 分钟
    min = 分钟
    s = 秒
    """,
    duration_cues=words("时长 用时 耗时"),
    tilde="到",
    times="乘",
    long_digits=16,
)
