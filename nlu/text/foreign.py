"""Frequent words of the languages that share a script with Uyghur; written from general knowledge."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words in Arabic script, by language; look-alike letters do not matter.
ARABIC_SCRIPT_WORDS: Final[dict[str, str]] = {
    "ug": """
        مەن سەن سىز بىز سىلەر بۇ شۇ ئۇ نېمە قاچان قانداق قايسى قەيەر نەدە نەگە كىم قانچە
        ۋە بىلەن ئۈچۈن ھەم يوق بار بارمۇ يوقمۇ كېرەك ئەمەس بولىدۇ بولامدۇ بولدى بولدىلا
        بولسا قىلىش كەلدى كەلمىدى كېلىدۇ كەپتۇ ياق ماقۇل ھەئە رەھمەت رەخمەت ياخشى
        ياخشىمۇسىز سالام خوش مال زاكاز پۇل قايتۇرۇش باھا توشۇش يوللانما ئادرېس تېلېفون
        نومۇرى نومۇر رەسىم دۇكان مېنىڭ سىزنىڭ بىزنىڭ ماڭا سىزگە يەنە بىر ئىككى ئۈچ تۆت
        بەش ئالتە يەتتە سەككىز توققۇز ئون نان قاق بادام ئالما ئانار ياڭاق چىلان قوغۇن
        ئۈزۈم ساق قالدى بارىدۇ باردى قىلاي قىلدىم ئالدىم ئالاي تالون چاي قازان ناس
        ياخشىمۇ قانچا سان بال تارتىڭ ساقلاڭ قاراڭ باقا جاۋاب ياردەم كود رازى خاپا ناچار
        خاتا كام سوراي سورايمەن نەرخى چاتاق ھازىر
    """,
    "kk": """
        قايدا قاشان قالاي قانشا قانداي قاي قايسى نە كىم مەنىڭ راحمەت تاۋارىم اقشام اقشاسىن
        تولەدىم تولەۋ باعاسى ارزان جاڭا ەسكى كۇن كۇندە بۇگىن ەرتەڭ كەشە ادام بولماي جىبەرىڭىز
        جىبەردىڭىز الدىڭىز كەرى قايتارىپ قايتارامىن سالەمەتسىزبە كومەك بەرەسىز بەرەسىڭدەر
        مەنىڭ سىزدىڭ سەنىڭ كەرەك ەمەس ەكەن ەكى وسى وسىنى بۇل سول
        جوق جاقسى راقمەت سالەم سالەمەتسىز كەلەدى كەلدى بولادى بولا جەتەدى الامىن الدىم
        الۋعا سۇراق ايتىڭىز بەرىڭىز قىلىپ جەتكىزۋ تاپسىرىس تاپسىرىسىم تاۋار اقشا ما مە
        با بە پا پە ۇشىن جانە مەن ەم ەدى ەتەدى جاتىر جىبەرۋ قايتارۋ ىستەيدى دەپ قازاقشا
        سوڭ بار ماعان بىزگە سىزگە ولار
    """,
    "ky": """
        قايدا قاچان قانداي قانچا تۇرات بولوبۇ بارات كەلەبى ايتىڭىزچى
        مەنىن سىزدىن كەرەك ەمەس بۇل ۇشۇل جوق جاقشى راحمات سالام كەلەت
        بولوت بەرىڭىز ۅزۉ كۉن ۉچۉن جانا
    """,
    "fa": """
        سلام من تو شما ما او این آن است هست نیست کجا کجاست کی چه چند چرا چطور می شود نمی
        را از به با در برای که یک و هم سفارش سفارشم سفارشات بسته مرسوله ارسال رسید
        نرسیده میرسد می‌رسد میشه لطفا ممنون مرسی خوب بله نه پول پولم کالا خرید کنم کنید
        کنیم دارم دارید کردم شده شد باید چیست قیمت تخفیف روز هنوز کردن بود میخواهم
        متشکرم خداحافظ
    """,
    "ar": """
        السلام عليكم مرحبا أنا أنت هذا هذه هل ما ماذا متى أين كيف كم من إلى على في عن مع
        لم لا نعم شكرا طلبي الطلب الشحنة وصل يصل أريد أن الذي التي قد كان ليس عندي رقم
        السعر المنتج استرجاع المال صباح الخير كل يا و أو ثم بعد قبل اليوم غدا
    """,
    "ur": """
        ہے ہیں میں میرا میری آپ کا کی کے کو سے نہیں کیا کب کہاں کیسے یہ وہ اور پر ہو گا
        گی آرڈر شکریہ چاہیے مجھے واپس
    """,
    "ku": """
        من تۆ ئێمە چۆن کوێ کەی چی سوپاس نییە هەیە بۆ لە بە و کە ئەم ئەو دەگات پارە
        داواکاری
    """,
}

# English: function words and the words of a shop's messages.
ENGLISH: Final = _words(
    """
    the a an is are was were am be been do does did have has had will would can could should may
    might must my your his her our their its this that these those i you he she we they me him us
    them it and or but if then so because of in on at to from for with without by about as into over
    after before when where what who which why how much many not no yes please thanks thank hello hi
    hey bye sorry good morning evening order orders ordered package parcel shipping shipped ship
    delivery deliver delivered arrive arrived refund refunds return returned exchange cancel
    cancelled canceled change address phone number tracking track invoice receipt payment pay paid
    price cheap discount coupon product item items goods size color colour broken damaged wrong
    missing late still yet want need help get got give send sent receive received buy bought sell
    money back today tomorrow yesterday day days week month time long status customer service human
    agent speak talk english someone person store shop apple melon grape raisins walnut walnuts
    dates nuts quality bad very too all any some just only now problem issue complaint wait waiting
    out stock available there here again never ever don't didn't can't isn't it's i'm hasn't haven't
    won't doesn't fresh sweet box kg kilo per piece free fee fast slow soon let know check see look
    tell ask use
    """
)

TURKISH: Final = _words(
    """
    ve bir bu şu ne nasıl nerede nereye neden niye kaç için ile var yok değil evet hayır lütfen
    teşekkürler teşekkür ederim merhaba selam günaydın sipariş siparişim siparişimi siparis
    siparisim kargo kargom kargoya ürün urun ürünü fiyat fiyatı fiyati ücret iade istiyorum
    istiyoruz geldi gelmedi gelecek zaman hala hâlâ henüz para paramı geri adres adresim telefon
    fatura ben sen biz siz onlar benim sizin çok daha iyi kötü olarak olur oldu olacak miyim musunuz
    mısınız yapabilir alabilir miyiz kadar göre gibi ama veya çünkü şimdi bugün yarın dün müşteri
    böyle şöyle öyle rezalet görmedim gelmiyor gelmedi istemiyorum etmek yardım yardim lütfen
    lutfen neden hangi kim kimse şey şu o da de ki mi mı mu mü en hiç hic her şimdi simdi sonra önce
    once gün gun hafta ay yıl ediyor ederim aldım aldim satın almak kırık bozuk yanlış yanlis eksik
    müşteri musteri temsilcisi konuşmak konusmak insan robot musun güzel guzel berbat rezil
    hizmetleri gönderildi gönder gelir ediyorum edin bana size nedir misiniz degil cok tesekkurler
    """
)

UZBEK: Final = _words(
    """
    turadi turibdi beraman olaman bermoqchi keladimi boladimi
    va bilan uchun emas kerak menga sizga bizga qayerda qachon qanday qancha nima kim yoq bor salom
    assalomu alaykum iltimos buyurtma buyurtmam buyurtmani mahsulot yetkazib yetkazish berish keladi
    kelmadi bo'ladi bo'ldi boladi bolmaydi mumkin mumkinmi narxi qaytarish pulni pulimni to'lov
    tolov manzil telefon raqam raqami mening sizning bizning hali ham yo'q xop ha yaxshi yaxshimisiz
    necha so'm som qilish qilmoqchiman olmoqchiman qilib bering iltimosim jo'natildi jonatildi hozir
    bugun ertaga kecha katta qoldi holda qani qayerga pulim pulimni pulingiz qaytarasiz qaytarib
    olaman oldim oldik yuboring yuborasiz yubordingiz yuborish yetib keldimi kelmayapti kelyapti
    qilasiz qilaman qiling qildim olsam olsa bo'lsa bolsa yana endi nega lekin uchinmi shuni buni
    sotib olish arzon qimmat yangi eski yomon juda ko'p kop tez qachongacha xodim odam operator
    gaplashmoqchiman tushunmadim kerakmi qanaqa olib keling uzr kechirasiz tavsiya mahsulotlar
    """
)

PINYIN: Final = _words(
    """
    nihao ninhao xiexie zaijian kuaidi dingdan tuikuan tuihuo huanhuo fahuo wode nide shenme zenme
    meiyou haimei duoshao qian nali nar zhege nage keyi dianhua dizhi zaima laoban rengong
    zhongguo zhongwen hanyu weiyu xinjiang pingguo hongzao dongxi maile shoudao shouhuo daole huaile
    lanle cuole buyao buxiang weishenme shihou jintian mingtian zuotian youhui baoyou fapiao zhifu
    fukuan wuliu danhao wo ni shi bu yao qing wen ma le ne ba de zai hai dou hao dao hui neng xiang
    """
)

ROMANCE: Final = _words(
    """
    hola donde dónde esta está mi pedido quiero cuando cuándo gracias por favor el la los las que
    para con una uno bonjour où est ma commande merci je veux le les des pour avec hallo wo ist
    meine bestellung danke ich bitte der die das und nicht saya pesanan kapan mana terima kasih dan
    yang tidak apa apakah ciao grazie dove il mio ordine obrigado onde não
    """
)

# Words of no language in particular.
NEUTRAL: Final = _words(
    """
    ok okay okk okey oki k hi haha hahaha hh hhh hhhh lol emm emmm emmmm hmm wow plus pro max mini
    bye yes no
    """
)

RUSSIAN: Final = _words(
    """
    и в во не на я что он она с со как это по к ко но мы вы из у за от так же для о мой моя мое мои
    ваш где когда сколько почему заказ заказа заказы посылка посылку доставка доставки деньги
    верните вернуть возврат товар цена спасибо пожалуйста привет здравствуйте здравствуй можно нужно
    хочу нет да есть мне меня вам вас придет пришел пришла пришло уже еще ещё номер адрес телефон
    купить оплата оплатить скидка помогите оператор человек плохо хорошо очень какой какая какие до
    или если был была было бы ты тебе тебя робот бот живой живым человеком оператором позовите
    говорить поговорить чем быстро долго ждать жду опять снова плохой хороший новый деньгами вчера
    сегодня завтра утром вечером сломан сломано брак обмен обменять отменить отмените мой моего
    который нужен нужна здесь там кто вас нас них им ему её его этот эта эти будет будут товара
    магазин качество ужасно отлично спасибо скажите подскажите
    """
)

KAZAKH: Final = _words(
    """
    қайда қашан менің сіздің тапсырысым тапсырыс жоқ керек сәлеметсіз бе ме рақмет рахмет қалай
    қанша жақсы және үшін бұл сіз біз маған сізге келеді болады бола ма емес ақша ақшаны қайтару
    бағасы баға арзан қымбат алсам алдым аламын беріңіз бересіз қалайсыз қалайсың қайтады
    қайтарыңыз ақшам ақшамды жіберіңіз жібердіңіз жеткізіп бүгін ертең кеше күн күнде қашанға
    мынау мына осы сол неге қандай қай кім адам сұрақ көмек жаңа ескі тез дұрыс бұзылған рахмет
    жеткізу тауар дейін сәлем өтінемін дүкен әлі жоқпа
    """
)

KYRGYZ: Final = _words(
    """
    кайда качан менин сиздин буйрутма буйрутмам жок керек саламатсызбы рахмат ырахмат кандай канча
    турат канчадан чоң сизге мына бул ушул кайсы баасы арзан кымбат алсам алдым берсеңиз бериңиз
    жибериңиз жөнөтүңүз качанга кайтарып кайтарыңыз бүгүн эртең кечээ күн адам жаңы эски тез
    жакшы жана үчүн мага келет болот эмес акча акчаны кайтаруу жеткирүү өтүнөм дүкөн али
    """
)
