"""English."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    hr = hour|hours
    sec = second|seconds
    sec. = second|seconds
    secs = second|seconds
    min. = minute|minutes
    tsp = teaspoon|teaspoons
    tsp. = teaspoon|teaspoons
    tbsp = tablespoon|tablespoons
    tbsp. = tablespoon|tablespoons
    oz. = ounce|ounces
    lb. = pound|pounds
    lbs. = pound|pounds
    ft. = foot|feet
    fl oz = fluid ounce|fluid ounces
    gal = gallon|gallons
    qt = quart|quarts
    dl = decilitre|decilitres
    cl = centilitre|centilitres
    ha = hectare|hectares
    bpm = beat per minute|beats per minute
    rpm = revolution per minute|revolutions per minute
    kph = kilometre per hour|kilometres per hour
    kmh = kilometre per hour|kilometres per hour
    mbps = megabit per second|megabits per second
    kbps = kilobit per second|kilobits per second
    Gbps = gigabit per second|gigabits per second
    kbit/s = kilobit per second|kilobits per second
    Gbit/s = gigabit per second|gigabits per second
    Mbit = megabit|megabits
    Gbit = gigabit|gigabits
    KiB = kibibyte|kibibytes
    MiB = mebibyte|mebibytes
    GiB = gibibyte|gibibytes
    PB = petabyte|petabytes
    MP = megapixel|megapixels
    Wh = watt-hour|watt-hours
    kwh = kilowatt-hour|kilowatt-hours
    MWh = megawatt-hour|megawatt-hours
    GW = gigawatt|gigawatts
    mV = millivolt|millivolts
    kV = kilovolt|kilovolts
    Pa = pascal|pascals
    kPa = kilopascal|kilopascals
    psi = P S I
    Nm = newton-metre|newton-metres
    kN = kilonewton|kilonewtons
    kJ = kilojoule|kilojoules
    mol = mole|moles
    mcg = microgram|micrograms
    dm = decimetre|decimetres
    Ω = ohm|ohms
    kΩ = kilohm|kilohms
    cu ft = cubic foot|cubic feet
    inch = inch|inches
    kgs = kilogram|kilograms
    kms = kilometre|kilometres
    yds = yard|yards
    pcs = piece|pieces
    tbs = tablespoon|tablespoons
    sq in = square inch|square inches
    sq ft = square foot|square feet
    sq. ft. = square foot|square feet
    sq m = square metre|square metres
    sq km = square kilometre|square kilometres
    sq mi = square mile|square miles
    ¢ = cent|cents
    wk = week|weeks
    wks = week|weeks
    mos = month|months
    yr = year|years
    yrs = year|years
    """,
    currencies="""
    HKD = Hong Kong dollar|Hong Kong dollars ; cent|cents
    SGD = Singapore dollar|Singapore dollars ; cent|cents
    NZD = New Zealand dollar|New Zealand dollars ; cent|cents
    MXN = Mexican peso|Mexican pesos ; centavo|centavos
    ILS = shekel|shekels ; agora|agorot
    THB = baht ; satang
    VND = dong ; xu
    PHP = peso|pesos ; centavo|centavos
    NGN = naira ; kobo
    UAH = hryvnia|hryvnias ; kopiyka|kopiykas
    KZT = tenge ; tiyn
    ZAR = rand ; cent|cents
    AED = dirham|dirhams ; fils
    SAR = riyal|riyals ; halala|halalas
    TWD = New Taiwan dollar|New Taiwan dollars ; cent|cents
    BDT = taka ; poisha
    BTC = bitcoin|bitcoins ; satoshi
    """,
    magnitudes="""
    lakh = lakh
    lakhs = lakh
    crore = crore
    crores = crore
    mn = million
    b = billion
    T = trillion
    tn = trillion
    """,
    signs={"Rs.": "INR", "Rs": "INR"},
    square="square {}|square {}",
    cube="cubic {}|cubic {}",
    per="per {}",
    rates=pairs(
        "mo=per_month yr=per_year wk=per_week hr=per_hour sec=per_second month=per_month year=per_year week=per_week"
        " day=per_day night=per_night hour=per_hour minute=per_minute second=per_second quarter=per_quarter"
        " person=per_person head=per_head user=per_user unit=per_unit item=per_item piece=per_piece page=per_page"
        " share=per_share mile=per_mile gallon=per_gallon pound=per_pound word=per_word token=per_token d=per_day"
        " capita=per_capita game=per_game class=per_class session=per_session request=per_request seat=per_seat"
        " frame=per_frame inch=per_inch foot=per_foot child=per_child adult=per_adult serving=per_serving"
        " annum=per_annum s²=per_second_squared s2=per_second_squared lb=per_pound oz=per_ounce gal=per_gallon"
        " m=per_metre in=per_inch px=per_pixel ea=each each=each"
    ),
    parts=Parts(half={"m": "half a {}"}, part="{part} of a {noun}"),
    ratio="{a} to {b}",
    ratio_cues=words("ratio scale odds aspect"),
    out_of="{a} out of {b}",
    of="{a} of {b}",
    of_cues=words("page pages step part chapter slide question item episode track photo image round day file exercise"),
    score_cues=words("rated rating rate score scored scores grade graded review mark marks got gave give"),
    scores=words("stars star points point correct marks rating people users respondents cases times"),
    phone_cues=words(
        "call phone tel telephone fax cell mobile dial ring text sms number contact whatsapp hotline"
        " helpline landline"
        " reach ph extension"
    ),
    phone_shape=r"\d{3}-0\d{3}|555-\d{4}|[2-9]\d\d-\d\d(?:[1-9]\d|\d[1-9])(?! ?[a-z%°])",
    code_shape=(
        r"(?<=(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]"
        r"|UT|V[AT]|W[AIVY]) )"
        r"\d{5}(?:-\d{4})?"
    ),
    code_cues=words(
        "code codes pin otp passcode password zip zipcode postcode serial isbn issn imei ssn passport ending id"
        " combination token captcha tracking"
    ),
    weekdays=pairs(
        "Mon=Monday Tue=Tuesday Tues=Tuesday Wed=Wednesday Thu=Thursday Thur=Thursday Thurs=Thursday Fri=Friday"
        " Sat=Saturday Sun=Sunday"
    ),
    eras=pairs("AD=A_D A.D.=A_D BC=B_C B.C.=B_C BCE=B_C_E B.C.E.=B_C_E CE=C_E C.E.=C_E"),
    circa=pairs("c.=circa ca.=circa c=circa"),
    durations="""
    d = day|days
    h = hour|hours
    hr = hour|hours
    m = minute|minutes
    min = minute|minutes
    s = second|seconds
    sec = second|seconds
    """,
    duration_and=True,
    duration_cues=words(
        "took takes take lasted lasts duration runtime length time elapsed remaining in finished timer lap record"
        " after uptime long for"
    ),
    decade_cues=words(
        "the her his their my your our its early mid late and or to of"
        " music kid kids style hits pop rock fashion era movie movies nostalgia child baby show shows vibe film films"
    ),
    date_cues=words("on by until till since from before after due dated to between date of born through"),
    with_slash="with",
    feet=True,
    open_ends=words("present today now noon midnight"),
    times="by",
)
