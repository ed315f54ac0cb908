"""The commonest words of languages, greetings among them. A word of several languages stands with each.

Data for `hints`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COMMON_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": """
            the of and to in is it you that he was for on are with as his they at be this have from or one had
            by but not what all were we when your can said there an which she do how their if will up about out
            many then them these so some her would like him into time has look two more go see no could my than
            been who its now did get i'm me our us am hello hi thanks thank please good morning yes where why
            because very just don't isn't doesn't it's let's welcome everyone goodbye bye here should does know
            want need i i'll we're you're that's yeah sure maybe never always today tomorrow tonight evening
            night day people over under again love happy nice any stop ready
            ale bat bet bin bio bore bra care contra dig door era fame favor fog god hat hay heel hen logo mint mod
            most pan part plus pre pro sin tack ten till ton vain volt zen
        """,
        "de": """
            der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an er sie
            so dass kann bei einen aus nach wie wir ich war du haben hat aber noch nur oder was wenn mich mir
            dir ihr sind zum zur über sehr hier heute morgen guten gute hallo danke bitte ja nein wo warum weil
            man kein keine einer eines am um vor bis habe bin bist wird werden schon mal jetzt immer geht
            tschüss wiedersehen gibt wirklich etwas ihnen genau regnet richtig leider vielleicht natürlich klar
            alles frohe
        """,
        "fr": """
            le la les de des du un une et est en que qui dans pour pas sur au aux avec ce cette ces il elle on
            nous vous je tu ne se son sa ses mais ou où plus par comme tout fait été être avoir suis es sont ai
            a as c'est j'ai qu'il n'est bonjour merci oui non salut bonsoir très bien aussi mon ma mes ton votre
            notre leur leurs ils elles monde s'il quoi quand d'un d'une l'on aujourd'hui peut faut alors même
            revoir ça va demain soir toujours jamais jour ici bonne nuit bientôt joyeux enfants part
        """,
        "es": """
            el la los las de del y en que a un una es se no por con para como su al lo más pero sus le ya o este
            sí porque esta son entre está cuando muy sin sobre también me hasta hay donde quien desde todo nos
            durante todos uno les ni contra otros fue ese eso había ante ellos mi hola gracias buenos días
            buenas adiós qué cómo tú yo estoy estás usted nosotros mañana señor tiene puede ser hoy aquí bien si
            te amigo favor noche tarde siempre nunca ahora feliz tengo luego noches nada
        """,
        "pt": """
            o a os as de do da dos das e em no na nos nas que um uma para com não por mais se como mas foi ao
            ele ela seu sua ou ser quando muito há já está eu também só pelo pela até isso entre era depois sem
            mesmo aos ter seus quem me esse eles estão você vocês tem à minha meu olá oi obrigado obrigada bom
            boa dia tarde noite sim hoje amanhã aqui são tudo bem é isto nós vai então porque onde este esta
            feliz logo fome nada favor
        """,
        "it": """
            il lo la i gli le di del della dei delle a da in con su per tra e è che non un una uno si come più
            ma anche sono ha ho mi ti ci ne se questo questa quello quella nel nella alla al dal sul ciao grazie
            buongiorno buonasera prego sì no molto bene dove perché quando chi cosa io tu lui lei noi voi loro
            essere stato c'è dell'arte hai abbiamo oggi domani tutto tutti sempre mio mia tuo suo fa scusi
            arrivederci giorno così già ancora buon buona notte sera presto capisco fame
        """,
        "nl": """
            de het een en van in is dat op te zijn met voor niet aan er om ook als maar dan bij nog naar ze hij
            zij ik je jij we wij u uit door over wat wordt worden had hebben heeft heb kan geen deze dit die was
            of tot mijn zo waar hoe wie waarom goed goedemorgen goedendag hallo hoi dank bedankt alsjeblieft ja
            nee heel vandaag morgen hier gaat ben bent zal moet wel veel meer onze jullie hen graag dag altijd
            nooit nu misschien avond welterusten ziens
        """,
        "pl": """
            i w na z do się nie to jest że o jak za po co od ale czy dla tak tylko już był była być są ma jego
            jej ich przez jestem jesteś mnie ja ty on ona my wy oni cześć dzień dobry dziękuję proszę dobrze
            bardzo gdzie kiedy dlaczego może tu tam ten ta te tego dziś dzisiaj jutro więc oraz przy pan pani
            witaj mam mój moja wieczór pana panu wieczorem wszystkiego najlepszego dobranoc zobaczenia
        """,
        "cs": """
            a v na se je že s z do o to i jak za po ve pro si by ale jsem jsi jsou být byl byla jeho její jako
            nebo od tak co který která když už jen také dobrý den děkuji prosím ahoj ano ne kde proč dnes zítra
            velmi ten tato toto jsme máme mám není dobře může čau svět při mi já ty on ona my oni nádraží večer
            dobrou noc shledanou
        """,
        "sk": """
            a v na sa je že s z do o to i ako za po vo pre si by ale som sú byť bol bola jeho jej alebo od tak
            čo ktorý ktorá keď už len aj dobrý deň ďakujem prosím ahoj áno nie kde prečo dnes zajtra veľmi ten
            táto toto sme máme mám
        """,
        "hu": """
            a az és hogy nem is egy ez van volt de ha csak meg már még mint ki fel le el én te ő mi ti ők vagyok
            vagy szia sziasztok jó reggelt napot estét köszönöm kérem igen nagyon hol miért mert minden itt ott
            ma holnap lehet kell fog után között szép most hogyan mit akkor azt ezt vannak boldog éjszakát
            viszontlátásra
        """,
        "tr": """
            ve bir bu da de için ile çok ne ben sen o biz siz onlar var yok mi mı mu mü değil gibi daha olarak
            olan ama en kadar sonra her şey merhaba selam teşekkürler teşekkür ederim günaydın evet hayır nasıl
            nasılsın nerede neden bugün yarın iyi güzel benim senin ki şimdi burada lütfen hoş geldiniz ediyorum
            oldu
        """,
        "ro": """
            și si în la de cu nu un o este pe că mai din pentru care a al ai sunt se ce au fost lui ei dar sau
            prin bună ziua mulțumesc da ești eu tu el ea noi voi unde când foarte astăzi mâine acest această
            bine salut seara dimineața vă rog fi am ne-am
        """,
        "sv": """
            och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan
            när år säger hon under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara hade
            alla hej tack god morgon ja nej mycket bra du mig dig vad varför idag imorgon
        """,
        "da": """
            og i at det er en til på som af for den med de ikke der et jeg har han men var sig fra vi så kan når
            om hun også efter eller nu sin ved mod skal skulle kommer ud får være havde alle hej tak god morgen
            ja nej meget godt du mig dig hvad hvorfor dag hvor hvordan
        """,
        "no": """
            og i at det er en til på som av for den med de ikke et jeg har han men var seg fra vi så kan når om
            hun også etter eller nå sin ved mot skal skulle kommer ut får være hadde alle hei takk god morgen ja
            nei veldig bra du meg deg hva hvorfor dag hvor hvordan
        """,
        "fi": """
            ja on ei se että oli hän mutta ole joka kun niin myös tai olen ovat olla tämä minä sinä me te he hei
            kiitos hyvää huomenta päivää kyllä mitä missä miksi tänään huomenna erittäin hyvin jos kuin vain nyt
            sen mukaan
        """,
        "id": """
            yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada
            mereka lebih sudah kami kita atau oleh kamu anda apa selamat pagi terima kasih ya bagaimana kabar
            hari halo
        """,
        "ms": """
            yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke kerana boleh ada mereka
            lebih sudah kami kita atau oleh awak anda apa selamat pagi terima kasih ya bagaimana hari ialah
            adalah
        """,
        "vi": """
            và là của có không được người trong cho một những các với tôi bạn này đã đang sẽ xin chào cảm ơn rất
        """,
        "ca": """
            el la els les de i en que a un una és no per amb com però més dels al ser són està aquest aquesta
            hola gràcies bon dia jo tu molt avui demà on també has han gran adéu bé
        """,
        "gl": """
            o a os as de e en que un unha non é por con para como máis pero está moi ola grazas bos días boas
            son nós
        """,
        "eu": "eta da ez bat du ere dira dute zen hau hori kaixo eskerrik asko egun on bai oso",
        "hr": """
            i je u na se da za su od s a kao ali što koji ne sam si smo ste biti bio bila dobar dan hvala molim
            bok gdje zašto danas sutra vrlo ovo ovaj nije ili kako
        """,
        "sr": """
            i je u na se da za su od s a kao ali što koji ne sam si smo ste biti bio bila dobar dan hvala molim
            zdravo gde zašto danas sutra veoma ovo ovaj nije ili kako и је у на се да за су од са као али што
            који не сам си смо сте бити био била добар дан хвала молим здраво где зашто данас сутра веома ово
            овај није или како
        """,
        "sl": """
            in je v na se da za so od s z kot ali ki ne sem si smo ste biti bil bila dober dan hvala prosim kje
            zakaj danes jutri zelo to ta ni pa tudi
        """,
        "lt": """
            ir yra kad į iš ne su tai bet kaip labas ačiū prašau taip aš tu jis ji mes šiandien rytoj labai ar
            per nuo
        """,
        "lv": "un ir ka no ar uz par ne tas kā bet sveiki paldies lūdzu jā es tu viņš šodien rīt ļoti arī vai",
        "et": """
            ja on ei see et oli ta aga kui ka tere aitäh palun jah mina sina me te nad täna homme väga kus miks
            ning
        """,
        "sq": """
            dhe e të në është një me për nga që u nuk si por përshëndetje faleminderit po jo unë ti sot nesër
            shumë
        """,
        "af": """
            die en van in is dat nie het te op met vir hy sy ek jy ons wat om maar was hallo dankie asseblief ja
            nee goeie
        """,
        "sw": """
            na ya wa kwa ni katika la za hii cha ambayo kama lakini habari asante jambo ndiyo hapana mimi wewe
            sana
        """,
        "tl": "ang ng sa na mga at ay ko mo siya ako ikaw kumusta salamat po opo hindi magandang umaga araw ito",
        "cy": "y yr a yn i o mae ar ei wedi ac am bod nid bore da diolch chi fi helo sut",
        "is": "og að í á er sem um það við til en ekki með ég þú hann hún halló takk góðan daginn já nei",
        "la": "et in est non ad cum ut sed qui quae quod per ex ab sunt esse salve gratias",
        "ru": """
            и в не на я что он с как это а по но они мы она то за от из у же ты вы его её так было быть есть бы
            для был была привет здравствуйте спасибо пожалуйста да нет очень где когда почему потому сегодня
            завтра меня мне тебя дела доброе утро день мир все всё если или уже может только
        """,
        "uk": """
            і в у не на я що він з як це а по але вони ми вона за від із же ти ви його її так було бути є для
            був була привіт дякую будь ласка ні дуже де коли чому сьогодні завтра мене мені добрий день ранок
            світ та до або вже
        """,
        "bg": """
            и в на да се не е за от с по че са като ще то той тя ние вие те аз ти но или към който която здравей
            здравейте благодаря моля много къде кога защо днес утре добър добро утро ден съм си сме беше има
            няма това този
        """,
        "mk": """
            и во на да се не е за од со по дека како ќе тоа тој таа ние вие тие јас ти но или кон кој која
            здраво благодарам многу каде кога зошто денес утре добар ден сум си сме беше има нема ова овој
        """,
        "be": """
            і ў у не на я што ён з як гэта а па але яны мы яна за ад ты вы яго яе так было быць для быў
            прывітанне дзякуй калі ласка дзе чаму сёння заўтра вельмі добры дзень
        """,
        "kk": "және бұл мен сен ол біз сіз үшін деп бар жоқ емес сәлем рахмет қалай бір",
        "ar": """
            في من على إلى أن هذا هذه التي الذي كان لا ما مع عن هو هي أنا أنت نحن مرحبا شكرا نعم السلام عليكم كيف
            حالك اليوم
        """,
        "fa": """
            و در به از که این است را با برای آن یک تا می شود های من تو او ما شما سلام ممنون خوب چطور امروز
            متشکرم نیست
        """,
        "ur": "کے کی میں ہے اور سے کا کو نے پر یہ کہ ہیں نہیں ایک آپ وہ بھی سلام شکریہ کیا حال آج ہم تھا",
        "ps": "د په او چې ته دی له سره نه هم دا زه",
        "sd": "۾ جو جي آهي ۽ کي سان تي هن",
        "he": "של את על לא זה הוא היא אני אתה עם כל שלום תודה",
        "yi": "און איז די דער אַ איך נישט מיט אויף דאָס",
        "hi": """
            है में के की का और को से पर यह नहीं हैं एक था मैं आप वह भी तो क्या हो नमस्ते धन्यवाद कैसे मेरा ने कर
        """,
        "mr": "आहे आणि मी तू ते या हे नाही आहेत एक होते तुम्ही काय कसे नमस्कार धन्यवाद मला माझे आम्ही खूप",
        "ne": "छ र को मा यो हो छन् गर्न भएको पनि म तपाईं नमस्ते धन्यवाद कस्तो लाई हुन्छ मेरो धेरै",
        "sa": "अस्ति च न एव इति तत् सः अहम् भवति",
        "as": "আৰু এই হয় নাই কৰা মই আপুনি",
        "bn": "এবং এই হয় না করা আমি আপনি ধন্যবাদ",
    }
)
