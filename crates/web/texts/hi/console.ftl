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

desk-title = मुख्य पेज
desk-hello = नमस्ते, { $name }
desk-write = सूचना लिखें
desk-waiting = आपके इंतज़ार में
desk-nothing = अभी कुछ भी आपके इंतज़ार में नहीं है।
desk-review = { $count ->
    [one] एक सूचना पढ़कर मंज़ूर करनी है
   *[other] { $n } सूचनाएँ पढ़कर मंज़ूर करनी हैं
}
desk-publish = { $count ->
    [one] एक सूचना प्रकाशन के लिए तैयार है
   *[other] { $n } सूचनाएँ प्रकाशन के लिए तैयार हैं
}
desk-back = { $count ->
    [one] एक सूचना आपके पास लौटी है
   *[other] { $n } सूचनाएँ आपके पास लौटी हैं
}
desk-keys = { $count ->
    [one] एक उपकरण की चाबी की पुष्टि बाक़ी है
   *[other] { $n } उपकरणों की चाबियों की पुष्टि बाक़ी है
}
desk-grants = { $count ->
    [one] एक भूमिका को दूसरे एडमिन की पुष्टि चाहिए
   *[other] { $n } भूमिकाओं को दूसरे एडमिन की पुष्टि चाहिए
}
desk-drafts = आपके मसौदे
desk-out = अभी जारी
desk-out-none = आपके विभाग की कोई सूचना अभी जारी नहीं है।
desk-out-all = सभी प्रकाशित सूचनाएँ

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

progress-title = भेजने का हाल
progress-gone = अब नहीं हैं
progress-expired = देर हो गई
progress-again = फिर कोशिश होगी
progress-percent = { $percent } % पूरा
progress-running = भेजी जा रही है।
progress-finished = { $time } तक सबको भेज दी गई।
progress-done = सबको भेज दी गई।
progress-lane-emergency = आपात क़तार में: सबसे पहले।
progress-lane-routine = सामान्य क़तार में।
progress-providers = पुश सेवा के अनुसार
progress-provider = पुश सेवा
progress-own = किसी बाहरी कंपनी के बिना पहुँचे: { $all } में से { $own } फ़ोन ({ $percent } %)।
progress-own-only = यहाँ दूसरी कंपनियों की पुश सेवाओं से कुछ नहीं भेजा जाता। जो फ़ोन ऐसी सेवा काम में लेते हैं, वे विफल गिने जाते हैं; उन लोगों को सूचना वेबसाइट पर मिलती है।
progress-reach = सब नोटिफ़िकेशन पाने वालों का हाल
progress-chart = { $count ->
    [one] समय के साथ संदेश, हर सेकंड की एक पट्टी
   *[other] समय के साथ संदेश, हर { $n } सेकंड की एक पट्टी
}
progress-chart-label = समय के साथ भेजे गए संदेशों का पट्टी चार्ट। नीचे की तालिका में वही बात है।
progress-table = वही, तालिका में
progress-time = कब से
progress-not-sent = नहीं भेजे गए
progress-published = { $time } को प्रकाशित।
progress-ended = बाद की एक सूचना ने इसकी जगह ले ली है। वह खोलें।
progress-update = ताज़ा जानकारी दें
progress-correct = सुधारें
progress-cancel = वापस लें
progress-reload = नए आँकड़ों के लिए पेज फिर से खोलें।
progress-content = इसमें क्या लिखा है
progress-public = जैसी सबको दिखती है

sign-title = हस्ताक्षर
sign-kind-alert = नई सूचना।
sign-kind-update = पिछली सूचना की ताज़ा जानकारी।
sign-kind-correct = पिछली सूचना का सुधार।
sign-kind-cancel = यह पिछली सूचना को वापस लेती है।
sign-what = आप किस पर हस्ताक्षर कर रहे हैं
sign-then = इसके बाद क्या होगा
sign-alone = किसी और की मंज़ूरी नहीं चाहिए: यह तुरंत प्रकाशित हो सकती है।
sign-approvers = { $count ->
    [one] एक अधिकारी, जिसने इसमें कुछ नहीं लिखा, हर भाषा पढ़कर हस्ताक्षर करेगा। तब यह प्रकाशित हो सकेगी।
   *[other] { $n } अधिकारी, जिन्होंने इसमें कुछ नहीं लिखा, हर भाषा पढ़कर हस्ताक्षर करेंगे। तब यह प्रकाशित हो सकेगी।
}
sign-freeze = सब ठीक है: हस्ताक्षर पर चलें
sign-freeze-hint = यहाँ से पाठ जैसा है वैसा ही रहेगा। आप अब भी लौटकर बदल सकते हैं।
sign-button-author = हस्ताक्षर करें और समीक्षा को दें
sign-button-approver = मंज़ूर करें और हस्ताक्षर करें
sign-means = आपका हस्ताक्षर कहता है: इस पाठ के हर शब्द की ज़िम्मेदारी मेरी है। वह इसी उपकरण पर ऐसी चाबी से बनता है जो यहाँ से कभी बाहर नहीं जाती। बाद में एक अक्षर भी बदले तो हर फ़ोन को पता चल जाएगा।
sign-working = हस्ताक्षर हो रहे हैं …
sign-no-key = इस उपकरण पर आपकी कोई पक्की चाबी नहीं है।
sign-to-keys = अपनी चाबियों पर जाएँ
sign-failed = हस्ताक्षर नहीं हो पाए। पेज फिर से खोलकर कोशिश करें।
sign-noscript = हस्ताक्षर आपके उपकरण पर होते हैं और इसके लिए जावास्क्रिप्ट चाहिए। इस पेज के लिए उसे चालू करें।

review-title = समीक्षा
review-count = { $needed } में से { $given } मंज़ूरियाँ मिल चुकी हैं।
review-not-state = यह सूचना समीक्षा में नहीं है।
review-not-approver = आप इसे पढ़ सकते हैं। मंज़ूरी देने के लिए अलग भूमिका चाहिए।
review-not-author = यह सूचना आपने लिखी है, इसलिए मंज़ूरी कोई और देगा। चार आँखें दो से बेहतर देखती हैं।
review-not-editor = आपने इसमें कुछ लिखा है, इसलिए मंज़ूरी वह देगा जिसने नहीं लिखा। चार आँखें दो से बेहतर देखती हैं।
review-not-twice = आप मंज़ूरी दे चुके हैं। एक और अधिकारी की मंज़ूरी चाहिए।
review-changes = क्या बदला
review-changes-hint = पिछले रूप से तुलना। रेखांकित नया है, कटा हुआ हट गया है।
review-same = कुछ नहीं: वही लिखा है जो पहले था।
review-gone = हटा:{" "}
review-new = नया:{" "}
review-languages = हर भाषा पढ़ें
review-read = पढ़ा और सही पाया।
review-unread = इस रूप की पुष्टि अभी किसी ने नहीं की।
review-tick = मैंने { $language } वाला रूप पढ़ लिया है और वह सही है।
review-confirm-languages = जो पढ़ा उसकी पुष्टि करें
review-approve = मंज़ूरी दें
review-return = वापस भेजें
review-comment = क्या ठीक करना है
review-comment-hint = लिखने वाले को यह दिखेगा। सारे हस्ताक्षर रद्द हो जाएँगे।
review-comment-fault = लिखें कि क्या ठीक करना है, ज़्यादा से ज़्यादा { $most } अक्षरों में।
review-edit = इसे बदलें (सारे हस्ताक्षर रद्द होंगे)

publish-title = प्रकाशित करें
publish-languages = भाषाएँ
publish-all = सब कुछ एक बार और पढ़ें
publish-word = प्रकाशित करने के लिए “{ $word }” शब्द लिखें
publish-hint-actual = यह असली है। लोग इस पर क़दम उठाएँगे।
publish-hint-exercise = यह अभ्यास है। हर फ़ोन पर यह लिखा आएगा।
publish-hint-test = यह तकनीकी परीक्षण है। हर फ़ोन पर यह लिखा आएगा।
publish-fault = यह वह शब्द नहीं है। इस सूचना की स्थिति “{ $word }” है। अगर आप यह नहीं चाहते, तो प्रकाशित न करें।
publish-button-actual = प्रकाशित करें: यह असली है
publish-button-exercise = अभ्यास प्रकाशित करें
publish-button-test = परीक्षण प्रकाशित करें
publish-not-you = यह मंज़ूर हो चुकी है और ऐसे अधिकारी के इंतज़ार में है जो प्रकाशित कर सके।

keys-title = चाबियाँ
keys-text = आप ऐसी चाबी से हस्ताक्षर करते हैं जो आपके उपकरण पर बनी और वहाँ से कभी बाहर नहीं जाती। एडमिन एक बार पुष्टि करता है कि वह आपकी है।
keys-done-enrolled = चाबी आ गई है। अब एडमिन से पुष्टि कराएँ और नीचे के अक्षर उन्हें पढ़कर सुनाएँ।
keys-done-confirmed = चाबी की पुष्टि हो गई, अब इससे हस्ताक्षर होंगे।
keys-done-revoked = चाबी रद्द हो गई। अब इससे कोई हस्ताक्षर नहीं होगा।
keys-done-rotated = विभाग को नई चाबी मिल गई।
keys-waiting = पुष्टि के इंतज़ार में
keys-waiting-text = अधिकारी को उस नंबर पर फ़ोन करें जो आप पहले से जानते हैं। वे अपनी स्क्रीन के अक्षर पढ़कर सुनाएँ। हर अक्षर मिले, तभी पुष्टि करें।
keys-confirm = हर अक्षर मिलता है: पुष्टि करें
keys-reject = नहीं मिलता: रद्द करें
keys-own = आपके उपकरण
keys-own-none = आपके किसी उपकरण पर अभी चाबी नहीं है।
keys-state-good = इससे हस्ताक्षर होते हैं।
keys-state-waiting = एडमिन के इंतज़ार में। ऊपर के अक्षर उन्हें पढ़कर सुनाएँ।
keys-state-revoked = रद्द।
keys-state-over = इसका समय पूरा हो गया।
keys-this = यही उपकरण
keys-from-to = { $from } से { $to } तक
keys-revoke = उपकरण खो गया: रद्द करें
keys-revoke-department = अब सुरक्षित नहीं: रद्द करें
keys-enroll = इस उपकरण पर चाबी बनाएँ
keys-enroll-text = यह सिर्फ़ अपने उपकरण पर करें, जो आपके हटते ही लॉक हो जाता हो।
keys-working = चाबी बन रही है …
keys-unsupported = यह ब्राउज़र चाबी नहीं रख सकता। नया Firefox, Chrome, Edge या Safari इस्तेमाल करें।
keys-others = साथियों की चाबियाँ
keys-others-none = कोई नहीं है।
keys-department = विभाग की अपनी चाबी
keys-department-text = सूचना प्रकाशित होते समय यह सबसे आख़िर में हस्ताक्षर करती है। इसे सर्वर रखता है।
keys-rotate = विभाग के लिए नई चाबी बनाएँ

role-drafter = सूचनाएँ लिखना
role-approver = सूचनाएँ मंज़ूर करना
role-publisher = सूचनाएँ प्रकाशित करना
role-department-admin = विभाग के एडमिन
role-platform-admin = पूरी व्यवस्था के एडमिन
role-auditor = लेखा परीक्षक
people-title = लोग और भूमिकाएँ
people-refused = यह नहीं हुआ:
people-grants = दूसरे एडमिन के इंतज़ार में भूमिकाएँ
people-grants-text = एक एडमिन माँगता है, दूसरा पुष्टि करता है। इस तरह कोई अकेला किसी को सूचनाओं पर अधिकार नहीं दे सकता।
people-grant = “{ $role }”, { $name } ने माँगी
people-grant-own = यह आपने माँगी है; पुष्टि दूसरा एडमिन करेगा।
people-confirm = पुष्टि करें
people-decline = मना करें
people-all = सभी लोग
people-disabled = प्रवेश बंद
people-pending = इंतज़ार में: { $role }
people-self = यह आप हैं। आपका खाता दूसरा एडमिन बदलता है।
people-change = { $name } का खाता बदलें
people-role = भूमिका
people-ask = यह भूमिका माँगें
people-take = वापस लें: { $role }
people-reset = नया पासवर्ड
people-disable = तुरंत प्रवेश बंद करें
people-enable = फिर से आने दें
people-new = नया अधिकारी
people-name = नाम, जिससे साथी जानते हैं
people-sign-in-hint = अंग्रेज़ी के छोटे अक्षर, अंक और . _ - @ +
people-roles = भूमिकाएँ
people-roles-hint = हर भूमिका की पुष्टि दूसरा एडमिन करेगा।
people-add = अधिकारी जोड़ें
people-back = हो गया
people-password-title = यह पासवर्ड सौंप दें
people-password-text = यह बस इसी बार दिखेगा, 72 घंटे और एक साइन इन तक चलेगा। { $name } को मिलकर या फ़ोन पर दें।

systems-title = आपके विभाग के सिस्टम
systems-text = आपके विभाग का कोई कंप्यूटर सिस्टम मसौदे लिख सकता है। वह न मंज़ूरी दे सकता है, न प्रकाशित कर सकता है।
systems-none = अभी कोई नहीं है।
systems-kind = वह जो लिखे उसका क्या हो सकता है
systems-kind-live = लाइव: असली सूचना बन सकती है।
systems-kind-team = टीम: सिर्फ़ अभ्यास और परीक्षण।
systems-kind-test = परीक्षण: किसी तक नहीं पहुँचती।
systems-revoke = तुरंत प्रवेश बंद करें
systems-revoked = { $time } से प्रवेश बंद
systems-new = सिस्टम दर्ज करें
systems-name = नाम
systems-key = उसकी सार्वजनिक चाबी
systems-key-hint = JWK के रूप में: { "{" }"kty":"EC","crv":"P-256","x":"…","y":"…"{ "}" }। निजी हिस्सा सिस्टम के पास ही रहता है।
systems-register = दर्ज करें
systems-fault-name = एक पंक्ति में ज़्यादा से ज़्यादा 200 अक्षरों का नाम दें।
systems-fault-key = यह सार्वजनिक चाबी नहीं है: P-256 की JWK चिपकाएँ।

limits-title = सीमाएँ
limits-text = ताकि कोई, भूल से या जानकर, दूसरों का हिस्सा न ले ले। जो सीमा तक पहुँचे उसे थोड़ा रुकना होता है। ये आँकड़े उस सर्वर के हैं जिसने आपको जवाब दिया।
limits-department = आप और आपका विभाग
limits-officers = विभाग में सभी
limits-what = क्या
limits-now = अभी इस्तेमाल
limits-burst = एक साथ
limits-minute = लगातार, हर मिनट
limits-used = { $all } में से { $used }
limits-own = आपके अनुरोध
limits-requests = विभाग के अनुरोध
limits-sending = समीक्षा को देना, मंज़ूरी, प्रकाशन

operator-title = संचालन
operator-letters = संदेश, जिन पर काम नहीं हो सका
operator-letters-text = क़तार ने इन्हें छोड़ दिया। फिर भेजने से कोई नुक़सान नहीं: किसी को सूचना दो बार नहीं मिलती।
operator-letters-none = कोई नहीं है।
operator-body = संदेश
operator-retry = फिर भेजें
operator-because = या हटा दें, क्योंकि
operator-because-fault = लिखें कि क्यों हटा रहे हैं।
operator-drop = हटा दें
operator-more = और भी हैं। पहले इन्हें निपटाएँ।
operator-origins = पुश सेवाएँ
operator-origins-none = सभी पुश सेवाएँ जवाब दे रही हैं।
operator-paused = { $time } तक रुकने को कहा है
operator-stopped = { $time } से रुकी है: हमारा भेजा हुआ नहीं ले रही।
operator-resume = इसे फिर भेजें
operator-health = क़तारें और काम करने वाले
operator-health-text = सब कुछ तैयार है या नहीं, और निगरानी के लिए सारे आँकड़े:

# यहाँ के विभाग।
console-nav-departments = विभाग
departments-title = विभाग
departments-none = अभी कोई नहीं है। पहला विभाग नीचे बनाएँ।
departments-since = { $date } से
departments-new = नया विभाग
departments-new-text = उसे हस्ताक्षर की अपनी चाबी मिलती है, जो इसी सर्वर पर रहती है, और पहले एडमिन, जो उसके अधिकारी जोड़ते हैं।
departments-field-name-en = अंग्रेज़ी में नाम
departments-field-name-hi = हिन्दी में नाम
departments-field-slug = पते में छोटा नाम
departments-field-display-name = पहले एडमिन का नाम
departments-field-sign-in = पहले एडमिन का साइन इन का नाम
departments-hint-name = जैसा नागरिक हर सूचना पर पढ़ेंगे।
departments-hint-slug = अंग्रेज़ी के 2 से 63 छोटे अक्षर, अंक और हाइफ़न, जैसे delhi-health। यह कभी नहीं बदलता।
departments-hint-admin = जैसे साथी उन्हें जानते हैं।
departments-hint-sign-in = अंग्रेज़ी के छोटे अक्षर, अंक और . _ - @ +
departments-fault-name-en = विभाग का नाम कम से कम एक भाषा में, एक पंक्ति में लिखें।
departments-fault-name-hi = हिन्दी का नाम एक पंक्ति में लिखें।
departments-fault-slug = अंग्रेज़ी के 2 से 63 छोटे अक्षर, अंक और हाइफ़न लिखें, शुरू में हाइफ़न नहीं।
departments-fault-display-name = पहले एडमिन का नाम एक पंक्ति में लिखें।
departments-fault-sign-in = अंग्रेज़ी के छोटे अक्षर, अंक और . _ - @ + ही लिखें।
departments-taken = यह छोटा नाम या साइन इन का नाम पहले से है। दूसरा चुनें।
departments-make = विभाग बनाएँ

operator-queue = क़तार
operator-waiting = इंतज़ार में
operator-workers = काम करने वाले
operator-queue-missing = यह अभी नहीं है: मुनादी चालू होने पर बनती है।
operator-queues-silent = RabbitMQ जवाब नहीं दे रहा। कुछ खोया नहीं है, पर जब तक जवाब नहीं आता, कुछ भेजा नहीं जाएगा।
