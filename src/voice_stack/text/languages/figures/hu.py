"""Hungarian."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    ó = óra
    óra = óra
    mp = másodperc
    mp. = másodperc
    p = perc
    min = perc
    sec = másodperc
    L = liter
    cl = centiliter
    hl = hektoliter
    dm = deciméter
    ha = hektár
    db = darab
    kWh = kilowattóra
    MW = megawatt
    hPa = hektopascal
    kB = kilobájt
    ms = milliszekundum
    bpm = ütés percenként
    fill. = fillér
    ¢ = cent
    """,
    currencies="""
    HKD = hongkongi dollár ; cent
    CAD = kanadai dollár ; cent
    AUD = ausztrál dollár ; cent
    TRY = török líra ; kurus
    INR = rúpia ; paisa
    SEK = svéd korona ; öre
    RON = román lej ; bani
    UAH = hrivnya ; kopijka
    BTC = bitcoin ; satoshi
    """,
    magnitudes="""
    mrd = milliárd
    mrd. = milliárd
    Mrd. = milliárd
    M = millió
    E = ezer
    e = ezer
    """,
    square="négyzet{l}",
    cube="köb{l}",
    per="per {}",
    rates=pairs(
        "hó=havonta hónap=havonta év=évente nap=naponta hét=hetente éj=éjszakánként óra=óránként h=per_óra ó=per_óra"
        " perc=percenként s=per_másodperc mp=per_másodperc fő=fejenként db=darabonként s²=per_másodperc_a_négyzeten"
    ),
    parts=Parts(half={"m": "fél {}"}, part="{part} {noun}", one_half={"m": "másfél"}),
    ratio="{a} {b}",
    ratio_cases=("", "d"),
    ratio_cues=words("arány aránya méretarány"),
    out_of="{b} pontból {a}",
    of="{a} per {b}",
    of_cues=words("oldal lépés rész fejezet kérdés epizód"),
    phone_cues=words("tel telefon telefonszám fax mobil hívja hívjon szám száma"),
    code_cues=words("kód kódja pin otp jelszó irányítószám isbn"),
    weekday_from=pairs(
        "hétfő=hétfőtől kedd=keddtől szerda=szerdától csütörtök=csütörtöktől péntek=péntektől szombat=szombattól"
        " vasárnap=vasárnaptól"
    ),
    weekday_to=pairs(
        "hétfő=hétfőig kedd=keddig szerda=szerdáig csütörtök=csütörtökig péntek=péntekig szombat=szombatig"
        " vasárnap=vasárnapig"
    ),
    weekdays=pairs("H=hétfő K=kedd Sze=szerda Cs=csütörtök P=péntek Szo=szombat V=vasárnap"),
    eras={"i. sz.": "időszámításunk szerint", "i. e.": "időszámításunk előtt", "Kr. e.": "Krisztus előtt"}
    | {"Kr. u.": "Krisztus után"},
    circa=pairs("kb.=körülbelül"),
    durations="""
    n = nap
    d = nap
    ó = óra
    h = óra
    m = perc
    p = perc
    min = perc
    s = másodperc
    mp = másodperc
    """,
    duration_cues=words("idő időtartam tart tartott"),
    plain_spans=True,
    times="szor",
    alone="",
)
