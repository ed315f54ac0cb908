"""Czech."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    h = hodina|hodiny|hodin|hodiny @f
    hod = hodina|hodiny|hodin|hodiny @f
    sek = sekunda|sekundy|sekund|sekundy @f
    sek. = sekunda|sekundy|sekund|sekundy @f
    L = litr|litry|litrů|litru
    cl = centilitr|centilitry|centilitrů|centilitru
    dl = decilitr|decilitry|decilitrů|decilitru
    dkg = dekagram|dekagramy|dekagramů|dekagramu
    ks = kus|kusy|kusů|kusu
    kWh = kilowatthodina|kilowatthodiny|kilowatthodin|kilowatthodiny @f
    MW = megawatt|megawatty|megawattů|megawattu
    hPa = hektopascal|hektopascaly|hektopascalů|hektopascalu
    kcal = kilokalorie|kilokalorie|kilokalorií|kilokalorie @f
    KB = kilobajt|kilobajty|kilobajtů|kilobajtu
    ms = milisekunda|milisekundy|milisekund|milisekundy @f
    bpm = úder za minutu|údery za minutu|úderů za minutu|úderu za minutu
    hal. = haléř|haléře|haléřů|haléře
    ¢ = cent|centy|centů|centu
    """,
    currencies="""
    HKD = hongkongský dolar|hongkongské dolary|hongkongských dolarů ; cent|centy|centů
    CAD = kanadský dolar|kanadské dolary|kanadských dolarů ; cent|centy|centů
    AUD = australský dolar|australské dolary|australských dolarů ; cent|centy|centů
    SEK = švédská koruna|švédské koruny|švédských korun @f ; öre
    UAH = hřivna|hřivny|hřiven @f ; kopejka|kopejky|kopejek @f
    INR = rupie|rupie|rupií @f ; paisa
    BTC = bitcoin|bitcoiny|bitcoinů ; satoshi
    """,
    magnitudes="""
    tis = tisíc|tisíce|tisíc|tisíce
    mil = milion|miliony|milionů|milionu
    mld = miliarda|miliardy|miliard|miliardy @f
    M = milion|miliony|milionů|milionu
    """,
    square="{} čtvereční",
    cube="{} krychlový|{} krychlové|{} krychlových|{} krychlového",
    per="na {}",
    rates=pairs(
        "měsíc=za_měsíc měs=za_měsíc měs.=za_měsíc rok=za_rok den=za_den týden=za_týden noc=za_noc hodinu=za_hodinu"
        " hod=za_hodinu hod.=za_hodinu h=za_hodinu min=za_minutu minutu=za_minutu s=za_sekundu sekundu=za_sekundu"
        " osobu=na_osobu osoba=na_osobu os=na_osobu os.=na_osobu ks=za_kus kus=za_kus kg=za_kilogram"
        " l=na_litr litr=za_litr"
        " m²=na_metr_čtvereční km²=na_kilometr_čtvereční m³=na_metr_krychlový s²=na_sekundu_na_druhou"
        " hodina=za_hodinu"
    ),
    parts=Parts(half={"m": "půl {}"}, part="{part} {noun}", form=3, mixed=3),
    ratio="{a} ku {b}",
    ratio_cues=words("poměr poměru měřítko měřítku"),
    out_of="{a} z {b}",
    of="{a} z {b}",
    of_cues=words("strana stránka krok část kapitola otázka díl"),
    score_cues=words("hodnocení známka"),
    scores=words("hvězdiček bodů"),
    phone_cues=words("tel telefon telefonní fax mobil volejte zavolejte číslo"),
    code_cues=words("kód kódy pin otp heslo psč isbn"),
    weekday_from=pairs(
        "pondělí=od_pondělí úterý=od_úterý středa=od_středy čtvrtek=od_čtvrtka pátek=od_pátku sobota=od_soboty"
        " neděle=od_neděle"
    ),
    weekday_to=pairs(
        "pondělí=do_pondělí úterý=do_úterý středa=do_středy čtvrtek=do_čtvrtka pátek=do_pátku sobota=do_soboty"
        " neděle=do_neděle"
    ),
    weekdays=pairs(
        "po=pondělí út=úterý st=středa čt=čtvrtek pá=pátek so=sobota ne=neděle"
        " Po=pondělí Út=úterý St=středa Čt=čtvrtek Pá=pátek So=sobota Ne=neděle"
    ),
    eras={
        "n. l.": "našeho letopočtu",
        "př. n. l.": "před naším letopočtem",
        "n.l.": "našeho letopočtu",
        "př.n.l.": "před naším letopočtem",
        "po Kr.": "po Kristu",
        "př. Kr.": "před Kristem",
    },
    circa=pairs("cca=zhruba kol.=kolem"),
    durations="""
    d = den|dny|dní
    h = hodina|hodiny|hodin @f
    hod = hodina|hodiny|hodin @f
    m = minuta|minuty|minut @f
    min = minuta|minuty|minut @f
    s = sekunda|sekundy|sekund @f
    """,
    duration_and=True,
    duration_cues=words("trvá trvalo čas za po doba délka"),
    date_cues=words("dne od do ke k"),
    times="krát",
    alone="",
)
