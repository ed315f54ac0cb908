"""What the sentence segmenter's own word lists lack or have wrong, by language.

Found by running the library over the 1500 most frequent words of each language and over the cases in
`tests/text/test_sentences.py`. All words are in lower case, without their last full stop.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A title or the like: what follows belongs to it, whatever its case.
PREFIXES: dict[str, frozenset[str]] = {
    "en": _words("mr mrs ms dr prof st gen col capt lt sgt rev hon gov sen rep messrs mt"),
    "de": _words("dr prof fr hr frl dipl ing st hl vgl bzw ca evtl inkl exkl zzgl sog z.b d.h u.a"),
    "fr": _words("m mm mme mmes mlle mlles dr drs pr prof me mgr st ste av bd boul cf env"),
    "es": _words("sr sra srta srs sres dr dra drs d dña prof profa ing lic gral avda av c cía"),
    "it": _words("sig sigg dott dr prof avv ing geom rag arch on sen ss s v"),
    "pt": _words("sr sra srs sras dr dra drs prof profa eng av r exmo exma d dom"),
    "pl": _words("prof dr hab inż mgr ul al pl os św ks gen płk ppłk im np tj tzn tzw m.in ok wg lek"),
    "cs": _words("ing mgr bc mudr judr phdr rndr mvdr paedr dr prof doc p pí ul sv gen nám tř např tzv tj cca arch"),
    "ru": _words("ул пр просп пер пл д кв им проф акад доц инж ген тов гр т.е т.н"),
    "nl": _words("dhr mevr mw dr drs mr ir ing prof ds st fam bijv o.a m.b.t d.w.z t.o.v"),
    "tr": _words("dr prof doç yrd av cad sok mah apt op alb gen sn uzm öğr"),
    "hu": _words("dr prof ifj id özv gr br st pl kb ún"),
    "ar": _words("د أ م أ.د أ.م"),
    "hi": _words("डॉ डा प्रो श्री श्रीमती कु पं स्व"),
}

# Belongs to the number behind it, and ends a sentence otherwise.
NUMBERED: dict[str, frozenset[str]] = {
    "en": _words("no nos vol vols p pp fig figs sec ch eq art pt op"),
    "de": _words("nr nrn s bd bde kap abs abb art str anm tel tab ziff lfd ff"),
    "fr": _words("n no nos p pp vol fig chap art t tél env"),
    "es": _words("n no pág págs p pp núm núms fig figs cap art vol tel"),
    "it": _words("n nn pag pagg p pp fig cap art vol tel"),
    "pt": _words("n pág págs p pp núm fig cap art vol tel"),
    "pl": _words("s str nr tab rys rozdz godz tel poz ust art t"),
    "cs": _words("č čís s str kap obr tab tel"),
    "ru": _words("с стр гл рис табл тел т п ст № д кв"),
    "nl": _words("nr nrs blz p pp fig hfst art tel"),
    "tr": _words("s no sf cilt tel"),
    "hu": _words("old sz fej tel"),
    "ar": _words("ص ج"),
    "hi": _words("सं पृ"),
}

# Ordinary words that the library takes for abbreviations, so that it misses the end of a sentence.
ORDINARY: dict[str, frozenset[str]] = {
    "it": _words(
        "la in le si con ma ha se mi lo ci su sia ne fa me mai no vi te via li po va so ore col sa fra ce fai tv "
        "post re usa sai fin nato bar it"
    ),
    "es": _words("no un con para sobre nos bien entre contra da ante tras mar auto in pro"),
    "fr": _words("al art chap sing"),
    "pt": _words("vi"),
    "de": _words("mich art mag ok"),
    "nl": _words("dat al me pas best hand vol top app it bel max volg tom min"),
    "ru": _words("муж"),
    "cs": _words("co tu no nám pod min"),
    "tr": _words("ne sen mi al kan la ver no"),
    "hu": _words("nem mi ne ma se re ok no la al ba me nos"),
}

# Capitalised words that follow an ordinal number written with a full stop ("19. Jahrhundert").
AFTER_ORDINAL: dict[str, frozenset[str]] = {
    "de": _words(
        "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert "
        "jahrhunderts jahrtausend jh jhd klasse stock stockwerk etage geburtstag kapitel platz runde mal tag woche "
        "monat jahr lebensjahr spieltag auflage bezirk teil band weltkrieg armee division"
    ),
    "tr": _words("yüzyıl yüzyılda yüzyılın bölüm madde kat sınıf gün hafta ay yıl"),
}
