# हर पेज पर क्या लिखा है।
name = मुनादी
name-line = सरकारी सूचनाएँ, जिन्हें आप परख सकते हैं
skip = सीधे मुख्य सामग्री पर जाएँ
language = भाषा
development = परीक्षण प्रणाली: इस मशीन की पुश सेवाओं को अनुमति है। यहाँ की कोई भी सूचना आधिकारिक नहीं है।
nav-main = पेज
nav-subscribe = सूचनाएँ पाएँ
nav-inbox = मेरी सूचनाएँ
nav-archive = सभी सूचनाएँ
nav-verify = सूचना परखें
foot-about = इसे कौन चलाता है
foot-manage = मेरी सूचनाएँ बदलें या बंद करें
foot-privacy = निजता
foot-accessibility = सुगम्यता
foot-terms = उपयोग की शर्तें
foot-console = विभागों के लिए
foot-issuer = यहाँ की सूचनाओं पर { $issuer } के नाम से हस्ताक्षर होते हैं

# अंक और समय।
words-moment = { $day }, { $clock } बजे (भारतीय समय)
words-date = { $day } { $month } { $year }
words-month = { $month ->
    [1] जनवरी
    [2] फ़रवरी
    [3] मार्च
    [4] अप्रैल
    [5] मई
    [6] जून
    [7] जुलाई
    [8] अगस्त
    [9] सितंबर
    [10] अक्टूबर
    [11] नवंबर
   *[12] दिसंबर
}

# क्या गड़बड़ हुई।
error-home = पहले पेज पर जाएँ
error-code = कोड { $status }
error-title-missing = ऐसा कोई पेज नहीं है
error-text-missing = पता ख़ुद लिखा हो तो देख लें कि सही है। किसी लिंक से आए हों तो वह पुराना हो सकता है।
error-title-unreadable = हम इसे पढ़ नहीं पाए
error-text-unreadable = पीछे जाएँ, जो भरा है उसे जाँचें और फिर भेजें।
error-title-sign-in = पहले साइन इन करें
error-text-sign-in = आपका सत्र समाप्त हो गया है, या आपने साइन इन नहीं किया है।
error-title-forbidden = आप यह नहीं कर सकते
error-text-forbidden = आपकी भूमिका में इसकी अनुमति नहीं है, या अनुरोध किसी दूसरी साइट से आया। कुछ भी बदला नहीं गया।
error-title-conflict = इस बीच यह बदल गया है
error-text-conflict = किसी और ने पहले बदल दिया। पेज फिर से खोलें और देखें कि अब क्या लिखा है। उनका कुछ भी खोया नहीं है।
error-title-large = यह बहुत बड़ा है
error-text-large = कुछ छोटा भेजें।
error-title-often = बहुत ज़्यादा अनुरोध
error-text-often = एक मिनट रुकें, फिर कोशिश करें।
error-title-busy = मुनादी अभी व्यस्त है
error-text-busy = थोड़ी देर में फिर चलेगा। कुछ पल बाद कोशिश करें।
error-title-broken = कुछ गड़बड़ हो गई
error-text-broken = ग़लती हमारी है। आपने जो भेजा, उस पर अधूरी कार्रवाई नहीं हुई। थोड़ी देर में फिर कोशिश करें।

# क्यों मना किया गया।
refusal-own-account = आपके अपने खाते में यह बदलाव कोई दूसरा एडमिन ही कर सकता है।
refusal-own-grant = भूमिका की पुष्टि माँगने वाले एडमिन नहीं, कोई दूसरा एडमिन ही कर सकता है।
refusal-settled = यह पहले ही निपट चुका है।
refusal-cancels = यह सूचना ख़ुद किसी सूचना को वापस लेती है। इसकी जगह नई सूचना प्रकाशित करें।
refusal-signature = हस्ताक्षर मेल नहीं खाते: शायद इस उपकरण की चाबी रद्द हो चुकी है, या सूचना बदल गई है। सूचना फिर से खोलें और दोबारा हस्ताक्षर करें।
refusal-author = यह सूचना आपने लिखी है: इसे कोई और ही मंज़ूर कर सकता है।
refusal-editor = आपने इस सूचना में बदलाव किया है: इसे कोई ऐसा व्यक्ति मंज़ूर करे जिसने नहीं किया।
refusal-signed-before = आप इस सूचना पर हस्ताक्षर कर चुके हैं: दूसरी मंज़ूरी किसी और को देनी होगी।
refusal-no-language = इस सूचना का { $lang } में कोई पाठ नहीं है।
refusal-languages = अभी मंज़ूर नहीं हुईं: { $languages }।
refusal-expired = सूचना की अवधि { $time } को बीत गई। इसे बदलकर आगे की अवधि दें।

# पुश सेवाएँ।
provider-own = इस सरकार की अपनी पुश सेवा
provider-google = गूगल (क्रोम, एंड्रॉयड)
provider-mozilla = मोज़िला (फ़ायरफ़ॉक्स)
provider-apple = ऐपल (सफ़ारी, आइफ़ोन)
provider-microsoft = माइक्रोसॉफ़्ट (एज)
provider-others = बाक़ी
provider-unknown = पता नहीं
service-google = गूगल की पुश सेवा
service-mozilla = मोज़िला की पुश सेवा
service-apple = ऐपल की पुश सेवा
service-microsoft = माइक्रोसॉफ़्ट की पुश सेवा
service-host = { $host } की पुश सेवा

# सूचनाओं के शब्द।
topic-weather = मौसम
topic-flood = बाढ़
topic-cyclone = चक्रवात
topic-earthquake = भूकंप
topic-fire = आग
topic-health = स्वास्थ्य
topic-environment = हवा, पानी और मिट्टी
topic-safety = जन सुरक्षा
topic-transport = सड़क, रेल और उड़ान
topic-utilities = पानी और बिजली
topic-services = सरकारी सेवाएँ
severity-extreme = अत्यंत गंभीर ख़तरा
severity-severe = गंभीर ख़तरा
severity-moderate = मध्यम ख़तरा
severity-minor = मामूली ख़तरा
severity-unknown = ख़तरा मालूम नहीं
urgency-immediate = अभी क़दम उठाएँ
urgency-expected = एक घंटे के अंदर क़दम उठाएँ
urgency-future = तैयारी करें
urgency-past = अब टल गया है
urgency-unknown = समय मालूम नहीं
certainty-observed = हो रहा है
certainty-likely = होने की संभावना है
certainty-possible = हो सकता है
certainty-unlikely = संभावना कम है
certainty-unknown = मालूम नहीं
category-geo = भूगर्भ
category-met = मौसम और बाढ़
category-safety = सुरक्षा
category-security = क़ानून-व्यवस्था
category-rescue = बचाव
category-fire = आग
category-health = स्वास्थ्य
category-env = पर्यावरण
category-transport = यातायात
category-infra = बुनियादी ढाँचा
category-cbrne = रासायनिक, जैविक, विकिरण या परमाणु
category-other = अन्य
status-actual = वास्तविक
status-exercise = अभ्यास
status-test = परीक्षण
intent-alert = नई सूचना
intent-update = ताज़ा जानकारी
intent-correct = सुधार
intent-cancel = वापसी
state-draft = मसौदा
state-in-review = समीक्षा में
state-approved = स्वीकृत
state-published = प्रकाशित
state-superseded = नई सूचना ने जगह ली
state-withdrawn = वापस ली गई
