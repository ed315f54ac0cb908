"""French."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    mi = mille|milles
    sec = seconde|secondes @f
    sec. = seconde|secondes @f
    dl = décilitre|décilitres
    hl = hectolitre|hectolitres
    dm = décimètre|décimètres
    Wh = wattheure|wattheures
    MWh = mégawattheure|mégawattheures
    GW = gigawatt|gigawatts
    mV = millivolt|millivolts
    mA = milliampère|milliampères
    Pa = pascal|pascals
    kPa = kilopascal|kilopascals
    Nm = newton-mètre|newtons-mètres
    kJ = kilojoule|kilojoules
    KB = kilo-octet|kilo-octets
    TB = téraoctet|téraoctets
    Mbit/s = mégabit par seconde|mégabits par seconde
    Gbit/s = gigabit par seconde|gigabits par seconde
    bpm = battement par minute|battements par minute
    Ω = ohm|ohms
    ¢ = centime|centimes
    """,
    currencies="""
    HKD = dollar de Hong Kong|dollars de Hong Kong ; cent|cents
    SGD = dollar de Singapour|dollars de Singapour ; cent|cents
    NZD = dollar néo-zélandais|dollars néo-zélandais ; cent|cents
    AUD = dollar australien|dollars australiens ; cent|cents
    MXN = peso mexicain|pesos mexicains ; centavo|centavos
    ILS = shekel|shekels ; agora|agorot
    THB = baht|bahts ; satang
    VND = dong|dongs ; xu
    NGN = naira|nairas ; kobo
    UAH = hryvnia|hryvnias @f ; kopeck|kopecks
    MAD = dirham|dirhams ; centime|centimes
    BTC = bitcoin|bitcoins ; satoshi
    """,
    magnitudes="""
    mille = mille
    """,
    signs={"Fr.": "CHF", "fr.": "CHF", "CA$": "CAD"},
    square="{} carré|{} carrés",
    cube="{} cube|{} cubes",
    per="par {}",
    rates=pairs(
        "mois=par_mois an=par_an année=par_an jour=par_jour j=par_jour nuit=par_nuit semaine=par_semaine"
        " sem=par_semaine"
        " heure=par_heure minute=par_minute seconde=par_seconde personne=par_personne pers=par_personne"
        " trimestre=par_trimestre litre=par_litre kilo=par_kilo unité=par_unité pièce=par_pièce page=par_page"
        " tête=par_tête utilisateur=par_utilisateur enfant=par_enfant s²=par_seconde_carrée"
    ),
    parts=Parts(
        half={"m": "un demi-{}", "f": "une demi-{}"},
        part="{part} de {noun}",
        and_half={"m": "et demi", "f": "et demie"},
    ),
    ratio="{a} contre {b}",
    ratio_cues=words("rapport ratio échelle"),
    out_of="{a} sur {b}",
    of="{a} sur {b}",
    of_cues=words("page étape partie chapitre question épisode"),
    score_cues=words("note noté notée"),
    scores=words("étoiles points"),
    phone_cues=words("tél tel téléphone fax portable mobile appelez appeler numéro composez joindre"),
    code_cues=words("code codes pin otp postal mot isbn"),
    weekdays=pairs("lun=lundi mar=mardi mer=mercredi jeu=jeudi ven=vendredi sam=samedi dim=dimanche"),
    eras={
        "av. J.-C.": "avant Jésus-Christ",
        "apr. J.-C.": "après Jésus-Christ",
        "ap. J.-C.": "après Jésus-Christ",
    },
    circa=pairs("v.=vers ca.=vers"),
    durations="""
    j = jour|jours
    d = jour|jours
    h = heure|heures @f
    m = minute|minutes @f
    min = minute|minutes @f
    s = seconde|secondes @f
    """,
    duration_and=True,
    duration_cues=words("durée dure en temps après pendant"),
    date_cues=words("le du au dès lundi mardi mercredi jeudi vendredi samedi dimanche"),
    times="par",
)
