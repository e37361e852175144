# अधिकारी क्या पढ़ते हैं।
console-installation = यह पूरी व्यवस्था
console-nav-home = मुख्य पेज
console-nav-notices = सूचनाएँ
console-nav-keys = चाबियाँ
console-nav-people = लोग
console-nav-systems = सिस्टम
console-nav-limits = सीमाएँ
console-nav-operator = संचालन
console-sign-out = साइन आउट
console-foot-citizens = नागरिक क्या देखते हैं

sign-in-title = साइन इन
sign-in-text = विभागों के अधिकारियों के लिए। नागरिकों को खाता नहीं चाहिए।
sign-in-name = साइन इन का नाम
sign-in-password = पासवर्ड
sign-in-button = साइन इन करें
sign-in-lost = पासवर्ड भूल गए? अपने विभाग के एडमिन से नया माँगें।
sign-in-first-title = अपना पासवर्ड चुनें
sign-in-first-text = जो पासवर्ड आपको दिया गया, वह एक ही बार चलता है। उसे फिर लिखें और अपना पासवर्ड चुनें।
sign-in-handed = आपको दिया गया पासवर्ड
sign-in-new = आपका नया पासवर्ड
sign-in-new-hint = कम से कम 12 अक्षर। तीन-चार बेमेल शब्द अच्छे रहते हैं और याद भी रहते हैं।
sign-in-new-again = नया पासवर्ड एक बार और
sign-in-fault-wrong = नाम या पासवर्ड ग़लत है।
sign-in-fault-new = दूसरा पासवर्ड चुनें: कम से कम 12 अक्षर, न आपका नाम, न पुराना पासवर्ड।
sign-in-fault-again = दोनों नए पासवर्ड एक जैसे नहीं हैं।
sign-in-fault-often = { $count ->
    [one] बहुत बार कोशिश हुई। एक मिनट बाद फिर करें।
   *[other] बहुत बार कोशिश हुई। { $n } मिनट बाद फिर करें।
}

home-title = मुख्य पेज
home-hello = नमस्ते, { $name }
home-write = सूचना लिखें
home-waiting = आपके इंतज़ार में
home-nothing = अभी कुछ भी आपके इंतज़ार में नहीं है।
home-review = { $count ->
    [one] एक सूचना पढ़कर मंज़ूर करनी है
   *[other] { $n } सूचनाएँ पढ़कर मंज़ूर करनी हैं
}
home-publish = { $count ->
    [one] एक सूचना प्रकाशन के लिए तैयार है
   *[other] { $n } सूचनाएँ प्रकाशन के लिए तैयार हैं
}
home-back = { $count ->
    [one] एक सूचना आपके पास लौटी है
   *[other] { $n } सूचनाएँ आपके पास लौटी हैं
}
home-keys = { $count ->
    [one] एक उपकरण की चाबी की पुष्टि बाक़ी है
   *[other] { $n } उपकरणों की चाबियों की पुष्टि बाक़ी है
}
home-grants = { $count ->
    [one] एक भूमिका को दूसरे एडमिन की पुष्टि चाहिए
   *[other] { $n } भूमिकाओं को दूसरे एडमिन की पुष्टि चाहिए
}
home-drafts = आपके मसौदे
home-out = अभी जारी
home-out-none = आपके विभाग की कोई सूचना अभी जारी नहीं है।
home-out-all = सभी प्रकाशित सूचनाएँ

list-title = आपके विभाग की सूचनाएँ
list-states = सिर्फ़ ये दिखाएँ
list-all = सभी
list-untitled = बिना शीर्षक
list-changed = { $time } को बदली गई
list-empty = कोई नहीं है।
list-next = पुरानी सूचनाएँ

part-status = स्थिति
part-topic = विषय
part-category = घटना का प्रकार
part-severity = कितना गंभीर
part-urgency = कितनी जल्दी
part-certainty = कितना पक्का
part-effective = कब से लागू
part-expires = कब तक लागू
part-area = कहाँ
part-links = लिंक
part-attachments = फ़ाइलें
part-references = किसके बाद
part-headline = शीर्षक
part-body = क्या मालूम है
part-instruction = क्या करें
part-state = पूरा { $name }
part-polygon = इन बिंदुओं के बीच का इलाक़ा: { $points }
part-circle = { $center } के चारों ओर { $km } किमी

compose-title = सूचना लिखें
compose-title-update = ताज़ा जानकारी लिखें
compose-title-correct = सुधार लिखें
compose-title-cancel = सूचना वापस लें
compose-lead-update = यह पिछली सूचना की जगह लेगी और उन सबको जाएगी जिन्हें वह मिली थी, साथ ही उन जगहों पर भी जो आप अब लिखेंगे।
compose-lead-correct = यह पिछली सूचना की जगह लेगी और ठीक उन्हीं को जाएगी जिन्हें वह मिली थी।
compose-lead-cancel = जिन्हें पिछली सूचना मिली थी, ठीक उन्हीं को बताएगी कि वह अब लागू नहीं है। इस पर आप अकेले हस्ताक्षर करके भेज सकते हैं।
compose-saved = सहेज लिया गया।
compose-unsaved = अभी सहेजा नहीं …
compose-offline = नहीं सहेजा गया: कनेक्शन नहीं है। यह पेज खुला रखें; लिखते ही फिर कोशिश होगी।
compose-signed-out = नहीं सहेजा गया: आप साइन आउट हो गए हैं। दूसरे टैब में साइन इन करें, फिर यहाँ लिखते रहें।
compose-unreadable = नहीं सहेजा गया: कुछ पढ़ा नहीं जा सका। “सहेजें” दबाने पर दिखेगा कि क्या।
compose-conflict-short = नहीं सहेजा गया: किसी साथी ने यह सूचना बदल दी है। “सहेजें” दबाने पर दोनों रूप दिखेंगे।
compose-complete = सब कुछ भरा है: हस्ताक्षर हो सकते हैं।
compose-missing = { $count ->
    [one] अभी एक चीज़ बाक़ी है।
   *[other] अभी { $n } चीज़ें बाक़ी हैं।
}
compose-voids = इस सूचना पर हस्ताक्षर हो चुके हैं। बदलाव सहेजते ही सारे हस्ताक्षर रद्द होंगे और यह फिर मसौदा बन जाएगी।
compose-returned = यह आपके पास लौटी है
compose-save = सहेजें
compose-preview = नमूना देखें
compose-sign = जाँचें और हस्ताक्षर करें
compose-discard = यह मसौदा फेंक दें
compose-status = क्या यह असली है?
compose-hint-status = इस पर भी हस्ताक्षर होते हैं। अभ्यास कभी असली बनकर नहीं जा सकता, न असली अभ्यास बनकर।
compose-status-actual = लोगों को इस पर क़दम उठाना है।
compose-status-exercise = अभ्यास: फ़ोन असली, ख़तरा नहीं। हर फ़ोन पर यह लिखा आएगा।
compose-status-test = तकनीकी परीक्षण। किसी को कुछ नहीं करना है।
compose-languages = हर भाषा में पाठ
compose-remove-language = { $language } हटाएँ
compose-add-language = एक और भाषा
compose-add = जोड़ें
compose-places = कहाँ लागू है
compose-description = जगह, शब्दों में
compose-description-hint = जैसे वहाँ के लोग कहते हैं: “तुर्तीपार के नीचे घाघरा किनारे के गाँव”।
compose-chosen = चुनी हुई जगहें
compose-chosen-hint = जगह हटाने के लिए निशान हटाएँ।
compose-browse = राज्य और ज़िले
compose-browse-none = राज्य चुनें
compose-browse-show = ज़िले दिखाएँ
compose-districts-of = { $name } के ज़िले
compose-pins = पिन कोड
compose-pins-hint = सूची चिपका दें; बीच में कुछ भी हो सकता है।
compose-shapes = बहुभुज या घेरा
compose-polygons = बहुभुज
compose-polygons-hint = हर पंक्ति में एक बिंदु, पहले अक्षांश: 26.1410, 83.8790। अगले बहुभुज से पहले एक पंक्ति ख़ाली छोड़ें।
compose-circles = घेरे
compose-circles-hint = हर पंक्ति में एक: अक्षांश, देशांतर, किलोमीटर।
compose-cover = इसमें आने वाली जगहें
compose-audience = { $count ->
    [one] फ़ोन को अभी मिलेगी
   *[other] फ़ोनों को अभी मिलेगी
}
compose-cover-pins = { $count ->
    [one] एक पिन कोड
   *[other] { $n } पिन कोड
}
compose-cover-whole = { $count ->
    [one] इकलौता पिन कोड
   *[other] सभी { $n } पिन कोड
}
compose-cover-part = { $all } में से { $covered } पिन कोड
compose-cover-more = { $count ->
    [one] और एक ज़िला
   *[other] और { $n } ज़िले
}
compose-cover-none = अभी कोई जगह नहीं।
compose-cover-again = सहेजें और फिर गिनें
compose-facts = कैसी सूचना है
compose-choose = चुनें
compose-hint-topic = जिन्होंने यह विषय चुना है, उन्हें मिलेगी।
compose-hint-category = दूसरी चेतावनी प्रणालियों के लिए।
compose-hint-severity = “अत्यंत गंभीर” के लिए दो अधिकारियों की मंज़ूरी चाहिए।
compose-hint-urgency = लोगों को कब क़दम उठाना है।
compose-hint-certainty = आपको कितना यक़ीन है।
compose-hint-effective = भारतीय समय। ख़ाली छोड़ें तो तुरंत से।
compose-hint-expires = भारतीय समय, ज़्यादा से ज़्यादा 28 दिन आगे। उसके बाद हर फ़ोन दिखाएगा कि बात पुरानी हो गई।
compose-links = लिंक और फ़ाइलें
compose-link-href = पता
compose-link-title = वहाँ क्या है
compose-files = फ़ाइलें
compose-files-hint = सूचना के साथ फ़ाइल की छाप ही जाती है, ताकि लोग फ़ाइल कहीं से भी पाएँ, उसे परख सकें। फ़ाइल ख़ुद नहीं भेजी जाती।
compose-file = फ़ाइल { $n }
compose-file-choose = फ़ाइल चुनें, बाक़ी अपने-आप भर जाएगा
compose-file-name = नाम
compose-file-type = प्रकार
compose-file-size = आकार, बाइट में
compose-more = सहेजें और एक और जोड़ें

faults-title = कुछ बाक़ी है या ठीक नहीं है
conflict-title = किसी साथी ने भी यह सूचना बदली है
conflict-text = कुछ भी खोया नहीं है। नीचे आपका पाठ है, जो अभी सहेजा नहीं गया। तालिका से जो चाहिए ले लें, फिर सहेजें: आपका पाठ उनके पाठ की जगह लेगा।
conflict-same = दोनों में एक ही बात है।
conflict-caption = दोनों में फ़र्क़
conflict-part = हिस्सा
conflict-theirs = उनका (सहेजा हुआ)
conflict-yours = आपका (सहेजा नहीं)
conflict-take = उनका रखें, मेरा छोड़ दें

import-title = CAP फ़ाइल से शुरू करें
import-label = CAP 1.2 चेतावनी
import-hint = XML फ़ाइल, ज़्यादा से ज़्यादा 1 MB।
import-button = इससे मसौदा बनाएँ
import-done = मसौदा बन गया
import-done-text = हस्ताक्षर से पहले सब कुछ जाँच लें: जगहें और शब्द मशीन ने उतारे हैं।
import-remarks = बनाते समय क्या तय किया गया
import-open = मसौदा खोलें
import-failed = वह फ़ाइल काम नहीं आई
import-failed-text = मसौदा नहीं बना। फ़ाइल में यह ग़लत है:

preview-title = नागरिक इसे ऐसे देखेंगे
preview-text = हर भाषा को एक बार ज़ोर से पढ़ें। छोटे फ़ोन पर यह ऐसा दिखेगा।
preview-locked = बंद फ़ोन पर
preview-page = पेज के रूप में
preview-marked = [{ $status }]{" "}
preview-until = { $time } तक
preview-back = लिखने पर लौटें
preview-back-notice = सूचना पर लौटें

fault-missing-status = बताएँ कि यह वास्तविक है, अभ्यास है या परीक्षण।
fault-missing-category = बताएँ कि घटना किस प्रकार की है।
fault-missing-severity = बताएँ कि कितना गंभीर है।
fault-missing-urgency = बताएँ कि कितनी जल्दी क़दम उठाना है।
fault-missing-certainty = बताएँ कि कितना पक्का है।
fault-missing-topic = विषय चुनें।
fault-missing-expires = बताएँ कि कब तक लागू है।
fault-languages = कम से कम एक भाषा में सूचना लिखें।
fault-twice = यह भाषा दो बार है।
fault-headline = शीर्षक लिखें: क्या हुआ, एक पंक्ति में।
fault-control = इसमें छिपे हुए नियंत्रण अक्षर हैं। फिर से लिखें, या सादा पाठ चिपकाएँ।
fault-past = समाप्ति का समय बीत चुका है।
fault-before = समाप्ति का समय शुरू होने से पहले का है।
fault-far = समाप्ति का समय 28 दिन से ज़्यादा आगे है।
fault-link = पता https:// से शुरू हो और उसमें कोई यूज़र नाम न हो।
fault-file-name = फ़ाइल का नाम लिखें, फ़ोल्डर के बिना।
fault-file-type = फ़ाइल का प्रकार लिखें, जैसे application/pdf।
fault-file-sha256 = SHA-256 में 0–9 और a–f के 64 अंक होते हैं।
fault-file-size = आकार बाइट में लिखें, 1 से 1 GB तक।
fault-reference = दूसरी चेतावनी का हवाला CAP के तय रूप में नहीं है।
fault-polygon-few = बहुभुज में कम से कम तीन अलग बिंदु चाहिए।
fault-polygon-open = बहुभुज बंद नहीं है।
fault-latitude = पहले अक्षांश, -90 से 90 तक; फिर देशांतर, -180 से 180 तक।
fault-polygon-large = बहुभुज आधी से ज़्यादा पृथ्वी घेर रहा है।
fault-radius = घेरे की त्रिज्या 0 से 5,000 किमी तक हो।
fault-no-state = ऐसा कोई राज्य नहीं है।
fault-no-district = ऐसा कोई ज़िला नहीं है।
fault-no-place = बताएँ कि कहाँ लागू है: राज्य, ज़िला, पिन कोड या इलाक़ा।
fault-time = यह कोई तारीख़ और समय नहीं है।
fault-polygon = बहुभुज को अक्षांश और देशांतर में लिखें, हर पंक्ति में एक बिंदु।
fault-circle = घेरे को अक्षांश, देशांतर और किलोमीटर में लिखें।
fault-team = यह सूचना ऐसे सिस्टम से आई है जो सिर्फ़ अभ्यास और परीक्षण भेज सकता है।
fault-many = { $count } दिए गए हैं; ज़्यादा से ज़्यादा { $most } हो सकते हैं।
fault-long = इसमें { $count } अक्षर हैं; ज़्यादा से ज़्यादा { $most } हो सकते हैं।
fault-pins = यह पिन कोड नहीं है: { $typed }
fault-pin = { $pin } नाम का कोई पिन कोड नहीं है।
fault-empty-area = इस इलाक़े में कोई पिन कोड नहीं आता। सबसे पास का { $pin } है, { $km } किमी दूर।

progress-audience = फ़ोन
progress-sent = भेजे गए
progress-pending = बाक़ी
progress-failed = विफल
