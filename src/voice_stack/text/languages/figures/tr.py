"""Turkish."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    h = saat
    sa. = saat
    sn. = saniye
    min = dakika
    sec = saniye
    cl = santilitre
    dl = desilitre
    L = litre
    ha = hektar
    adet = adet
    kWh = kilovatsaat
    MW = megavat
    hPa = hektopaskal
    kB = kilobayt
    ms = milisaniye
    bpm = dakikada vuruş
    kr = kuruş
    kuruş = kuruş
    ¢ = sent
    """,
    currencies="""
    HKD = Hong Kong doları ; sent
    CAD = Kanada doları ; sent
    AUD = Avustralya doları ; sent
    INR = rupi ; paisa
    PLN = zloti ; groş
    CZK = Çek korunası ; heller
    HUF = forint ; filler
    SEK = İsveç kronu ; öre
    SAR = Suudi riyali ; halala
    AED = dirhem ; fils
    AZN = manat ; kepik
    UAH = grivna ; kopek
    BTC = bitcoin ; satoshi
    """,
    magnitudes="""
    M = milyon
    mlyn = milyon
    trilyon = trilyon
    """,
    square="{}kare",
    cube="{}küp",
    per="{} başına",
    rates=pairs(
        "ay=aylık yıl=yıllık gün=günlük hafta=haftalık gece=gecelik saat=saatlik sa=bölü_saat h=bölü_saat"
        " dk=bölü_dakika"
        " s=bölü_saniye sn=bölü_saniye kişi=kişi_başı adet=adet_başı s²=bölü_saniye_kare"
    ),
    parts=Parts(half={"m": "yarım {}"}, part="{part} {noun}"),
    ratio="{a} {b}",
    ratio_cases=("d", ""),
    ratio_cues=words("oran oranı ölçek ölçeği"),
    out_of="{b} üzerinden {a}",
    of="{b} sayfadan {a}",
    of_cues=words("sayfa"),
    score_cues=words("puan not"),
    scores=words("yıldız puan"),
    phone_cues=words("tel telefon faks cep gsm arayın ara numara numarası numaralı"),
    code_cues=words("kod kodu kodunuz pin otp şifre şifreniz posta isbn"),
    weekdays=pairs("Pzt=Pazartesi Sal=Salı Çar=Çarşamba Per=Perşembe Cum=Cuma Cmt=Cumartesi Paz=Pazar"),
    eras={"MS": "milattan sonra", "MÖ": "milattan önce"},
    circa=pairs("yak.=yaklaşık"),
    durations="""
    g = gün
    d = gün
    h = saat
    sa = saat
    m = dakika
    min = dakika
    dk = dakika
    s = saniye
    sn = saniye
    """,
    duration_cues=words("süre süresi sürdü zaman"),
    date_cues=words("tarih tarihi"),
    times="çarpı",
)
