"""Turkish."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Roman,
    Sentences,
    Web,
    currencies,
    fractions,
    invariant,
    listed,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

_ONES = ("", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_SCALES = ("", "bin", "milyon", "milyar", "trilyon")
_ORDINALS = dict(
    pair.split(":")
    for pair in listed(
        "bir:birinci iki:ikinci üç:üçüncü dört:dördüncü beş:beşinci altı:altıncı yedi:yedinci"
        " sekiz:sekizinci dokuz:dokuzuncu on:onuncu yirmi:yirminci otuz:otuzuncu kırk:kırkıncı"
        " elli:ellinci altmış:altmışıncı yetmiş:yetmişinci seksen:sekseninci doksan:doksanıncı yüz:yüzüncü"
        " bin:bininci milyon:milyonuncu milyar:milyarıncı trilyon:trilyonuncu"
    )
)


_TO = dict(
    pair.split(":")
    for pair in listed(
        "sıfır:sıfıra bir:bire iki:ikiye üç:üçe dört:dörde beş:beşe altı:altıya yedi:yediye sekiz:sekize dokuz:dokuza"
        " on:ona yirmi:yirmiye otuz:otuza kırk:kırka elli:elliye altmış:altmışa yetmiş:yetmişe seksen:seksene"
        " doksan:doksana yüz:yüze bin:bine milyon:milyona milyar:milyara trilyon:trilyona"
    )
)


class _TurkishNumerals(Numerals):
    """num2words writes Turkish numbers as one word, which voices stumble over."""

    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if case == "d":
            *head, last = self.cardinal(n).split()
            return " ".join([*head, _TO[last]])
        if not n:
            return "sıfır"
        words: list[str] = []
        for power in range(4, -1, -1):
            three = n // 1000**power % 1000
            if not three:
                continue
            hundreds, rest = divmod(three, 100)
            said = [_ONES[hundreds] if hundreds > 1 else "", "yüz" if hundreds else "", _TENS[rest // 10]]
            said.append("" if power == 1 and three == 1 else _ONES[rest % 10])
            words += [*said, _SCALES[power]]
        return " ".join(filter(None, words))

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        *first, last = self.cardinal(n).split()
        return " ".join([*first, _ORDINALS[last]]) if n else None


LOCALE = Locale(
    code="tr",
    numerals=_TurkishNumerals("tr", "virgül", fraction_as_number=True),
    decimal=",",
    groups=".",
    plural=invariant,
    minus="eksi",
    span="{a} ila {b}",
    dates=Dates(
        months=listed("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"),
        day_suffix=" ",
    ),
    clock=Clock(full="{h}", both="{h} {m}", zero="sıfır", long="saat {h}"),
    prefix_units=("%", "‰"),
    units=units(
        """
        % = yüzde {}
        ‰ = binde {}
        °C = santigrat derece
        °F = fahrenhayt derece
        ° = derece
        km/sa = kilometre bölü saat
        km/h = kilometre bölü saat
        m/s = metre bölü saniye
        km² = kilometrekare
        m² = metrekare
        m³ = metreküp
        km = kilometre
        m = metre
        cm = santimetre
        mm = milimetre
        kg = kilogram
        gr = gram
        g = gram
        mg = miligram
        t = ton
        l = litre
        lt = litre
        ml = mililitre
        sa = saat
        dk = dakika
        dk. = dakika
        sn = saniye
        s = saniye
        KB = kilobayt
        MB = megabayt
        GB = gigabayt
        TB = terabayt
        Hz = hertz
        kHz = kilohertz
        MHz = megahertz
        GHz = gigahertz
        W = vat
        kW = kilovat
        V = volt
        dB = desibel
        kcal = kilokalori
        """
    ),
    currencies=currencies(
        """
        TRY = lira ; kuruş
        EUR = avro ; sent
        USD = dolar ; sent
        GBP = sterlin ; peni
        CHF = İsviçre frangı ; santim
        JPY = yen ; sen
        CNY = yuan ; fen
        RUB = ruble ; kopek
        """
    ),
    money="{major} {minor}",
    magnitudes=units(
        """
        bin = bin
        milyon = milyon
        mn = milyon
        milyar = milyar
        mlr = milyar
        """
    ),
    ordinal_suffixes=dict.fromkeys(("inci", "ıncı", "uncu", "üncü", "nci", "ncı", "ncu", "ncü"), ("m", "")),
    ordinal_nouns={"yüzyıl": ("m", "", "yüzyıl"), "yüzyılda": ("m", "", "yüzyılda")},
    dot_ordinals=True,
    fractions=fractions(
        "m",
        "ikide {}",
        "üçte {}",
        "dörtte {}",
        "beşte {}",
        "altıda {}",
        "yedide {}",
        "sekizde {}",
        "dokuzda {}",
        "onda {}",
    ),
    half="yarım",
    and_half="{} buçuk",
    and_fraction="{} tam {}",
    over="bölü",
    abbreviations={
        "vb.": "ve benzeri",
        "vs.": "vesaire",
        "örn.": "örneğin",
        "Dr.": "Doktor",
        "Prof.": "Profesör",
        "Doç.": "Doçent",
        "Av.": "Avukat",
        "Sn.": "Sayın",
        "yy.": "yüzyıl",
        "Cad.": "Caddesi",
        "Sok.": "Sokak",
        "Mah.": "Mahallesi",
        "M.Ö.": "milattan önce",
        "M.S.": "milattan sonra",
        "bkz.": "bakınız",
        "yak.": "yaklaşık",
        "tel.": "telefon",
    },
    before_number={"No.": "numara", "No:": "numara", "no:": "numara", "s.": "sayfa"},
    closing=frozenset(("vb.", "vs.")),
    spelled=frozenset(listed("AB ABD BM CIA FBI API USB URL ID IP CPU GPU TBMM TL TV CD DVD")),
    symbols={
        "&": "ve",
        "+": "artı",
        "=": "eşittir",
        "×": "çarpı",
        "÷": "bölü",
        "±": "artı eksi",
        "≈": "yaklaşık",
        "≠": "eşit değildir",
        "≤": "küçük eşittir",
        "≥": "büyük eşittir",
        "<": "küçüktür",
        ">": "büyüktür",
        "@": "et",
        "§": "paragraf",
        "~": "yaklaşık",
        "√": "karekök",
        "∞": "sonsuz",
    },
    number_sign="numara",
    web=Web(
        at="et", dot="nokta", slash="eğik çizgi", dash="tire", underscore="alt çizgi", plus="artı", colon="iki nokta"
    ),
    ambiguous_domains=frozenset(("in", "de", "se", "tv")),
    roman=Roman(after=frozenset(listed("Bölüm bölüm Cilt cilt"))),
    clause_words=word_set("ve veya ya ama fakat çünkü ki ancak"),
    sentences=Sentences(
        prefixes=word_set("dr prof doç yrd av cad sok mah apt op alb gen sn uzm öğr"),
        numbered=word_set("s no sf cilt tel"),
        ordinary=word_set("ne sen mi al kan la ver no"),
        after_ordinal=word_set("yüzyıl yüzyılda yüzyılın bölüm madde kat sınıf gün hafta ay yıl"),
    ),
)
