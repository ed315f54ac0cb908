"""Normalisation: one table of what a native reader would say."""

import pytest

from voice_stack.text.languages import known_languages
from voice_stack.text.normalisation.characters import MAX_PIECES
from voice_stack.text.normalisation.pipeline import normalise, normalise_pieces

# Language, a blank line, then "written -> spoken" a line. "\n" stands for a line break.
TABLE = r"""
en
open 24/7 -> open twenty-four seven
7 a.m.–9 p.m. -> seven A M to nine P M.
5 - 3 = 2 -> five minus three equals two
ISBN 9781234567890 -> ISBN nine seven eight one two three four five six seven eight nine zero
~5 km -> about five kilometres
J. K. Rowling has a Ph.D. -> J K Rowling has a P H D.
The U.S. economy -> The U S economy
21 -> twenty-one
1,234,567 -> one million two hundred and thirty-four thousand five hundred and sixty-seven
3.14 -> three point one four
0.05 -> zero point zero five
-7 -> minus seven
It was -5 °C. -> It was minus five degrees Celsius.
1 km and 2 km -> one kilometre and two kilometres
He drove at 120 km/h. -> He drove at one hundred and twenty kilometres per hour.
16 GB of RAM -> sixteen gigabytes of RAM
50% -> fifty percent
3.5 % -> three point five percent
10–20 people -> ten to twenty people
the 21st floor -> the twenty-first floor
1/2 -> one half
3/4 of them -> three quarters of them
2 1/2 cups -> two and a half cups
2½ cups -> two and a half cups
$5 -> five dollars
$3.50 -> three dollars and fifty cents
€0.99 -> ninety-nine cents
$3 billion -> three billion dollars
$2.5M -> two point five million dollars
-$5 -> minus five dollars
$5-10 -> five to ten dollars
2024-05-03 -> May third, twenty twenty-four
05/03/2024 -> May third, twenty twenty-four
May 3, 2024 -> May third, twenty twenty-four
On July 4th we met. -> On July fourth we met.
the 21st of May -> the twenty-first of May
on 3 May 2024 -> on the third of May, twenty twenty-four
in 1984 -> in nineteen eighty-four
in 1905 -> in nineteen oh five
in 2005 -> in two thousand and five
In 1066 -> In ten sixty-six
in 1800 -> in eighteen hundred
from 1939-1945 -> from nineteen thirty-nine to nineteen forty-five
the 1990s -> the nineteen nineties
3:30 pm -> three thirty P M
at 9:05 a.m. We left. -> at nine oh five A M. We left.
15:30 -> fifteen thirty
10:00 -> ten o'clock
+1 555-123-4567 -> plus one, five five five, one two three, four five six seven
(555) 123-4567 -> five five five, one two three, four five six seven
Louis XIV -> Louis the fourteenth
Elizabeth II -> Elizabeth the second
World War II -> World War two
Chapter IV -> Chapter four
I am here, and so is X. -> I am here, and so is X.
https://www.example.com/docs -> example dot com slash docs
See (https://example.org/a-b?x=1#y). -> See (example dot org slash a dash b).
joe.doe@example.co.uk -> joe dot doe at example dot co dot U K
the FBI and NASA -> the F B I and NASA
an MP3 file -> an M P three file
GPT-4 -> G P T-four
Dr. Smith met Mr. Jones. -> Doctor Smith met Mister Jones.
apples, pears, etc. -> apples, pears, et cetera.
e.g. cats vs. dogs -> for example cats versus dogs
No. 5 -> number five
St. James -> Saint James
salt & pepper -> salt and pepper
2 + 2 = 4 -> two plus two equals four
#1 -> number one
#music -> hashtag music
@anna_b -> at anna b
§ 5 -> section five
version 1.2.3 -> version one point two point three
the code 0042 -> the code zero zero four two
She said “yes” – and left… -> She said "yes", and left...
wait—what -> wait, what
a​b﻿c -> abc
**bold**, *it* and `x` -> bold, it and x
[our site](http://x.org/y) -> our site
![a cat](cat.png) -> a cat
# Title\n\nText here. -> Title.\n\nText here.
- one thing\n- two things -> one thing.\n\ntwo things.
1. Open it\n2. Close it -> one, Open it.\n\ntwo, Close it.
| a | b |\n|---|---|\n| 1 | 2 | -> a, b.\n\none, two.
Run:\n```\nrm “é”\n```\nDone. -> Run:\n\nDone.
<p>Hello <b>you</b></p> -> Hello you
Tom &amp; Jerry -> Tom and Jerry
5 < 6 -> five less than six
nice 😀 day -> nice day
- use `pip` :)\n- 🎉 “go” -> use pip.\n\n"go"
👍 -> thumbs up
snake_case stays one word -> snake case stays one word
Wait [pause:1.5s] now. -> Wait [pause:1.5s] now.
de
am 1. und 2. Mai -> am ersten und zweiten Mai
Am 15.3. war er da. -> Am fünfzehnten März war er da.
Goethe (1749-1832) -> Goethe (siebzehnhundertneunundvierzig bis achtzehnhundertzweiunddreißig)
von 8:00 bis 17:00 Uhr -> von acht Uhr bis siebzehn Uhr
21 -> einundzwanzig
101 -> einhunderteins
1.234 -> eintausendzweihundertvierunddreißig
3,14 -> drei Komma eins vier
-3 Grad -> minus drei Grad
1 Stunde, 2 Stunden -> eine Stunde, zwei Stunden
1 kg -> ein Kilogramm
1 t -> eine Tonne
100 km/h -> einhundert Kilometer pro Stunde
3,5 % -> drei Komma fünf Prozent
3,50 € -> drei Euro fünfzig
1 € -> ein Euro
0,99 € -> neunundneunzig Cent
am 3. Mai -> am dritten Mai
Der 3. Mai 2024 -> Der dritte Mai zweitausendvierundzwanzig
Berlin, 1.1.2025 -> Berlin, erster Januar zweitausendfünfundzwanzig
am 24.12.1999 -> am vierundzwanzigsten Dezember neunzehnhundertneunundneunzig
im Jahr 1984 -> im Jahr neunzehnhundertvierundachtzig
14:30 Uhr -> vierzehn Uhr dreißig
um 1 Uhr -> um ein Uhr
der 2. Weltkrieg -> der zweite Weltkrieg
im 3. Stock -> im dritten Stock
Ludwig XIV. -> Ludwig der Vierzehnte.
3/4 -> drei Viertel
1 1/2 Liter -> eineinhalb Liter
z. B. Äpfel usw. -> zum Beispiel Äpfel und so weiter.
ca. 20 Min. -> circa zwanzig Minuten.
Dr. Müller, Nr. 5 -> Doktor Müller, Nummer fünf
§ 5 Abs. 2 -> Paragraf fünf Absatz zwei
der ADAC -> der A D A C
www.beispiel.de -> beispiel Punkt D E
5–10 km -> fünf bis zehn Kilometer
fr
71 -> soixante et onze
80 -> quatre-vingts
91 -> quatre-vingt-onze
1 000 000 -> un million
3,14 -> trois virgule quatorze
2,05 -> deux virgule zéro cinq
1 heure -> une heure
21h30 -> vingt et une heures trente
à 1h -> à une heure
3,50 € -> trois euros cinquante
1,5 km -> un virgule cinq kilomètre
20 % -> vingt pour cent
5 Md€ -> cinq milliards d'euros
1er mai -> premier mai
le 14 juillet 1789 -> le quatorze juillet mille sept cent quatre-vingt-neuf
03/05/2024 -> trois mai deux mille vingt-quatre
le 2e étage -> le deuxième étage
la 1re fois -> la première fois
XXe siècle -> vingtième siècle
Louis XIV -> Louis quatorze
François Ier -> François premier
01 23 45 67 89 -> zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf
M. Dupont et Mme Roux -> Monsieur Dupont et Madame Roux
p. ex. n° 5 -> par exemple numéro cinq
3/4 -> trois quarts
2 1/2 -> deux et demi
-5 °C -> moins cinq degrés Celsius
la SNCF -> la S N C F
info@exemple.fr -> info arobase exemple point F R
«oui» -> "oui"
es
la II Guerra Mundial -> la segunda Guerra Mundial
de 5 a 10 km -> de cinco a diez kilómetros
21 años -> veintiún años
21 -> veintiuno
200 libras -> doscientas libras
1 kg -> un kilogramo
21.000 personas -> veintiún mil personas
3,14 -> tres coma catorce
3,50 € -> tres euros con cincuenta céntimos
$1 -> un dólar
3 millones de euros -> tres millones de euros
3 de mayo de 2024 -> tres de mayo de dos mil veinticuatro
1 de enero -> primero de enero
24/12/1999 -> veinticuatro de diciembre de mil novecientos noventa y nueve
14:30 -> catorce treinta
5º piso -> quinto piso
1ª vez -> primera vez
3er piso -> tercer piso
siglo XX -> siglo veinte
Felipe II -> Felipe segundo
Alfonso XIII -> Alfonso trece
el 50 % -> el cincuenta por ciento
p. ej. el Sr. López -> por ejemplo el Señor López
pág. 7 -> página siete
2/3 -> dos tercios
100 km/h -> cien kilómetros por hora
www.ejemplo.es -> ejemplo punto E S
it
21 -> ventuno
23 -> ventitré
1.000 -> mille
1 kg, 1 ora -> un chilogrammo, una ora
3,5 -> tre virgola cinque
2,50 € -> due euro e cinquanta
1° maggio -> primo maggio
3 maggio 2024 -> tre maggio duemilaventiquattro
14:30 -> quattordici e trenta
3ª volta -> terza volta
XX secolo -> ventesimo secolo
Vittorio Emanuele II -> Vittorio Emanuele secondo
20% -> venti per cento
130 km/h -> centotrenta chilometri all'ora
il Dott. Rossi ecc. -> il Dottor Rossi eccetera.
3/4 -> tre quarti
a@b.it -> a chiocciola b punto I T
pt
22 -> vinte e dois
1.234 -> mil duzentos e trinta e quatro
2 semanas -> duas semanas
200 páginas -> duzentas páginas
1,5 km -> um vírgula cinco quilômetro
R$ 3,50 -> três reais e cinquenta centavos
R$ 1 -> um real
3 de maio de 2024 -> três de maio de dois mil e vinte e quatro
1º de janeiro -> primeiro de janeiro
às 14h30 -> às catorze horas e trinta
1ª vez -> primeira vez
século XXI -> século vinte e um
João Paulo II -> João Paulo segundo
50% -> cinquenta por cento
2/3 -> dois terços
Sr. Silva, nº 5 -> Senhor Silva, número cinco
nl
in 2024 de -> in tweeduizend vierentwintig de
21 -> eenentwintig
1.500 -> duizend vijfhonderd
3,5 -> drie komma vijf
€ 3,50 -> drie euro vijftig
3 mei 2024 -> drie mei tweeduizend vierentwintig
in 1984 -> in negentienvierentachtig
om 14:30 uur -> om veertien uur dertig
de 2e keer -> de tweede keer
de 1ste -> de eerste
50% -> vijftig procent
120 km/u -> honderdtwintig kilometer per uur
bijv. dhr. Jansen enz. -> bijvoorbeeld de heer Jansen enzovoort.
Lodewijk XIV -> Lodewijk de Veertiende
5-10 min. -> vijf tot tien minuten.
pl
w XIX w. -> w dziewiętnastym wieku.
1 km, 2 km, 5 km, 22 km -> jeden kilometr, dwa kilometry, pięć kilometrów, dwadzieścia dwa kilometry
1,5 kg -> jeden przecinek pięć kilograma
1 zł, 2 zł, 5 zł -> jeden złoty, dwa złote, pięć złotych
12,50 zł -> dwanaście złotych pięćdziesiąt groszy
3 maja 2024 r. -> trzeciego maja dwa tysiące dwudziestego czwartego roku
w 1984 roku -> w tysiąc dziewięćset osiemdziesiątym czwartym roku
o 14:30 -> o czternastej trzydzieści
14:30 -> czternasta trzydzieści
w XX wieku -> w dwudziestym wieku
10–20 km -> od dziesięciu do dwudziestu kilometrów
ok. 5 osób -> około pięciu osób
2 osoby -> dwie osoby
1 książka -> jedna książka
3/4 -> trzy czwarte
np. dr Nowak itd. -> na przykład doktor Nowak i tak dalej.
50% -> pięćdziesiąt procent
ul. Długa 5 -> ulica Długa pięć
ru
1990-е -> тысяча девятьсот девяностые
1 км, 2 км, 5 км, 21 км -> один километр, два километра, пять километров, двадцать один километр
3,5 % -> три целых пять десятых процента
0,01 -> ноль целых одна сотая
1 тонна, 2 тонны -> одна тонна, две тонны
2 книги и 2 стола -> две книги и два стола
5 руб. -> пять рублей.
12,50 ₽ -> двенадцать рублей пятьдесят копеек
3 мая 2024 г. -> третьего мая две тысячи двадцать четвёртого года
в 1984 году -> в тысяча девятьсот восемьдесят четвёртом году
2 года -> два года
XX век -> двадцатый век
в XIX веке -> в девятнадцатом веке
Пётр I -> Пётр первый
Людовик XIV -> Людовик четырнадцатый
1-й этаж, 2-я глава -> первый этаж, вторая глава
14:00 -> четырнадцать часов
14:05 -> четырнадцать ноль пять
10–20 км -> от десяти до двадцати километров
от 5 до 10 км -> от пяти до десяти километров
5 тыс. -> пять тысяч.
т. е. так -> то есть так
3/4 -> три четвёртых
США и ФБР -> С Ш А и Ф Б Р
Москва — столица -> Москва, столица
cs
1 km, 2 km, 5 km -> jeden kilometr, dva kilometry, pět kilometrů
1,5 km -> jedna celá pět kilometru
0,5 % -> nula celá pět procenta
1 Kč, 3 Kč, 200 Kč -> jedna koruna, tři koruny, dvě stě korun
12,50 Kč -> dvanáct korun padesát haléřů
3. května 2024 -> třetího května dva tisíce dvacet čtyři
3. 5. 2024 -> třetího května dva tisíce dvacet čtyři
20. století -> dvacáté století
14:30 -> čtrnáct třicet
2 hodiny -> dvě hodiny
např. 2 knihy atd. -> například dvě knihy a tak dále.
3/4 -> tři čtvrtiny
Karel IV. -> Karel čtvrtý.
10–20 km -> deset až dvacet kilometrů
tr
1.234 -> bin iki yüz otuz dört
%50 -> yüzde elli
2,5 kg -> iki virgül beş kilogram
12,50 TL -> on iki lira elli kuruş
3 Mayıs 2024 -> üç Mayıs iki bin yirmi dört
19. yüzyıl -> on dokuzuncu yüzyıl
2. bölüm -> ikinci bölüm
14:30 -> on dört otuz
3/4 -> dörtte üç
5-10 km -> beş ila on kilometre
elma vb. -> elma ve benzeri.
hu
22 km -> huszonkét kilométer
3,5 kg -> három egész öt tized kilogramm
2024. május 3. -> kétezer-huszonnégy május harmadika.
12 000 Ft -> tizenkétezer forint
2. emelet -> második emelet
14:30 -> tizennégy óra harminc perc
3/4 -> háromnegyed
50% -> ötven százalék
zh
3:05 -> 三点零五分
2024年5月3日 -> 二零二四年五月三日
我有2个苹果。 -> 我有两个苹果。
12,345 -> 一万两千三百四十五
10001 -> 一万零一
50% -> 百分之五十
3.14 -> 三点一四
14:30 -> 十四点三十分
¥100 -> 一百元
-5°C -> 负五摄氏度
2/3 -> 三分之二
第1名 -> 第一名
ja
午後3:30 -> 午後三時三十分
2024年5月3日 -> 二千二十四年五月三日
50% -> 五十パーセント
¥1,000 -> 千円
10km -> 十キロメートル
14:30 -> 十四時三十分
1/3 -> 三分の一
ko
2024년 6월 3일 -> 이천이십사년 유월 삼일
3시 30분 -> 세 시 삼십분
사과 3개 -> 사과 세개
10km를 -> 십 킬로미터를
₩1,000 -> 천 원
ar
1 km, 2 km, 3 km -> كيلومتر واحد, كيلومتران, ثلاثة كيلومترات
50% -> خمسون بالمئة
200 -> مئتان
$11 -> أحد عشر دولارا
hi
12,34,567 -> बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ
50% -> पचास प्रतिशत
₹500 -> पाँच सौ रुपए
1984 -> उन्नीस सौ चौरासी
२५ kg -> पच्चीस किलोग्राम
sv
**Hej** 5&nbsp;km -> Hej 5 km
"""


def cases() -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    language = ""
    for line in TABLE.strip().splitlines():
        written, arrow, spoken = line.partition(" -> ")
        if arrow:
            rows.append((language, written.replace(r"\n", "\n"), spoken.replace(r"\n", "\n")))
        else:
            language = line
    return rows


@pytest.mark.parametrize(("language", "written", "spoken"), cases())
def test_written_is_read_as_a_native_would(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language) == spoken


def test_the_table_covers_what_it_must() -> None:
    assert len(cases()) >= 220
    assert {language for language, _, _ in cases()} >= set(known_languages())


@pytest.mark.parametrize(("language", "written", "spoken"), cases())
def test_spoken_text_stays_as_it_is(language: str, written: str, spoken: str) -> None:
    assert normalise(spoken, language) == spoken


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["She paid ", "$5", " etc. ", "and - left."], ["She paid ", "five dollars", " et cetera ", "and, left."]),
        (["a ", "", "b"], ["a ", "", "b"]),
        (["**a", "b**"], ["a", "b"]),
        (["a <!--", "b", "--> c"], ["a c", "", ""]),
        (["x\U000f0001", "&#983045;y"], ["x", "y"]),
        (["", "Wait [pause:1s]", " 5"], ["", "Wait [pause:1s]", " five"]),
        ([""], [""]),
    ],
)
def test_a_text_in_pieces_stays_in_as_many(pieces: list[str], expected: list[str]) -> None:
    assert normalise_pieces(pieces, "en") == expected


def test_more_pieces_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="the most"):
        normalise_pieces([""] * (MAX_PIECES + 1), "en")
