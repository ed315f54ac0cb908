"""Spanish."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    mph = milla por hora|millas por hora @f
    mi = milla|millas @f
    kph = kilómetro por hora|kilómetros por hora
    kmh = kilómetro por hora|kilómetros por hora
    seg = segundo|segundos
    seg. = segundo|segundos
    cl = centilitro|centilitros
    dl = decilitro|decilitros
    dm = decímetro|decímetros
    lb = libra|libras @f
    oz = onza|onzas @f
    ft = pie|pies
    kPa = kilopascal|kilopascales
    Pa = pascal|pascales
    mV = milivoltio|milivoltios
    mA = miliamperio|miliamperios
    MW = megavatio|megavatios
    GW = gigavatio|gigavatios
    Wh = vatio hora|vatios hora
    kJ = kilojulio|kilojulios
    kB = kilobyte|kilobytes
    Mbps = megabit por segundo|megabits por segundo
    bpm = latido por minuto|latidos por minuto
    ° K = grado kelvin|grados kelvin
    ° k = grado kelvin|grados kelvin
    Ω = ohmio|ohmios
    ¢ = centavo|centavos
    ptas = peseta|pesetas @f
    ₧ = peseta|pesetas @f
    ptas. = peseta|pesetas @f
    cts. = céntimo|céntimos
    """,
    currencies="""
    HKD = dólar de Hong Kong|dólares de Hong Kong ; centavo|centavos
    CAD = dólar canadiense|dólares canadienses ; centavo|centavos
    AUD = dólar australiano|dólares australianos ; centavo|centavos
    NZD = dólar neozelandés|dólares neozelandeses ; centavo|centavos
    NIO = córdoba|córdobas @f ; centavo|centavos
    PAB = balboa|balboas ; centésimo|centésimos
    CRC = colón costarricense|colones costarricenses ; céntimo|céntimos
    TTD = dólar de Trinidad y Tobago|dólares de Trinidad y Tobago ; centavo|centavos
    HNL = lempira|lempiras ; centavo|centavos
    GTQ = quetzal|quetzales ; centavo|centavos
    COP = peso colombiano|pesos colombianos ; centavo|centavos
    CLP = peso chileno|pesos chilenos ; centavo|centavos
    PEN = sol|soles ; céntimo|céntimos
    UYU = peso uruguayo|pesos uruguayos ; centésimo|centésimos
    ILS = séquel|séqueles ; agora
    THB = baht|bahts ; satang
    NGN = naira|nairas @f ; kobo
    UAH = grivna|grivnas @f ; kopek
    BTC = bitcóin|bitcoines ; satoshi
    """,
    magnitudes="""
    M = millón|millones
    mill. = millón|millones
    """,
    signs={"₡": "CRC", "MX$": "MXN", "Mex$": "MXN", "S/": "PEN", "Fr.": "CHF"},
    square="{} cuadrado|{} cuadrados",
    cube="{} cúbico|{} cúbicos",
    per="por {}",
    rates=pairs(
        "mes=al_mes año=al_año día=al_día noche=por_noche semana=por_semana hora=por_hora minuto=por_minuto"
        " segundo=por_segundo persona=por_persona pers=por_persona trimestre=por_trimestre litro=por_litro"
        " kilo=por_kilo"
        " unidad=por_unidad ud=por_unidad pieza=por_pieza página=por_página usuario=por_usuario niño=por_niño"
        " s²=por_segundo_al_cuadrado"
    ),
    parts=Parts(
        half={"m": "medio {}", "f": "media {}"},
        part="{part} de {noun}",
        and_half={"m": "y medio", "f": "y media"},
    ),
    ratio="{a} a {b}",
    ratio_cues=words("proporción relación escala"),
    out_of="{a} de {b}",
    of="{a} de {b}",
    of_cues=words("página paso parte capítulo pregunta episodio"),
    score_cues=words("nota puntuación valoración"),
    scores=words("estrellas puntos"),
    phone_cues=words("tel tlf tfno teléfono móvil fax llame llama llámame llamar número celular contacto"),
    code_cues=words("código códigos pin otp clave postal cp isbn contraseña"),
    weekdays=pairs(
        "lun=lunes mar=martes mié=miércoles miér=miércoles mier=miércoles jue=jueves vie=viernes"
        " vier=viernes sáb=sábado sab=sábado dom=domingo"
    ),
    eras={
        "a. C.": "antes de Cristo",
        "d. C.": "después de Cristo",
        "a. c.": "antes de Cristo",
        "d. c.": "después de Cristo",
        "A. C.": "antes de Cristo",
        "D. C.": "después de Cristo",
    },
    circa=pairs("c.=circa ca.=circa"),
    durations="""
    d = día|días
    h = hora|horas @f
    m = minuto|minutos
    min = minuto|minutos
    s = segundo|segundos
    seg = segundo|segundos
    """,
    duration_and=True,
    duration_cues=words("duración dura duró en tiempo tras durante"),
    date_cues=words("el del al lunes martes miércoles jueves viernes sábado domingo desde hasta día"),
    open_ends=words("presente hoy mediodía"),
    times="por",
)
