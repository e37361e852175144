# What citizens read.

offline-title = You are offline
offline-text = Your phone has no connection just now. What it has kept is under “My notices”.

# What the phone shows by itself.
push-title = A notice has arrived
push-unchecked = It could not be checked yet. Open it to read and check it.
push-official = Official: the signatures were checked on this device
push-refused-title = Not an official notice
push-refused = A message could not be proved to be official. Do not act on it.
push-over-title = An earlier notice
push-over = It no longer applies. Open it to read.
push-exercise = EXERCISE
push-test = TEST
push-withdrawn = Taken back

# Lists.
drill-exercise = EXERCISE – not a real event
drill-test = TEST – not a real event
mark-exercise = EXERCISE
mark-test = TEST
drill-text-exercise = This is a drill. Real officers practise. You need not do anything.
drill-text-test = This is a technical test. You need not do anything.
state-expired = No longer in force
card-until = In force until { $time }
older = Older notices
form-fault-title = Please check
form-faults = There is a problem

# Get notices.
home-title = Get official notices for your place
home-lead = Floods, storms, health, water, roads: notices from government departments, in your language, that you can check are real.
home-lead-more = Every notice is signed by officers and by their department, and your phone can check the signatures itself.
home-step-place = Your PIN code
home-step-place-hint = Six digits, as in your postal address. You can give up to { $n }, with spaces between them.
home-look = Show the place
home-places = Your places
home-pins-missing = Enter your PIN code: six digits
home-pins-unknown = There is no place with the PIN code “{ $pin }”. Check the digits.
home-pins-many = Enter at most { $n } PIN codes
home-step-topics = What you want to hear about
home-step-topics-hint = Tick nothing to get everything.
home-step-language = Your language
home-step-language-hint = If a notice is not in your language, you get it in English or Hindi.
home-go = Continue
home-no-account = No account, no name, no phone number. What you choose is kept in your browser.
home-latest = Latest notices
home-latest-none = Nothing has been published yet.
home-all = All notices, with search
home-verify-title = Did somebody send you a notice?
home-verify-text = Paste its text or its link, or give us a picture of its QR code. We tell you whether it is real.

# My notices.
inbox-nowhere = You have not chosen a place yet, so these are the notices for all of India.
inbox-choose = Choose your place
inbox-places = Places
inbox-topics = Topics
inbox-topics-all = Everything
inbox-change = Change places, topics or language
inbox-leave = Stop or see what is stored
inbox-title = Notices
inbox-heard = Last heard from the server: { $time }
inbox-offline = No connection. Last heard from the server: { $time }
inbox-new = New notice: { $headline }
inbox-unread = (not read yet)
inbox-empty = There is no notice for your places and topics. New ones appear here by themselves.
inbox-no-script = Without JavaScript this page does not update by itself: load it again to see new notices.

# Notifications.
push-heading = Get notices also when this page is closed
push-stored = If you turn notifications on, we store your PIN codes, topics, language and an address that your browser makes for this purpose. No name, no phone number. You can erase it all at any time.
push-allow = Turn on notifications
push-asking = Your browser now asks whether Munadi may send you notifications. Choose “Allow”.
push-on = Notifications are on.
push-through-own = Your notices reach this browser through this government’s own push service. No other company takes part.
push-through-wake-up = Your notices reach this browser through { $service }. It learns that something came, and when, but never what: your browser fetches the text from us.
push-through-full = Your notices reach this browser through { $service }. They are locked on the way: it learns that something came, and when, but never what.
push-through-off = Your browser gets notifications through { $service }. We send nothing through other companies’ push services, so no notification comes to you. “My notices” shows you everything all the same.
push-own-only = Notifications come only through this government’s own push service. If your browser uses another company’s, as most do, you get none. This page shows you all your notices all the same.
push-none = We send no notifications at present. This page shows you all your notices all the same.
push-elsewhere = Your browser’s push service is not one that we may send to, so no notification comes to you. This page shows you all your notices all the same.
push-denied = Your browser does not allow notifications from Munadi. You can change that in the browser's settings for this site. Your notices are on this page all the same.
push-unsupported = This browser cannot receive notifications. Your notices are on this page all the same.
push-failed = That did not work. Check your connection and try again.
push-ios = On an iPhone or iPad, notifications work from the Home Screen:
push-ios-share = Tap “Share” in Safari.
push-ios-add = Choose “Add to Home Screen”.
push-ios-open = Open Munadi from the Home Screen and turn notifications on there.

# A notice.
notice-withdrawn = This notice was taken back
notice-withdrawn-text = It no longer counts. Do not act on it.
notice-withdrawn-by = Read why
notice-broken = Do not trust this notice
notice-broken-text = Its signatures do not fit what it says. Somebody has changed or forged it. It is not official, and we are looking into it.
notice-superseded = There is a newer notice
notice-superseded-by = Read the newer notice
notice-expired-text = It applied until { $time }.
notice-cancels = This takes back an earlier notice.
notice-updates = This brings an earlier notice up to date.
notice-corrects = This corrects a mistake in an earlier notice.
notice-earlier = Read the earlier notice
notice-do = What to do
notice-what = What has happened
notice-what-drill = What it is about
notice-facts = Details
notice-where = Where
notice-whole-state = The whole state:
notice-whole-district = The whole district:
notice-pins = PIN codes:
notice-pins-more = { $count ->
    [one] and one more
   *[other] and { $n } more
}
notice-shapes = And an area that the department has drawn on the map.
notice-department = Department
notice-from = From
notice-until = Until
notice-urgency = When to act
notice-certainty = How sure
notice-topic = Topic
notice-links = More information
notice-files = Files
notice-languages = This notice in other languages
notice-signed = Who signed it
notice-signed-by = { $count ->
    [one] One officer and the department have signed this notice.
    [2] Two officers and the department have signed this notice.
    [3] Three officers and the department have signed this notice.
   *[other] { $n } officers and the department have signed this notice.
}
notice-signed-broken = The signatures of this notice are not good. We show what it says only so that it can be looked into.
notice-checked-here = This page was written by our server, which checked the signatures again on { $time }. So that you need not believe the server, your phone can check them too:
notice-signed-text = { $department } published it. Each officer signed on a device of their own. If one letter were changed, the signatures would no longer fit. Officers’ names are not published.
notice-signed-more = What the signatures mean
notice-no-script = Without JavaScript your browser cannot check the signatures itself.
notice-share = Pass it on
notice-share-text = Text to copy and send
notice-share-link = Link
notice-qr = QR code of { $address }
notice-qr-text = Scan to open this notice on another phone.
notice-forms = For other programs
notice-form-signed = Signed notice
notice-form-cap = CAP 1.2 alert
notice-form-json = What we know of it
notice-published = Published
signer-author = The officer who wrote it
signer-approver = Another officer, who approved it
signer-publisher = The department

# What this device found.
verify-device-actual = This device has checked the signatures itself: the notice is real.
verify-device-exercise = This device has checked the signatures itself: the department has published this as an exercise. Nothing has happened.
verify-device-test = This device has checked the signatures itself: the department has published this as a test. Nothing has happened.
verify-device-over = This device has checked the signatures itself: the notice is real, but no longer in force.
verify-device-not-official = This device has checked the signatures, and they do not fit. Do not trust this notice.
verify-device-unchecked = This device could not check the signatures just now. Try again when you have a connection.

# Check a notice.
verify-lead = Did somebody send you a notice? Paste its link or its text here, or give us a picture of its QR code.
verify-text = Link or text
verify-text-hint = For example a message from a messenger, the whole of it. We open no links, and keep nothing.
verify-go = Check it
verify-picture = Or a picture of its QR code
verify-picture-hint = PNG, JPEG or WebP, up to 5 MB. It is not kept.
verify-ours = Our notice
verify-again = Check another one
verify-scanned = The QR code says:
verify-given = What you were sent
verify-really = What we published
verify-marked = Struck through: words that are not in our notice. Underlined: words of our notice that are missing from what you were sent.
verify-answers = What the answers mean
verify-real = Real
verify-real-means = Officers and their department have signed it, and it is in force.
verify-over = Real, but over
verify-over-means = We published it, but its time has passed, or it was replaced or taken back.
verify-not-ours = Not one of ours
verify-not-ours-means = We never published it, or somebody has changed it. Do not act on it and do not pass it on.
verify-exercise = Real, but an EXERCISE
verify-test = Real, but a TEST
verify-changed = Not what we published
verify-elsewhere = Be careful: the link is not ours
verify-why-real = This is one of our notices. It is in force until { $time }.
verify-why-exercise = We published this notice as an exercise. Nothing has happened. If somebody passes it on as real, it is not.
verify-why-test = We published this notice as a technical test. Nothing has happened. If somebody passes it on as real, it is not.
verify-why-expired = We published this notice, and it was in force until { $time }. It no longer is.
verify-why-superseded = We published this notice, but a newer one has taken its place. Open it below to find the newer one.
verify-why-withdrawn = We published this notice and have taken it back. It no longer counts.
verify-why-broken = It is stored here, but its signatures do not fit. Do not trust it.
verify-why-signed = { $count ->
    [one] The signatures of one officer and of the department are good: we have checked them just now.
    [2] The signatures of two officers and of the department are good: we have checked them just now.
   *[other] The signatures of { $n } officers and of the department are good: we have checked them just now.
}
verify-why-same-words = The words are the same as in our notice.
verify-why-other-words = But the other words that you pasted are not from this notice. Believe only what the notice itself says.
verify-why-changed = It looks like one of our notices, but it is not the same, word for word: something was added, left out or altered. Believe only what we published.
verify-why-no-such-id = We have published no notice with this number.
verify-why-no-such-words = We have published no notice with these words. If it is a summary in somebody's own words, ask for the link to the notice.
verify-why-elsewhere = It has a link to another website: { $sites }. Do not open it. Our notices are only on this website.
verify-fault-nothing = Paste a link or a text, or choose a picture
verify-fault-no-code = We found no QR code in the picture. Try a sharper one, taken straight from the front.
verify-fault-large = The picture is too large: send one of up to 5 MB
verify-fault-form = The picture did not arrive whole. Try again.

# Search.
archive-text = Words
archive-pin = PIN code
archive-state = State
archive-district = District
archive-department = Department
archive-from = Published since
archive-to = Published up to and including
archive-any = Any
archive-search = Search
archive-clear = Clear the search
archive-found = Found
archive-newest = Newest first
archive-none = Nothing was found. Try fewer words, or leave fields empty.
archive-text-none = Enter at least one word
archive-date-none = Enter a day that there is, such as 2026-11-23
archive-cap = each entry of the Atom feed leads to its CAP alert
archive-feeds = Follow these notices with other programs:

# Change or stop.
manage-inbox = My notices on this site
manage-inbox-none = No place is kept in this browser.
manage-inbox-cookie = This browser keeps your choice in a cookie of this site:
manage-change = Change places, topics or language
manage-forget = Forget my choice on this browser
manage-no-script = To stop notifications or see what we store about them, this page needs JavaScript, because only your browser holds the key to them. You can also block notifications from Munadi in your browser's settings.
manage-push = Notifications
manage-push-none = Nothing is stored about you on our server.
manage-stored = This is everything that is stored about you on our server:
manage-since = Since
manage-endpoint = Your browser's push service
manage-leave = Stop notifications
manage-erase-title = Erase everything
manage-erase-text = Stops notifications and erases what this browser keeps of Munadi.
manage-erase = Erase everything
manage-left = Notifications have stopped, and what was stored about you on our server is erased.
manage-erased = Everything is erased.
manage-failed = That did not work. Check your connection and try again.

# Who carries notices.
reach-title = Who carries your notices
reach-lead = A notification reaches you through a push service. Most of them belong to a few large companies. Here you see how many people need such a company, and how many need nobody but this government.
reach-share-title = Who needs whom
reach-own = { $count ->
    [0] So far, every notification here needs an outside company.
    [100] No notification here needs an outside company.
   *[other] { $n } % of those who get notifications need no outside company.
}
reach-own-off = { $count ->
    [0] Nobody gets notifications at present: every browser that turned them on depends on an outside company, and nothing is sent there.
    [100] Every browser that turned on notifications gets them through this government’s own push service.
   *[other] { $n } % of the browsers that turned on notifications get them, through this government’s own push service. Nothing is sent to the others.
}
reach-picture = Bar: { $own } % through this government’s own push service, { $others } % through outside companies. The text below says the same.
reach-outside = Outside companies
reach-many = At least { $n } browsers have turned on notifications. The shares are rounded, and services that fewer than ten people use are counted together, so that nobody can be picked out.
reach-few = Fewer than ten browsers have turned on notifications so far. So we give the share in tens of percent and no more, so that nobody can be picked out.
reach-nobody = Nobody has turned on notifications here yet, so there is nothing to count.
reach-table = By push service
reach-service = Push service
reach-percent = Share
reach-counted = Counted on { $time }.
reach-data = These figures for programs
reach-what-title = What a push service does
reach-what-text = When this website is closed, your browser still listens to one push service. Usually the maker of the browser chooses it. We give that service a message, and it passes the message on to your browser.
reach-what-power = So whoever runs a push service can see when something comes for which browser, and whether it is urgent. It could also hold messages back.
reach-given-title = What we give to outside companies
reach-given-full = We give push services of other companies the text of a notice locked, so that only your browser can open it. Every message has the same size. They learn that something came, when, how long it matters and whether it is urgent, but never what it says.
reach-given-wake-up = We give push services of other companies no text at all, only a message that is always the same size and wakes your browser. Your browser then fetches the notice from us. They learn that something came, when, and whether it is urgent, but never what it is about.
reach-given-off = We give push services of other companies nothing. Notifications come only through this government’s own push service.
reach-without-title = How to do without them
reach-without-own = This government has a push service of its own. Firefox uses it on computers that an organization has set up so. If yours is such an organization, ask those who look after its computers.
reach-without-none = There is no push service of this government’s own here yet.
reach-without-always = You always find every notice on this website, without any push service.

# Statements.
statement-owner = Responsible for this page: the operator of { $issuer }.
statement-changed = Last changed on { $date }.
about-title = Who runs this
about-lead = Munadi carries notices from government departments to citizens, so that everyone can tell a real notice from a forged one.
about-who-title = Who is behind it
about-who-text =
    The operator of { $issuer } runs this server. Departments write, approve and publish the notices; each notice says which department it is from.
    These departments publish here:
about-signed-title = What the signatures mean
about-signed-text =
    Every notice is written by one officer and approved by another. Both sign it on their own devices, with keys that never leave them. Then the department signs too.
    A notice of extreme danger needs two officers to approve it. A notice that takes another one back needs only its author and the department.
    Nobody can issue a notice alone: not one officer, and not whoever runs this server.
about-check-title = How your phone checks it
about-check-text =
    Your browser fetches the signed notice and the list of keys, and checks every signature itself. The first time you come here, it remembers the key that stands behind all the others, and accepts no other one later.
    Anyone can check a notice with other programs, too: the signed form of each notice is on its page.
about-reach-title = Who carries notices to you
about-reach-text = Notices are on this website, and notifications come through push services. Some of these belong to large companies, and one can belong to this government.
about-drills-title = Exercises and tests
about-drills-text = Departments practise with exercises. An exercise has a striped border and says EXERCISE everywhere. It is signed as an exercise, so nobody can pass it off as real.
privacy-title = Privacy
privacy-lead = We want to know as little about you as possible.
privacy-stored-title = What we store
privacy-stored-text =
    If you turn notifications on: your PIN codes, topics, language, the address at your browser's push service with its keys, and when you agreed to which text.
    If you only read here: nothing on our server. Your choice of places is in a cookie of your own browser.
privacy-not-title = What we do not store
privacy-not-text = No name, no phone number, no e-mail address, no account. We do not record who has read which notice. There is nothing from other companies on these pages.
privacy-cookies-title = Cookies
privacy-cookies-text =
    “lang” keeps the language of the pages. “inbox” keeps your PIN codes, topics and language, if you chose any. Both stay for a year, and both are only for this website.
    In its own store, your browser also keeps the notices that you have seen, so that you can read them without a connection.
privacy-push-title = Push services
privacy-push-text = A notification travels through a push service: this government’s own, or that of your browser’s maker.
privacy-rights-title = What you can do
privacy-rights-text = Under “Change or stop my notices” you see everything that is stored about you, change it, stop, and erase it. Erasing takes effect at once.
accessibility-title = Accessibility
accessibility-lead = Everyone must be able to read a warning.
accessibility-how-title = How these pages are made
accessibility-how-text =
    They work with a keyboard, with a screen reader, on narrow screens, in light and dark, and without JavaScript as far as a browser allows. Nothing is said by color alone.
    They are tested automatically against the rules of WCAG 2.2.
accessibility-known-title = What does not work yet
accessibility-known-text = The pages are in English and Hindi; notices are in the languages that departments write them in. Notices are not available in sign language.
accessibility-tell-title = Tell us
accessibility-tell-text = If you cannot use something here, write to the address below.
terms-title = Terms of use
terms-lead = These notices are for everyone.
terms-use-title = Using the notices
terms-use-text = You may read, copy and pass on notices. Pass them on with their link, so that others can check them.
terms-late-title = No guarantee of arrival
terms-late-text = A notification can be late or fail to arrive, because networks and phones fail. In danger, follow what people on the spot and local officials tell you.
terms-copy-title = Copies and programs
terms-copy-text = Programs may use the feeds and the interface within the limits that are told in the answers.
