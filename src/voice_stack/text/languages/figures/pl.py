"""Polish."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    godz = godzina|godziny|godzin|godziny @f
    sek = sekunda|sekundy|sekund|sekundy @f
    sek. = sekunda|sekundy|sekund|sekundy @f
    sec = sekunda|sekundy|sekund|sekundy @f
    min. = minuta|minuty|minut|minuty @f
    dag = dekagram|dekagramy|dekagramów|dekagrama
    L = litr|litry|litrów|litra
    cl = centylitr|centylitry|centylitrów|centylitra
    dl = decylitr|decylitry|decylitrów|decylitra
    szt. = sztuka|sztuki|sztuk|sztuki @f
    MWh = megawatogodzina|megawatogodziny|megawatogodzin|megawatogodziny @f
    kWh = kilowatogodzina|kilowatogodziny|kilowatogodzin|kilowatogodziny @f
    KM = koń mechaniczny|konie mechaniczne|koni mechanicznych|konia mechanicznego
    hPa = hektopaskal|hektopaskale|hektopaskali|hektopaskala
    bpm = uderzenie na minutę|uderzenia na minutę|uderzeń na minutę|uderzenia na minutę @n
    kB = kilobajt|kilobajty|kilobajtów|kilobajta
    ms = milisekunda|milisekundy|milisekund|milisekundy @f
    gr = grosz|grosze|groszy|grosza
    ¢ = cent|centy|centów|centa
    """,
    currencies="""
    HKD = dolar hongkoński|dolary hongkońskie|dolarów hongkońskich ; cent|centy|centów
    CAD = dolar kanadyjski|dolary kanadyjskie|dolarów kanadyjskich ; cent|centy|centów
    AUD = dolar australijski|dolary australijskie|dolarów australijskich ; cent|centy|centów
    HUF = forint|forinty|forintów ; filler|fillery|fillerów
    SEK = korona szwedzka|korony szwedzkie|koron szwedzkich @f ; öre
    UAH = hrywna|hrywny|hrywien @f ; kopiejka|kopiejki|kopiejek @f
    BTC = bitcoin|bitcoiny|bitcoinów ; satoshi
    """,
    magnitudes="""
    tys = tysiąc|tysiące|tysięcy|tysiąca
    M = milion|miliony|milionów|miliona
    mln. = milion|miliony|milionów|miliona
    mld. = miliard|miliardy|miliardów|miliarda
    bln = bilion|biliony|bilionów|biliona
    """,
    square="{} kwadratowy|{} kwadratowe|{} kwadratowych|{} kwadratowego",
    cube="{} sześcienny|{} sześcienne|{} sześciennych|{} sześciennego",
    per="na {}",
    rates=pairs(
        "mies=na_miesiąc mies.=na_miesiąc miesiąc=na_miesiąc m-c=na_miesiąc rok=na_rok dzień=na_dzień"
        " tydzień=na_tydzień"
        " noc=za_noc godz=na_godzinę godz.=na_godzinę godzinę=na_godzinę h=na_godzinę min=na_minutę minutę=na_minutę"
        " s=na_sekundę sek=na_sekundę sekundę=na_sekundę os=na_osobę os.=na_osobę osobę=na_osobę osoba=na_osobę"
        " szt=za_sztukę szt.=za_sztukę litr=za_litr kg=za_kilogram l=na_litr m²=na_metr_kwadratowy"
        " km²=na_kilometr_kwadratowy m³=na_metr_sześcienny s²=na_sekundę_do_kwadratu godzina=na_godzinę"
    ),
    parts=Parts(
        half={"m": "pół {}"},
        part="{part} {noun}",
        form=3,
        mixed=3,
        one_half={"m": "półtora", "f": "półtorej"},
    ),
    ratio="{a} do {b}",
    ratio_cases=("", "g"),
    ratio_cues=words("stosunek stosunku skala skali proporcja"),
    out_of="{a} na {b}",
    of="{a} z {b}",
    of_case="g",
    of_cues=words("strona strony krok część rozdział pytanie odcinek"),
    score_cues=words("ocena wynik"),
    scores=words("gwiazdek gwiazdki punktów"),
    phone_cues=words("tel telefon telefonu fax faks komórka kom zadzwoń dzwoń numer nr"),
    code_cues=words("kod kody kodu pin otp hasło pocztowy isbn pesel nip regon"),
    weekday_from=pairs(
        "poniedziałek=od_poniedziałku wtorek=od_wtorku środa=od_środy czwartek=od_czwartku piątek=od_piątku"
        " sobota=od_soboty niedziela=od_niedzieli"
    ),
    weekday_to=pairs(
        "poniedziałek=do_poniedziałku wtorek=do_wtorku środa=do_środy czwartek=do_czwartku piątek=do_piątku"
        " sobota=do_soboty niedziela=do_niedzieli"
    ),
    weekdays=pairs(
        "pn=poniedziałek pon=poniedziałek wt=wtorek śr=środa czw=czwartek pt=piątek sob=sobota ndz=niedziela"
        " nd=niedziela"
    ),
    eras={"n.e.": "naszej ery", "p.n.e.": "przed naszą erą", "n. e.": "naszej ery", "p. n. e.": "przed naszą erą"},
    circa=pairs("ok.=około ca.=około"),
    durations="""
    d = dzień|dni|dni
    h = godzina|godziny|godzin @f
    godz = godzina|godziny|godzin @f
    godz. = godzina|godziny|godzin @f
    m = minuta|minuty|minut @f
    min = minuta|minuty|minut @f
    s = sekunda|sekundy|sekund @f
    sek = sekunda|sekundy|sekund @f
    """,
    duration_and=True,
    duration_cues=words("trwa trwało czas w po przez"),
    date_cues=words("dnia od do dn w"),
    times="na",
    alone="",
)
