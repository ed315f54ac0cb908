"""Portuguese."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    mi = milha|milhas @f
    mph = milha por hora|milhas por hora @f
    seg = segundo|segundos
    seg. = segundo|segundos
    cl = centilitro|centilitros
    dl = decilitro|decilitros
    dm = decímetro|decímetros
    MW = megawatt|megawatts
    Wh = watt-hora|watts-hora
    mA = miliampere|miliamperes
    Pa = pascal|pascals
    kPa = quilopascal|quilopascals
    kJ = quilojoule|quilojoules
    kB = quilobyte|quilobytes
    Mbps = megabit por segundo|megabits por segundo
    bpm = batimento por minuto|batimentos por minuto
    Ω = ohm|ohms
    ¢ = centavo|centavos
    """,
    currencies="""
    HKD = dólar de Hong Kong|dólares de Hong Kong ; centavo|centavos
    CAD = dólar canadense|dólares canadenses ; centavo|centavos
    AUD = dólar australiano|dólares australianos ; centavo|centavos
    MXN = peso mexicano|pesos mexicanos ; centavo|centavos
    ARS = peso argentino|pesos argentinos ; centavo|centavos
    ILS = shekel|shekels ; agora
    THB = baht|bahts ; satang
    NGN = naira|nairas ; kobo
    UAH = hryvnia|hryvnias ; copeque|copeques
    BTC = bitcoin|bitcoins ; satoshi
    """,
    magnitudes="""
    M = milhão|milhões
    trilhão = trilhão|trilhões
    trilhões = trilhão|trilhões
    mi. = milhão|milhões
    """,
    signs={"Fr.": "CHF"},
    square="{} quadrado|{} quadrados",
    cube="{} cúbico|{} cúbicos",
    per="por {}",
    rates=pairs(
        "mês=por_mês ano=por_ano dia=por_dia noite=por_noite semana=por_semana hora=por_hora minuto=por_minuto"
        " segundo=por_segundo pessoa=por_pessoa trimestre=por_trimestre litro=por_litro quilo=por_quilo kg=por_quilo"
        " unidade=por_unidade un=por_unidade peça=por_peça página=por_página usuário=por_usuário aluno=por_aluno"
        " s²=por_segundo_ao_quadrado"
    ),
    parts=Parts(
        half={"m": "meio {}", "f": "meia {}"},
        part="{part} de {noun}",
        and_half={"m": "e meio", "f": "e meia"},
    ),
    ratio="{a} para {b}",
    ratio_cues=words("proporção razão escala relação"),
    out_of="{a} de {b}",
    of="{a} de {b}",
    of_cues=words("página passo parte capítulo pergunta episódio"),
    score_cues=words("nota avaliação pontuação"),
    scores=words("estrelas pontos"),
    phone_cues=words("tel telefone celular fax ligue ligar número contato telemóvel whatsapp"),
    phone_shape=r"(?:\d{2} )?\d{4,5}-\d{4}",
    code_cues=words("código códigos pin otp senha cep postal isbn"),
    weekdays=pairs("seg=segunda ter=terça qua=quarta qui=quinta sex=sexta sáb=sábado sab=sábado dom=domingo"),
    eras={
        "a.C.": "antes de Cristo",
        "d.C.": "depois de Cristo",
        "a. C.": "antes de Cristo",
        "d. C.": "depois de Cristo",
    },
    circa=pairs("c.=cerca_de ca.=cerca_de"),
    durations="""
    d = dia|dias
    h = hora|horas @f
    m = minuto|minutos
    min = minuto|minutos
    s = segundo|segundos
    seg = segundo|segundos
    """,
    duration_and=True,
    duration_cues=words("duração dura durou em tempo após durante"),
    date_cues=words("em dia de até desde no do ao segunda terça quarta quinta sexta sábado domingo"),
    open_ends=words("presente hoje"),
    times="por",
)
