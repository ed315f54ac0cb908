"""Figures: kinds of written numbers, each in the languages that it concerns, as a native reads them out."""

import pytest

from voice_stack.text.languages import known_languages
from voice_stack.text.normalisation.pipeline import normalise

# A kind, then "language: written -> spoken" a line.
TABLE = r"""
# fraction and unit
en: 2/3 lb of nails -> two thirds of a pound of nails
en: 1/4 km away -> one quarter of a kilometre away
en: ¼ hour -> one quarter of an hour
en: 2 3/4 miles -> two and three quarters miles
en: 1½ tsp -> one and a half teaspoons
en: 1/2 oz -> half an ounce
de: 1/4 l Sahne -> ein Viertel Liter Sahne
de: ½ Liter Milch -> ein halber Liter Milch
de: 1/2 Stunde -> eine halbe Stunde
de: 2½ t Sand -> zweieinhalb Tonnen Sand
de: 3/4 kg -> drei Viertel Kilogramm
fr: ½ l de lait -> un demi-litre de lait
fr: 3/4 kg -> trois quarts de kilogramme
fr: 1 1/2 h -> une heure et demie
fr: 2½ km -> deux kilomètres et demi
es: ½ hora -> media hora
es: 1/2 l de leche -> medio litro de leche
es: 3/4 km -> tres cuartos de kilómetro
es: 2 1/2 kg -> dos kilogramos y medio
it: ½ l di latte -> mezzo litro di latte
it: 1 1/2 km -> un chilometro e mezzo
it: 3/4 kg -> tre quarti di chilogrammo
pt: ½ l de leite -> meio litro de leite
pt: 2 1/2 km -> dois quilômetros e meio
pt: 3/4 kg -> três quartos de quilo
nl: 1/2 l melk -> een halve liter melk
nl: 1 1/2 km -> anderhalve kilometer
nl: 2 1/2 uur -> twee en een half uur
pl: ½ l mleka -> pół litra mleka
pl: 1 1/2 km -> półtora kilometra
pl: 2 1/2 kg -> dwa i pół kilograma
pl: 3/4 kg -> trzy czwarte kilograma
ru: ½ л молока -> половина литра молока
ru: 1 1/2 км -> полтора километра
ru: 2 1/2 кг -> два с половиной килограмма
ru: 1 1/2 т -> полторы тонны
cs: ½ l mléka -> půl litru mléka
cs: 3/4 kg -> tři čtvrtiny kilogramu
tr: ½ l süt -> yarım litre süt
tr: 1 1/2 km -> bir buçuk kilometre
tr: 3/4 kg -> dörtte üç kilogram
hu: ½ l tej -> fél liter tej
hu: 1 1/2 km -> másfél kilométer
hu: 3/4 kg -> háromnegyed kilogramm
zh: ½ kg -> 半公斤
zh: 1 1/2 km -> 一又二分之一公里
ja: ½ kg -> 二分の一キログラム
ja: 3/4 kg -> 四分の三キログラム
ko: ½ kg -> 이분의 일 킬로그램
ko: 3/4 kg -> 사분의 삼 킬로그램
ar: ½ kg -> نصف كيلوغرام
ar: 3/4 kg -> ثلاثة أرباع كيلوغرام
hi: ½ kg -> आधा किलोग्राम
hi: 1 1/2 km -> डेढ़ किलोमीटर
hi: 3/4 kg -> तीन चौथाई किलोग्राम
en: 2 ¼ in wide -> two and one quarter inches wide
en: 1/2 in -> half an inch
# phone
en: Text 555-0187. -> Text five five five, zero one eight seven.
en: My number is 212-555-0147. -> My number is two one two, five five five, zero one four seven.
en: Fax: 555 0199 -> Fax: five five five, zero one nine nine
en: 1 (800) 555-0133 -> one, eight zero zero, five five five, zero one three three
en: 1-888-555-0155 -> one, eight eight eight, five five five, zero one five five
en: (212)555-0166 -> two one two, five five five, zero one six six
en: +44 (0)161 496 0012 -> plus four four, zero, one six one, four nine six, zero zero one two
en: Call 911 now. -> Call nine one one now.
de: Tel. 030 1234567 -> Telefon null drei null, eins zwei drei vier fünf sechs sieben
de: Rufnummer 4711 222 -> Rufnummer vier sieben eins eins, zwei zwei zwei
de: +49 (0)30 901820 -> plus vier neun, null, drei null, neun null eins acht zwei null
fr: Tél. : 06 12 34 56 78 -> Téléphone: zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit
es: llame al 913 456 789 -> llame al nueve uno tres, cuatro cinco seis, siete ocho nueve
it: chiama il 347 123 4567 -> chiama il tre quattro sette, uno due tre, quattro cinque sei sette
pt: ligue 912 345 678 -> ligue nove um dois, três quatro cinco, seis sete oito
pt: 11 91234-5678 -> um um, nove um dois três quatro, cinco seis sete oito
nl: bel 020 123 4567 -> bel nul twee nul, één twee drie, vier vijf zes zeven
pl: tel. 601 234 567 -> telefon sześć zero jeden, dwa trzy cztery, pięć sześć siedem
ru: звоните 123-45-67 -> звоните один два три, четыре пять, шесть семь
ru: 8 (495) 123-45-67 -> восемь, четыре девять пять, один два три, четыре пять, шесть семь
cs: volejte 222 333 444 -> volejte dva dva dva, tři tři tři, čtyři čtyři čtyři
zh: 手机13812345678 -> 手机一三八一二三四五六七八
ko: 전화 02-123-4567 -> 전화 영이, 일이삼, 사오육칠
hi: फोन 9876543210 -> फोन नौ आठ सात छह पाँच चार तीन दो एक शून्य
en: Text 100 people. -> Text one hundred people.
en: 867-5309 -> eight six seven, five three zero nine
en: 1-800-FLOWERS -> one, eight zero zero, FLOWERS
en: ext. 42 -> extension forty-two
en: We reach 1 000 000 people. -> We reach one million people.
en: the number 3000000 -> the number three million
# code
en: PIN: 4821. -> P I N: four eight two one.
en: Use code 739104 to log in. -> Use code seven three nine one zero four to log in.
en: Boston, MA 02139 -> Boston, MA zero two one three nine
en: OTP: 733-108 -> OTP: seven three three, one zero eight
en: Card ending in 4417 -> Card ending in four four one seven
en: 1234 5678 9012 3456 -> one two three four, five six seven eight, nine zero one two, three four five six
en: 192.168.0.17 -> one nine two dot one six eight dot zero dot one seven
en: MAC 00-1A-2B-3C-4D-5E -> MAC zero zero, one A, two B, three C, four D, five E
de: Ihr Code lautet 482913. -> Ihr Code lautet vier acht zwei neun eins drei.
de: PLZ 10115 -> P L Z eins null eins eins fünf
fr: Votre code est 482913. -> Votre code est quatre huit deux neuf un trois.
ru: Ваш код 482913. -> Ваш код четыре восемь два девять один три.
zh: 验证码：482913 -> 验证码：四八二九一三
ko: 인증번호는 482913입니다 -> 인증번호는 사팔이구일삼입니다
en: invoice 2024-0012 -> invoice two zero two four, zero zero one two
# duration
en: 2h45m -> two hours forty-five minutes
en: 1d 6h -> one day six hours
en: 45m30s -> forty-five minutes thirty seconds
en: 90s -> ninety seconds
en: 3d 4h 20m -> three days four hours and twenty minutes
en: 1:02:03 -> one hour two minutes and three seconds
en: It took 0:45:10. -> It took forty-five minutes ten seconds.
en: She is in her 20s. -> She is in her twenties.
en: hits of the 70s -> hits of the seventies
en: the '80s -> the eighties
de: 1h30m -> eine Stunde dreißig Minuten
de: 3 h 20 min -> drei Stunden zwanzig Minuten
de: 2d 4h -> zwei Tage vier Stunden
fr: 1h30m -> une heure trente minutes
fr: 3h20min -> trois heures vingt minutes
fr: 2j 4h -> deux jours quatre heures
fr: 21h30 -> vingt et une heures trente
es: 1h30m -> una hora treinta minutos
es: 2 h 15 min -> dos horas quince minutos
it: 1h30m -> una ora trenta minuti
pt: 1h30m -> uma hora trinta minutos
nl: 1u30m -> één uur dertig minuten
pl: 2 godz. 15 min -> dwie godziny piętnaście minut
ru: 1ч30м -> один час тридцать минут
cs: 1h30m -> jedna hodina třicet minut
tr: 1sa 30dk -> bir saat otuz dakika
hu: 2ó 15p -> két óra tizenöt perc
zh: 1h30m -> 一小时三十分钟
ja: 1h30m -> 一時間三十分
ko: 1h30m -> 한 시간 삼십 분
ar: 1h30m -> ساعة وثلاثون دقيقة
hi: 1h30m -> एक घंटा तीस मिनट
# clock
en: 2023-11-05T08:05:00Z -> November fifth, twenty twenty-three, eight oh five U T C
en: 10:30 UTC -> ten thirty U T C
en: 9:15 PM EST -> nine fifteen P M E S T
en: 22:10:45 -> twenty-two ten and forty-five seconds
en: 00:30:00 -> zero thirty
en: 2024-02-10 14:00:00+02:00 -> February tenth, twenty twenty-four, fourteen hundred U T C plus two
de: um 14:30:15 Uhr -> um vierzehn Uhr dreißig Minuten und fünfzehn Sekunden
de: 08:00 MEZ -> acht Uhr M E Z
fr: à 14:30:15 -> à quatorze heures trente minutes et quinze secondes
es: a las 14:30:15 -> a las catorce horas treinta minutos y quince segundos
es: 5:02 p.m. -> cinco y dos de la tarde.
es: 12.15 a.m. -> doce y cuarto de la mañana.
pt: 14:30:15 -> catorze horas e trinta minutos e quinze segundos
ru: 14:30:15 -> четырнадцать часов тридцать минут пятнадцать секунд
ru: с 9:00 до 18:30 -> с девяти часов до восемнадцати тридцать
zh: 14:30:15 -> 十四点三十分十五秒
en: 5:05:09 pm -> five oh five and nine seconds P M
en: at 10:00:00 p.m. today -> at ten P M today
en: 10:00:30 -> ten o'clock and thirty seconds
# letters behind numbers
en: 12B Elm Road -> twelve B Elm Road
en: a 13B model -> a thirteen B model
en: 3.5B people -> three point five billion people
en: 128 B -> one hundred and twenty-eight bytes
en: 10k followers -> ten thousand followers
en: 12M downloads -> twelve million downloads
en: a 4K TV -> a four K T V
en: a 10k race -> a ten k race
en: 3.2k likes -> three point two thousand likes
de: 5k Follower -> fünftausend Follower
de: 2,5M Aufrufe -> zwei Komma fünf Millionen Aufrufe
fr: 5k abonnés -> cinq mille abonnés
fr: 2,5M de vues -> deux virgule cinq millions de vues
es: 5k seguidores -> cinco mil seguidores
es: 2,5M de vistas -> dos coma cinco millones de vistas
pt: 5k seguidores -> cinco mil seguidores
ru: 5k подписчиков -> пять тысяч подписчиков
zh: 5k用户 -> 五千用户
# with
en: tea w/sugar -> tea with sugar
en: cake w/ cream -> cake with cream
en: 12 W/m² -> twelve watts per square metre
en: 5 W/kg -> five watts per kilogram
en: w/o milk -> without milk
# rate
en: $5/day -> five dollars per day
en: €20/night -> twenty euros per night
en: £8.50/hr -> eight pounds and fifty pence per hour
en: 3 mg/L -> three milligrams per litre
en: 30 frames/second -> thirty frames per second
en: 9.8 m/s² -> nine point eight metres per second squared
en: 5 l/100 km -> five litres per one hundred kilometres
en: $1.2M/year -> one point two million dollars per year
en: 12/kg -> twelve per kilogram
en: and/or -> and or
de: 12 €/Stunde -> zwölf Euro pro Stunde
de: 3 g/l -> drei Gramm pro Liter
de: 5 l/100 km -> fünf Liter pro einhundert Kilometer
de: 60 Schläge/min -> sechzig Schläge pro Minute
fr: 12 €/heure -> douze euros par heure
fr: 3 g/l -> trois grammes par litre
es: 10 €/mes -> diez euros al mes
es: 3 g/l -> tres gramos por litro
it: 12 €/ora -> dodici euro all'ora
it: 10 €/mese -> dieci euro al mese
pt: R$ 10/mês -> dez reais por mês
nl: € 12/uur -> twaalf euro per uur
pl: 12 zł/godz. -> dwanaście złotych na godzinę
ru: 500 ₽/мес -> пятьсот рублей в месяц
ru: 100 Мбит/с -> сто мегабит в секунду
cs: 100 Kč/měsíc -> sto korun za měsíc
tr: 100 TL/ay -> yüz lira aylık
hu: 1000 Ft/hó -> ezer forint havonta
zh: 12元/小时 -> 十二元每小时
ja: 100 MB/s -> 百メガバイト毎秒
ko: 100 MB/s -> 백 메가바이트 퍼 초
ar: 100 MB/s -> مئة ميغابايت في الثانية
hi: ₹500/माह -> पाँच सौ रुपए प्रति माह
en: 6 / 2 -> six divided by two
# ratio
en: a 4:3 monitor -> a four to three monitor
en: 1:1000 -> one to one thousand
en: scale 1:50 -> scale one to fifty
en: 3:2:1 -> three to two to one
en: at 4:30 -> at four thirty
de: 4:3 -> vier zu drei
de: Maßstab 1:50 -> Maßstab eins zu fünfzig
fr: 4:3 -> quatre contre trois
es: 4:3 -> cuatro a tres
nl: 4:3 -> vier op drie
pl: 4:3 -> cztery do trzech
ru: 4:3 -> четыре к трём
tr: 4:3 -> dörde üç
hu: 4:3 -> négy a háromhoz
zh: 4:3 -> 四比三
ja: 4:3 -> 四対三
en: 50:50 -> fifty to fifty
# range
en: £20–£30 -> twenty pounds to thirty pounds
en: 5%–7% -> five percent to seven percent
en: 10am–4pm -> ten A M to four P M
en: 3-5pm -> three to five P M
en: Jan 3–7 -> January third to seventh
en: 12–14 March -> the twelfth to fourteenth of March
en: 3rd-5th June -> the third to fifth of June
en: May–July -> May to July
en: 1914–18 -> nineteen fourteen to eighteen
en: 2~3 days -> two to three days
en: $3 - $4 -> three dollars to four dollars
en: 9:30-11:00 -> nine thirty to eleven o'clock
en: 1990s–2000s -> nineteen nineties to two thousands
en: 500 g – 1 kg -> five hundred grams to one kilogram
en: June 28 – July 2 -> June twenty-eighth to July second
de: 20€–30€ -> zwanzig Euro bis dreißig Euro
de: 9–12 Uhr -> neun bis zwölf Uhr
de: 3.–5. Juni -> dritter bis fünfter Juni
de: 10.-12.5. -> zehnter bis zwölfter Mai.
de: 3~4 Tage -> drei bis vier Tage
de: 9:30–11 Uhr -> neun Uhr dreißig bis elf Uhr
fr: 20 €–30 € -> vingt euros à trente euros
fr: 9h–17h -> neuf à dix-sept heures
fr: 3–5 mai -> trois à cinq mai
es: 20 €–30 € -> veinte euros a treinta euros
es: 3–5 de mayo -> tres a cinco de mayo
it: 3-5 maggio -> tre a cinque maggio
pt: 9h–17h -> nove a dezessete horas
nl: 9–17 uur -> negen tot zeventien uur
pl: 20 zł–30 zł -> od dwudziestu złotych do trzydziestu złotych
pl: 3–5 maja -> od trzeciego do piątego maja
ru: 20 ₽–30 ₽ -> от двадцати рублей до тридцати рублей
ru: 3–5 мая -> от третьего до пятого мая
ru: 20~30 минут -> от двадцати до тридцати минут
cs: 3.–5. května -> třetího až pátého května
tr: 3–5 Mayıs -> üç ila beş Mayıs
hu: 20 Ft–30 Ft -> húsz-harminc forint
hu: május 3–5. -> május harmadika-ötödike.
zh: 5月3日～5日 -> 五月三日到五日
zh: 3~5天 -> 三到五天
ja: 20円〜30円 -> 二十円から三十円
ja: 3〜5日 -> 三から五日
ko: 3~5일 -> 삼에서 오일
hi: ₹20–₹30 -> बीस रुपए से तीस रुपए
en: 50-50 -> fifty-fifty
en: 8am–noon -> eight A M to noon
en: 2020–present -> twenty twenty to present
fr: 8h30-17h30 -> huit heures trente à dix-sept heures trente
de: 1.-5. Klasse -> erste bis fünfte Klasse
en: 500-1000 people -> five hundred to one thousand people
# date
en: Due 04-09-2023. -> Due April ninth, twenty twenty-three.
en: 2023/09/04 -> September fourth, twenty twenty-three
en: 25.12.2023 -> December twenty-fifth, twenty twenty-three
en: 4/9/23 -> April ninth, twenty twenty-three
en: on 12/24 -> on December twenty-fourth
en: 09/2023 -> September twenty twenty-three
en: july 1506 -> july fifteen oh six
en: Jan-15-2020 -> January fifteenth, twenty twenty
en: sept. 3 -> September third
de: 4.9.23 -> vierter September zweitausenddreiundzwanzig
de: bis 31.12 -> bis einunddreißigsten Dezember
de: Mai 2023 -> Mai zweitausenddreiundzwanzig
de: Version 1.5.24 -> Version eins Punkt fünf Punkt vierundzwanzig
de: 24. juli 2013 -> vierundzwanzigster Juli zweitausenddreizehn
fr: le 24/12 -> le vingt-quatre décembre
fr: 4/9/23 -> quatre septembre deux mille vingt-trois
es: el 24/12 -> el veinticuatro de diciembre
es: 1 enero -> primero de enero
es: abr. 22 -> veintidós de abril
it: il 24/12 -> il ventiquattro dicembre
pt: dia 24/12 -> dia vinte e quatro de dezembro
nl: 4-9-23 -> vier september tweeduizend drieëntwintig
ru: 4.09.23 -> четвёртого сентября две тысячи двадцать третьего года
ru: с 01.05 -> с первого мая
cs: 24. 12. -> dvacátého čtvrtého prosince.
zh: 23/9/4 -> 二零二三年九月四日
ja: 5/3(金) -> 五月三日金曜日
hi: 06-05 -> छह मई
en: We march 5 miles. -> We march five miles.
en: 2003-07 -> July two thousand and three
en: in 2003-04 -> in two thousand and three to four
de: Kapitel 3.2. -> Kapitel drei Punkt zwei.
de: 24.12.–26.12., dann -> vierundzwanzigster Dezember bis sechsundzwanzigsten Dezember, dann
de: 24.–26.12.2023 -> vierundzwanzigster bis sechsundzwanzigster Dezember zweitausenddreiundzwanzig
hu: 2023. dec. 31. -> kétezer-huszonhárom december harmincegyedike.
# money
en: $.75 -> seventy-five cents
en: $-20 -> minus twenty dollars
en: 25¢ -> twenty-five cents
en: HK$35 -> thirty-five Hong Kong dollars
en: CA$10 -> ten Canadian dollars
en: ₹12,34,567 -> one million two hundred and thirty-four thousand five hundred and sixty-seven rupees
en: ₹3 crore -> three crore rupees
en: 1.234,56 € -> one thousand two hundred and thirty-four euros and fifty-six cents
en: $20.5 -> twenty dollars and fifty cents
en: Rs. 1,500 -> one thousand five hundred rupees
en: 5 EUR -> five euros
en: $2.75 billion -> two point seven five billion dollars
en: ₪20 -> twenty shekels
de: 5,– € -> fünf Euro
de: Fr. 20.- -> zwanzig Schweizer Franken
de: 50 ct -> fünfzig Cent
de: 12.50 € -> zwölf Euro fünfzig
de: 2,5 Mio. Einwohner -> zwei Komma fünf Millionen Einwohner
de: CHF 5.50 -> fünf Schweizer Franken fünfzig
fr: 2 000 000 € -> deux millions d'euros
fr: 2 000 000 habitants -> deux millions d'habitants
fr: 3 M€ -> trois millions d'euros
es: 2.000.000 € -> dos millones de euros
es: 2.000.000 personas -> dos millones de personas
es: usd 2 -> dos dólares
it: 2.000.000 € -> due milioni di euro
pt: R$ 2.000.000,00 -> dois milhões de reais
pt: -R$ 5 -> menos cinco reais
ru: 5 млн руб. -> пять миллионов рублей.
ru: 10 долл. -> десять долларов
ru: 50 коп. -> пятьдесят копеек.
ru: 3,2 млн л -> три целых две десятых миллиона литров
pl: 50 gr -> pięćdziesiąt groszy
pl: 3 mln zł -> trzy miliony złotych
zh: HK$50 -> 五十港元
zh: 每小时$15 -> 每小时十五美元
hi: ₹1,00,000 -> एक लाख रुपए
fr: 5€50 -> cinq euros cinquante
de: CHF 1'250.50 -> eintausendzweihundertfünfzig Schweizer Franken fünfzig
# big number
en: 12 345 678 people -> twelve million three hundred and forty-five thousand six hundred and seventy-eight people
en: 10 000 steps -> ten thousand steps
en: 1,00,000 -> one hundred thousand
en: 5 000 000 000 -> five billion
de: 1,234,567 -> eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig
de: 1'234'567 -> eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig
fr: 12 345 678 habitants -> douze millions trois cent quarante-cinq mille six cent soixante-dix-huit habitants
zh: 第10100000000 -> 第一百零一亿
ja: 109000000000 -> 一千九十億
# ordinal
en: the 1,000th visitor -> the one thousandth visitor
en: the 42ND floor -> the forty-second floor
en: 3RD -> third
de: ihre 3. Reise -> ihre dritte Reise
de: die 70er Jahre -> die siebziger Jahre
de: in den 1920ern -> in den neunzehnhundertzwanzigern
de: unser 10. Jahrestag -> unser zehnter Jahrestag
de: 7. -> siebter.
ru: 60-х годов -> шестидесятых годов
ru: 1980-е -> тысяча девятьсот восьмидесятые
ru: в 90-х -> в девяностых
es: 11.º -> undécimo
es: 23.ª -> vigesimotercera
es: 1.ᵉʳ -> primer
es: 1.000.º -> milésimo
es: 345º -> tricentésimo cuadragésimo quinto
it: gli anni '90 -> gli anni novanta
pt: 150º -> centésimo quinquagésimo
hi: 3रा -> तीसरा
hi: 21वीं -> इक्कीसवीं
hu: 7. -> hetedik.
ru: 20-летний -> двадцатилетний
ru: 5-этажный дом -> пятиэтажный дом
pt: 2.000º -> dois milésimo
nl: de 60er jaren -> de zestiger jaren
# unit
en: 2 tbsp -> two tablespoons
en: 80 bpm -> eighty beats per minute
en: 3 m2 -> three square metres
en: 4 cm³ -> four cubic centimetres
en: 12KG -> twelve kilograms
en: 6'1" tall -> six foot one tall
en: a 55" TV -> a fifty-five-inch T V
en: 5 sq ft -> five square feet
en: 1 hr -> one hour
en: 30 sec -> thirty seconds
de: 3 EL -> drei Esslöffel
de: 5 m3 -> fünf Kubikmeter
de: 80 bpm -> achtzig Schläge pro Minute
fr: 5 m3 -> cinq mètres cubes
fr: 45 sec -> quarante-cinq secondes
es: 45 seg -> cuarenta y cinco segundos
es: 30 mph -> treinta millas por hora
pl: 5 m3 -> pięć metrów sześciennych
pl: 3 szt. mydła -> trzy sztuki mydła
ru: 5 м3 -> пять кубических метров
ru: 45 сек -> сорок пять секунд
hu: 5 m3 -> öt köbméter
zh: 10 ms -> 十毫秒
hi: 5 m3 -> पाँच घन मीटर
hi: 34 in -> चौंतीस इंच
# leading dot
de: ,5 kg -> null Komma fünf Kilogramm
# year
en: AD 79 -> A D seventy-nine
en: 44 BC -> forty-four B C
en: c. 1700 -> circa seventeen hundred
en: 500-400 BC -> five hundred to four hundred B C
en: 2,000 BC -> two thousand B C
de: 44 v. Chr. -> vierundvierzig vor Christus.
de: 79 n. Chr. war das. -> neunundsiebzig nach Christus war das.
fr: 44 av. J.-C. -> quarante-quatre avant Jésus-Christ.
es: 44 a. C. -> cuarenta y cuatro antes de Cristo.
it: 44 a.C. circa -> quarantaquattro avanti Cristo circa
ru: 44 до н. э. было -> сорок четвёртого года до нашей эры было
zh: 1066 AD -> 公元一零六六年
# out of
en: page 3/12 -> page three of twelve
en: rated 4/5 -> rated four out of five
en: 3/5 stars -> three out of five stars
en: 4.8/5 -> four point eight out of five
en: 3/10 of it -> three tenths of it
de: Seite 3/12 -> Seite drei von zwölf
de: 4,5/5 -> vier Komma fünf von fünf
fr: page 3/12 -> page trois sur douze
fr: 4,5/5 -> quatre virgule cinq sur cinq
es: página 3/12 -> página tres de doce
ru: страница 3/12 -> страница три из двенадцати
pl: strona 3/12 -> strona trzy z dwunastu
# weekday
en: Mon–Thu -> Monday to Thursday
en: Sat & Sun -> Saturday and Sunday
en: Sat 10:00 -> Saturday ten o'clock
de: Mo–Fr -> Montag bis Freitag
de: Sa. 10–14 Uhr -> Samstag zehn bis vierzehn Uhr
de: Fr. Schmidt -> Frau Schmidt
de: So geht das. -> So geht das.
fr: lun.–ven. -> lundi à vendredi
es: lun.–vie. -> lunes a viernes
pl: pn–pt -> od poniedziałku do piątku
ru: пн–пт -> с понедельника по пятницу
cs: po–pá -> od pondělí do pátku
hu: H–P -> hétfőtől péntekig
ja: 3日(月)〜5日(水) -> 三日月曜日から五日水曜日
"""


def cases() -> list[tuple[str, str, str]]:
    rows = [line for line in TABLE.strip().splitlines() if not line.startswith("#")]
    parts = [(row.partition(": "), row.partition(" -> ")) for row in rows]
    return [(language, spoken[0].partition(": ")[2], spoken[2]) for (language, _, _), spoken in parts]


@pytest.mark.parametrize(("language", "written", "spoken"), cases())
def test_figures_are_read_as_what_they_are(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language) == spoken


@pytest.mark.parametrize(("language", "written", "spoken"), cases())
def test_figures_in_words_stay_as_they_are(language: str, written: str, spoken: str) -> None:
    assert normalise(spoken, language) == spoken
    assert not any(character.isdigit() for character in spoken)


def test_every_language_has_figures_of_its_own() -> None:
    assert {language for language, _, _ in cases()} >= set(known_languages())


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u202f", "\u2007"])
@pytest.mark.parametrize(
    ("language", "spoken"), [("en", "twelve thousand"), ("de", "zwölftausend"), ("fr", "douze mille")]
)
def test_blanks_that_do_not_break_group_thousands(blank: str, language: str, spoken: str) -> None:
    assert normalise(f"12{blank}000", language) == spoken


@pytest.mark.parametrize("dash", ["-", "–", "—", "~", "〜", "～"])
def test_a_range_is_one_whatever_parts_it(dash: str) -> None:
    assert normalise(f"20{dash}30 seconds", "en") == "twenty to thirty seconds"


@pytest.mark.parametrize("letter", ["B", "M", "k"])
def test_a_letter_against_a_number_never_becomes_another_unit(letter: str) -> None:
    said = normalise(f"the 7{letter} one", "en")
    assert "byte" not in said
    assert "metre" not in said
