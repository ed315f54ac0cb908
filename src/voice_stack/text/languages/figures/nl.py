"""Dutch."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    u = uur @n
    uur = uur @n
    h = uur @n
    sec = seconde|seconden
    cl = centiliter
    dl = deciliter
    dm = decimeter
    el = eetlepel|eetlepels
    tl = theelepel|theelepels
    MW = megawatt
    Wh = wattuur @n
    mA = milliampère
    Pa = pascal
    kPa = kilopascal
    kJ = kilojoule
    kB = kilobyte
    Mbit/s = megabit per seconde
    bpm = slag per minuut|slagen per minuut
    Ω = ohm
    ct = cent
    ¢ = cent
    """,
    currencies="""
    HKD = Hongkongse dollar ; cent
    CAD = Canadese dollar ; cent
    AUD = Australische dollar ; cent
    HUF = forint ; fillér
    SEK = Zweedse kroon|Zweedse kronen ; öre
    MXN = Mexicaanse peso ; centavo
    ILS = sjekel ; agora
    THB = baht ; satang
    NGN = naira ; kobo
    UAH = hryvnja ; kopeke
    BTC = bitcoin ; satoshi
    """,
    magnitudes="""
    M = miljoen
    """,
    signs={"Fr.": "CHF"},
    square="vierkante {}",
    cube="kubieke {}",
    per="per {}",
    rates=pairs(
        "maand=per_maand mnd=per_maand jaar=per_jaar week=per_week dag=per_dag nacht=per_nacht uur=per_uur u=per_uur"
        " h=per_uur minuut=per_minuut seconde=per_seconde persoon=per_persoon p.p.=per_persoon kwartaal=per_kwartaal"
        " liter=per_liter kilo=per_kilo stuk=per_stuk st=per_stuk pagina=per_pagina gebruiker=per_gebruiker"
        " s²=per_seconde_kwadraat"
    ),
    parts=Parts(
        half={"m": "een halve {}", "n": "een half {}"},
        part="{part} {noun}",
        one_half={"m": "anderhalve", "n": "anderhalf"},
    ),
    ratio="{a} op {b}",
    ratio_cues=words("verhouding schaal"),
    out_of="{a} van de {b}",
    of="{a} van {b}",
    of_cues=words("pagina stap deel hoofdstuk vraag aflevering"),
    score_cues=words("beoordeling cijfer score"),
    scores=words("sterren punten"),
    phone_cues=words("tel telefoon telefoonnummer fax mobiel bel bellen nummer gsm"),
    code_cues=words("code codes pin pincode otp wachtwoord postcode isbn"),
    weekdays=pairs("ma=maandag di=dinsdag wo=woensdag do=donderdag vr=vrijdag za=zaterdag zo=zondag"),
    eras={"n.Chr.": "na Christus", "v.Chr.": "voor Christus", "n. Chr.": "na Christus", "v. Chr.": "voor Christus"},
    circa=pairs("ca.=circa c.=circa"),
    durations="""
    d = dag|dagen
    u = uur @n
    h = uur @n
    m = minuut|minuten
    min = minuut|minuten
    s = seconde|seconden
    sec = seconde|seconden
    """,
    duration_and=True,
    duration_cues=words("duur duurt duurde in tijd na looptijd"),
    dashed_dates=True,
    date_cues=words("op van tot sinds vanaf per maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
    open_ends=words("heden nu"),
    times="bij",
)
