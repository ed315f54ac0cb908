"""Italian."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    l = litro|litri
    L = litro|litri
    dl = decilitro|decilitri
    cl = centilitro|centilitri
    hl = ettolitro|ettolitri
    dm = decimetro|decimetri
    sec = secondo|secondi
    sec. = secondo|secondi
    mc = metro cubo|metri cubi
    hg = etto|etti
    MW = megawatt
    Wh = wattora
    mA = milliampere
    Pa = pascal
    kPa = kilopascal
    hPa = ettopascal
    kJ = kilojoule
    kB = kilobyte
    Mbps = megabit al secondo
    bpm = battito al minuto|battiti al minuto
    Ω = ohm
    ¢ = centesimo|centesimi
    """,
    currencies="""
    HKD = dollaro di Hong Kong|dollari di Hong Kong ; centesimo|centesimi
    CAD = dollaro canadese|dollari canadesi ; centesimo|centesimi
    AUD = dollaro australiano|dollari australiani ; centesimo|centesimi
    HUF = fiorino|fiorini ; fillér
    SEK = corona svedese|corone svedesi @f ; öre
    MXN = peso messicano|pesos messicani ; centavo|centavos
    ILS = shekel ; agora
    THB = baht ; satang
    NGN = naira ; kobo
    UAH = grivnia|grivnie @f ; kopek
    BTC = bitcoin ; satoshi
    """,
    magnitudes="""
    M = milione|milioni
    mila = mila
    """,
    signs={"Fr.": "CHF"},
    square="{} quadrato|{} quadrati",
    cube="{} cubo|{} cubi",
    per="per {}",
    rates=pairs(
        "mese=al_mese anno=all'anno giorno=al_giorno gg=al_giorno notte=a_notte settimana=alla_settimana ora=all'ora"
        " h=all'ora minuto=al_minuto min=al_minuto secondo=al_secondo s=al_secondo persona=a_persona pers=a_persona"
        " trimestre=al_trimestre litro=al_litro l=al_litro kg=al_chilogrammo kilo=al_chilo chilo=al_chilo"
        " unità=per_unità pezzo=al_pezzo pagina=a_pagina utente=per_utente m²=al_metro_quadrato mq=al_metro_quadrato"
        " s²=al_secondo_quadrato testa=a_testa"
    ),
    parts=Parts(
        half={"m": "mezzo {}", "f": "mezza {}"},
        part="{part} di {noun}",
        and_half={"m": "e mezzo", "f": "e mezza"},
    ),
    ratio="{a} a {b}",
    ratio_cues=words("rapporto scala proporzione"),
    out_of="{a} su {b}",
    of="{a} di {b}",
    of_cues=words("pagina passo parte capitolo domanda episodio"),
    score_cues=words("voto valutazione punteggio"),
    scores=words("stelle punti"),
    phone_cues=words("tel telefono cellulare cell fax chiama chiamare chiamate numero chiami contatto"),
    code_cues=words("codice codici pin otp cap password isbn"),
    weekdays=pairs("lun=lunedì mar=martedì mer=mercoledì gio=giovedì ven=venerdì sab=sabato dom=domenica"),
    eras={"a.C.": "avanti Cristo", "d.C.": "dopo Cristo", "a. C.": "avanti Cristo", "d. C.": "dopo Cristo"},
    circa=pairs("ca.=circa c.=circa"),
    durations="""
    g = giorno|giorni
    d = giorno|giorni
    h = ora|ore @f
    m = minuto|minuti
    min = minuto|minuti
    s = secondo|secondi
    sec = secondo|secondi
    """,
    duration_and=True,
    duration_cues=words("durata dura in tempo dopo"),
    date_cues=words("il dal al del lunedì martedì mercoledì giovedì venerdì sabato domenica entro"),
    open_ends=words("oggi presente"),
    times="per",
)
