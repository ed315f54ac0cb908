"""German."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    Stück = Stück @n
    Stk. = Stück @n
    dl = Deziliter
    cl = Zentiliter
    hl = Hektoliter
    dm = Dezimeter
    EL = Esslöffel
    TL = Teelöffel
    Pf = Pfund @n
    kWh/h = Kilowattstunde pro Stunde|Kilowattstunden pro Stunde @f
    Wh = Wattstunde|Wattstunden @f
    kwh = Kilowattstunde|Kilowattstunden @f
    MWh = Megawattstunde|Megawattstunden @f
    GW = Gigawatt
    mV = Millivolt
    mv = Millivolt
    kV = Kilovolt
    mA = Milliampere
    Pa = Pascal
    kPa = Kilopascal
    bar = Bar
    Nm = Newtonmeter
    kN = Kilonewton
    kJ = Kilojoule
    mol = Mol
    mbps = Megabit pro Sekunde
    Mbps = Megabit pro Sekunde
    Gbit/s = Gigabit pro Sekunde
    kbit/s = Kilobit pro Sekunde
    KiB = Kibibyte
    MiB = Mebibyte
    GiB = Gibibyte
    bpm = Schlag pro Minute|Schläge pro Minute
    U/min = Umdrehung pro Minute|Umdrehungen pro Minute @f
    Ω = Ohm
    Sek = Sekunde|Sekunden @f
    sek = Sekunde|Sekunden @f
    Std = Stunde|Stunden @f
    Min = Minute|Minuten @f
    ct = Cent
    Ct = Cent
    Ct. = Cent
    ¢ = Cent
    """,
    currencies="""
    HKD = Hongkong-Dollar ; Cent
    SGD = Singapur-Dollar ; Cent
    NZD = Neuseeland-Dollar ; Cent
    MXN = Mexikanischer Peso|Mexikanische Pesos ; Centavo|Centavos
    ILS = Schekel ; Agora
    THB = Baht ; Satang
    VND = Dong ; Xu
    PHP = Philippinischer Peso|Philippinische Pesos ; Centavo|Centavos
    NGN = Naira ; Kobo
    UAH = Hrywnja ; Kopeke|Kopeken @f
    ZAR = Rand ; Cent
    AED = Dirham ; Fils
    BTC = Bitcoin ; Satoshi
    """,
    magnitudes="""
    millionen = million|millionen @f
    million = million|millionen @f
    Bio. = Billion|Billionen @f
    Billionen = Billion|Billionen @f
    M = Million|Millionen @f
    Mill. = Million|Millionen @f
    """,
    signs={"Fr.": "CHF", "SFr.": "CHF", "sFr.": "CHF", "Euro": "EUR"},
    square="Quadrat{l}",
    cube="Kubik{l}",
    per="pro {}",
    rates=pairs(
        "Monat=pro_Monat Jahr=pro_Jahr Woche=pro_Woche Tag=pro_Tag Nacht=pro_Nacht Stunde=pro_Stunde"
        " Minute=pro_Minute"
        " Sekunde=pro_Sekunde Std=pro_Stunde Stk=pro_Stück Stück=pro_Stück Person=pro_Person Quartal=pro_Quartal"
        " Mon=pro_Monat Mt=pro_Monat mtl=pro_Monat Einheit=pro_Einheit Kopf=pro_Kopf Liter=pro_Liter Meter=pro_Meter"
        " Kilo=pro_Kilo Nutzer=pro_Nutzer Seite=pro_Seite Kind=pro_Kind Glas=pro_Glas Portion=pro_Portion d=pro_Tag"
        " s²=pro_Quadratsekunde a=pro_Jahr qm=pro_Quadratmeter"
    ),
    parts=Parts(half={"m": "ein halber {}", "f": "eine halbe {}", "n": "ein halbes {}"}, part="{part} {noun}"),
    ratio="{a} zu {b}",
    ratio_cues=words("verhältnis maßstab quote"),
    out_of="{a} von {b}",
    of="{a} von {b}",
    of_cues=words("seite seiten teil schritt kapitel folie frage folge bild runde tag"),
    score_cues=words("bewertung bewertet note wertung"),
    scores=words("sterne sternen punkte punkten"),
    phone_cues=words("tel telefon telefonnummer fax handy mobil anrufen ruf rufnummer hotline durchwahl nummer rufen"),
    code_cues=words(
        "code codes pin tan otp passwort kennwort plz postleitzahl seriennummer isbn zugangscode geheimzahl"
    ),
    weekdays=pairs("Mo=Montag Di=Dienstag Mi=Mittwoch Do=Donnerstag Fr=Freitag Sa=Samstag So=Sonntag"),
    eras={
        "n. Chr.": "nach Christus",
        "v. Chr.": "vor Christus",
        "n. u. Z.": "nach unserer Zeit",
        "v. u. Z.": "vor unserer Zeit",
    },
    circa=pairs("ca.=circa um=um"),
    durations="""
    d = Tag|Tage
    h = Stunde|Stunden @f
    Std = Stunde|Stunden @f
    m = Minute|Minuten @f
    min = Minute|Minuten @f
    Min = Minute|Minuten @f
    s = Sekunde|Sekunden @f
    sek = Sekunde|Sekunden @f
    """,
    duration_and=True,
    duration_cues=words("dauer dauert dauerte laufzeit länge zeit in nach rundenzeit"),
    date_cues=words("am vom bis zum ab seit den der dem bis stand datum"),
    open_ends=words("heute jetzt mittags mitternacht"),
    times="mal",
    alone="er",
)
