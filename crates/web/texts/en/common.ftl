# What every page says.
name = Munadi
name-line = Official notices you can check
skip = Skip to the main content
language = Language
development = TRIAL SYSTEM: push services on this machine are allowed. Nothing here is an official notice.
nav-main = Pages
nav-subscribe = Get notices
nav-inbox = My notices
nav-archive = All notices
nav-verify = Check a notice
foot-about = Who runs this
foot-manage = Change or stop my notices
foot-privacy = Privacy
foot-accessibility = Accessibility
foot-terms = Terms of use
foot-console = For departments
foot-issuer = Notices here are signed as { $issuer }

# Numbers and times.
words-moment = { $day }, { $clock } IST
words-date = { $day } { $month } { $year }
words-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}

# What went wrong.
error-home = Go to the first page
error-code = Code { $status }
error-title-missing = There is no such page
error-text-missing = If you typed the address, check that it is right. If you followed a link, it may be old.
error-title-unreadable = We could not read that
error-text-unreadable = Go back, check what you entered, and send it again.
error-title-sign-in = Sign in first
error-text-sign-in = Your session has ended, or you have not signed in.
error-title-forbidden = You may not do that
error-text-forbidden = Your role does not allow it, or the request came from another site. Nothing was changed.
error-title-conflict = It has changed meanwhile
error-text-conflict = Somebody else was faster. Load the page again and see what it says now. Nothing of theirs was lost.
error-title-large = That is too large
error-text-large = Send something smaller.
error-title-often = Too many requests
error-text-often = Wait a minute, then try again.
error-title-busy = Munadi is busy
error-text-busy = It will be back in a moment. Try again shortly.
error-title-broken = Something went wrong
error-text-broken = It is our fault. Nothing that you sent was acted on in part. Try again in a moment.

# Why something was refused.
refusal-own-account = Another admin must do that to your own account.
refusal-own-grant = Another admin than the one who asked must confirm a role.
refusal-settled = It was settled already.
refusal-cancels = This notice takes something back itself. Publish a new notice instead.
refusal-signature = The signature does not fit: the key of this device may have been revoked, or the notice has changed. Open the notice again and sign once more.
refusal-author = You wrote this notice: somebody else must approve it.
refusal-editor = You edited this notice: somebody who did not must approve it.
refusal-signed-before = You have signed this notice already: a second approver must be another person.
refusal-no-language = The notice has no version in { $lang }.
refusal-languages = Not yet approved: { $languages }.
refusal-expired = The notice expired on { $time }. Edit it and give it a later end.

# Push services.
provider-own = This government’s own push service
provider-google = Google (Chrome, Android)
provider-mozilla = Mozilla (Firefox)
provider-apple = Apple (Safari, iPhone)
provider-microsoft = Microsoft (Edge)
provider-others = Others
provider-unknown = Not known
service-google = Google’s push service
service-mozilla = Mozilla’s push service
service-apple = Apple’s push service
service-microsoft = Microsoft’s push service
service-host = the push service at { $host }

# Words of notices.
topic-weather = Weather
topic-flood = Floods
topic-cyclone = Cyclones
topic-earthquake = Earthquakes
topic-fire = Fire
topic-health = Health
topic-environment = Air, water and soil
topic-safety = Public safety
topic-transport = Roads, trains and flights
topic-utilities = Water and power
topic-services = Government services
severity-extreme = Extreme danger
severity-severe = Severe danger
severity-moderate = Moderate danger
severity-minor = Little danger
severity-unknown = Danger not known
urgency-immediate = Act now
urgency-expected = Act within the hour
urgency-future = Prepare
urgency-past = It is over
urgency-unknown = Time not known
certainty-observed = It is happening
certainty-likely = Likely
certainty-possible = Possible
certainty-unlikely = Not likely
certainty-unknown = Not known
category-geo = Earth
category-met = Weather and floods
category-safety = Safety
category-security = Security
category-rescue = Rescue
category-fire = Fire
category-health = Health
category-env = Environment
category-transport = Transport
category-infra = Infrastructure
category-cbrne = Chemical, biological, radiological or nuclear
category-other = Other
status-actual = Actual
status-exercise = Exercise
status-test = Test
intent-alert = New notice
intent-update = Update
intent-correct = Correction
intent-cancel = Cancellation
state-draft = Draft
state-in-review = In review
state-approved = Approved
state-published = Published
state-superseded = Superseded
state-withdrawn = Withdrawn
