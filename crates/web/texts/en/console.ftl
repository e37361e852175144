# What officers read.
console-installation = This installation
console-nav-home = Home
console-nav-notices = Notices
console-nav-keys = Keys
console-nav-people = People
console-nav-systems = Systems
console-nav-limits = Limits
console-nav-operator = Operator
console-sign-out = Sign out
console-foot-citizens = What citizens see

sign-in-title = Sign in
sign-in-text = For officers of departments. Citizens need no account.
sign-in-name = Your name for signing in
sign-in-password = Password
sign-in-button = Sign in
sign-in-lost = Lost your password? Ask an admin of your department for a new one.
sign-in-first-title = Choose your own password
sign-in-first-text = The password that you were given is good once. Enter it again, and choose your own.
sign-in-handed = The password that you were given
sign-in-new = Your new password
sign-in-new-hint = At least 12 characters. Three or four words that do not belong together are good and easy to keep in mind.
sign-in-new-again = Your new password once more
sign-in-fault-wrong = The name or the password is wrong.
sign-in-fault-new = Choose another password: at least 12 characters, not your name, and not the old one.
sign-in-fault-again = The two new passwords are not the same.
sign-in-fault-often = { $count ->
    [one] Too many attempts. Try again in a minute.
   *[other] Too many attempts. Try again in { $n } minutes.
}

desk-title = Home
desk-hello = Namaste, { $name }
desk-write = Write a notice
desk-waiting = Waiting for you
desk-nothing = Nothing waits for you.
desk-review = { $count ->
    [one] One notice to read and approve
   *[other] { $n } notices to read and approve
}
desk-publish = { $count ->
    [one] One notice is ready to be published
   *[other] { $n } notices are ready to be published
}
desk-back = { $count ->
    [one] One notice came back to you
   *[other] { $n } notices came back to you
}
desk-keys = { $count ->
    [one] One device’s key waits to be confirmed
   *[other] { $n } devices’ keys wait to be confirmed
}
desk-grants = { $count ->
    [one] One role waits for a second admin
   *[other] { $n } roles wait for a second admin
}
desk-drafts = Your drafts
desk-out = Out now
desk-out-none = No notice of your department is out.
desk-out-all = All published notices

list-title = Notices of your department
list-states = Show only
list-all = All
list-untitled = Without a headline
list-changed = Changed on { $time }
list-empty = There are none.
list-next = Older notices

part-status = Status
part-topic = Topic
part-category = Kind of event
part-severity = How bad
part-urgency = How soon to act
part-certainty = How sure
part-effective = Applies from
part-expires = Applies until
part-area = Where
part-links = Links
part-attachments = Files
part-references = Follows
part-headline = Headline
part-body = What is known
part-instruction = What to do
part-state = All of { $name }
part-polygon = the area between { $points }
part-circle = { $km } km around { $center }

compose-title = Write a notice
compose-title-update = Write an update
compose-title-correct = Write a correction
compose-title-cancel = Take a notice back
compose-lead-update = It replaces the earlier notice, and goes to everybody who got that and to the places that you name now.
compose-lead-correct = It replaces the earlier notice, and goes to exactly those who got that.
compose-lead-cancel = It tells exactly those who got the earlier notice that it no longer holds. You alone can sign and send this.
compose-saved = Saved.
compose-unsaved = Not saved yet …
compose-offline = Not saved: there is no connection. Keep this page open; it is tried again when you type.
compose-signed-out = Not saved: you are signed out. Sign in in another tab, then type on here.
compose-unreadable = Not saved: something cannot be read. “Save” shows what.
compose-conflict-short = Not saved: a colleague has changed this notice. “Save” shows both versions.
compose-complete = Everything is there: it can be signed.
compose-missing = { $count ->
    [one] One thing is still missing.
   *[other] { $n } things are still missing.
}
compose-voids = This notice is signed. If you save a change, all signatures are void and it starts again as a draft.
compose-returned = It came back to you
compose-save = Save
compose-preview = Preview
compose-sign = Check and sign
compose-discard = Throw this draft away
compose-status = Is it meant?
compose-hint-status = This is part of what is signed. A drill can never be sent as the real thing, nor the real thing as a drill.
compose-status-actual = People must act on it.
compose-status-exercise = A drill: real phones, no real danger. Every phone says so.
compose-status-test = A technical test. Nobody needs to act.
compose-languages = The text, in each language
compose-remove-language = Remove { $language }
compose-add-language = One more language
compose-add = Add
compose-places = Where it applies
compose-description = The place in words
compose-description-hint = As people there call it: “the villages along the Ghaghara below Turtipar”.
compose-chosen = Chosen
compose-chosen-hint = Remove the tick to take a place out.
compose-browse = States and districts
compose-browse-none = Choose a state
compose-browse-show = Show districts
compose-districts-of = Districts of { $name }
compose-pins = PIN codes
compose-pins-hint = Paste a list; anything may stand between them.
compose-shapes = A polygon or a circle
compose-polygons = Polygons
compose-polygons-hint = One point on each line, latitude first: 26.1410, 83.8790. Leave a line empty before the next polygon.
compose-circles = Circles
compose-circles-hint = One on each line: latitude, longitude, kilometers.
compose-cover = Places that it covers
compose-audience = { $count ->
    [one] phone would get it now
   *[other] phones would get it now
}
compose-cover-pins = { $count ->
    [one] One PIN code
   *[other] { $n } PIN codes
}
compose-cover-whole = { $count ->
    [one] its one PIN code
   *[other] all { $n } PIN codes
}
compose-cover-part = { $covered } of { $all } PIN codes
compose-cover-more = { $count ->
    [one] and one more district
   *[other] and { $n } more districts
}
compose-cover-none = No place yet.
compose-cover-again = Save and count again
compose-facts = What kind of notice
compose-choose = Choose
compose-hint-topic = Who has chosen this topic gets it.
compose-hint-category = For other warning systems.
compose-hint-severity = “Extreme” needs two approvers.
compose-hint-urgency = When people must act.
compose-hint-certainty = How sure you are.
compose-hint-effective = Indian time. Leave it empty to begin at once.
compose-hint-expires = Indian time, at most 28 days ahead. Afterwards every phone shows that it is over.
compose-links = Links and files
compose-link-href = Address
compose-link-title = What is there
compose-files = Files
compose-files-hint = The notice carries only the file’s fingerprint, so that people can check the file wherever they get it. The file itself is not sent.
compose-file = File { $n }
compose-file-choose = Choose the file to fill in the rest
compose-file-name = Name
compose-file-type = Type
compose-file-size = Size in bytes
compose-more = Save and add another

faults-title = Something is missing or not right
conflict-title = A colleague has changed this notice too
conflict-text = Nothing is lost. Below is your text, not saved yet. Take over from the table what you need, then save: your text replaces theirs.
conflict-same = Both say the same.
conflict-caption = Where the two differ
conflict-part = Part
conflict-theirs = Theirs (saved)
conflict-yours = Yours (not saved)
conflict-take = Keep theirs and drop mine

import-title = Start from a CAP file
import-label = A CAP 1.2 alert
import-hint = An XML file of at most 1 MB.
import-button = Make a draft of it
import-done = A draft was made
import-done-text = Check everything before you sign: places and words were carried over by a machine.
import-remarks = What was decided on the way
import-open = Open the draft
import-failed = That file could not be used
import-failed-text = No draft was made. This is what is wrong with it:

preview-title = As citizens see it
preview-text = Read every language aloud once. This is how it looks on a small phone.
preview-locked = On a locked phone
preview-page = As a page
preview-marked = [{ $status }]{" "}
preview-until = Until { $time }
preview-back = Back to writing
preview-back-notice = Back to the notice

fault-missing-status = Say whether it is Actual, an Exercise or a Test.
fault-missing-category = Say what kind of event it is.
fault-missing-severity = Say how bad it is.
fault-missing-urgency = Say how soon people must act.
fault-missing-certainty = Say how sure it is.
fault-missing-topic = Choose a topic.
fault-missing-expires = Say until when it applies.
fault-languages = Write the notice in at least one language.
fault-twice = This language is there twice.
fault-headline = Write a headline: what happened, in one line.
fault-control = There are invisible control characters in it. Type it anew, or paste it as plain text.
fault-past = The end lies in the past.
fault-before = The end lies before the beginning.
fault-far = The end lies more than 28 days ahead.
fault-link = The address must begin with https:// and have no user name in it.
fault-file-name = Give the file’s name, without a folder.
fault-file-type = Give the file’s type, such as application/pdf.
fault-file-sha256 = SHA-256 has 64 digits 0–9 and a–f.
fault-file-size = Give the size in bytes, from 1 to 1 GB.
fault-reference = A reference to another alert is not in the form that CAP wants.
fault-polygon-few = A polygon needs at least three different points.
fault-polygon-open = The polygon is not closed.
fault-latitude = Latitude comes first, from -90 to 90; then longitude, from -180 to 180.
fault-polygon-large = The polygon goes around more than half of the earth.
fault-radius = The radius must be from 0 to 5,000 km.
fault-no-state = There is no such state.
fault-no-district = There is no such district.
fault-no-place = Say where it applies: a state, a district, a PIN code or an area.
fault-time = This is no day and time.
fault-polygon = Write a polygon as latitude and longitude, one point on each line.
fault-circle = Write a circle as latitude, longitude and kilometers.
fault-team = This notice comes from a system that may only send exercises and tests.
fault-many = { $count } are given; at most { $most } are allowed.
fault-long = It has { $count } characters; at most { $most } are allowed.
fault-pins = Not a PIN code: { $typed }
fault-pin = There is no PIN code { $pin }.
fault-empty-area = The area has no PIN code in it. The nearest is { $pin }, { $km } km away.

progress-audience = Phones
progress-sent = Sent
progress-pending = Waiting
progress-failed = Failed

progress-title = Delivery
progress-gone = No longer there
progress-expired = Too late
progress-again = To be tried again
progress-percent = Done: { $percent } %
progress-running = It is being sent.
progress-finished = Everything was sent by { $time }.
progress-done = Everything was sent.
progress-lane-emergency = In the emergency lane: before everything else.
progress-lane-routine = In the routine lane.
progress-providers = By push service
progress-provider = Push service
progress-own = Reached without any outside company: { $own } of { $all } phones ({ $percent } %).
progress-own-only = Nothing is sent through other companies’ push services here. Phones that use one count as failed; their owners find the notice on the website.
progress-reach = How it is for all who get notifications
progress-chart = { $count ->
    [one] Messages over time, one bar for each second
   *[other] Messages over time, one bar for each { $n } seconds
}
progress-chart-label = Bar chart of messages sent over time. The table below says the same.
progress-table = The same as a table
progress-time = From
progress-not-sent = Not sent
progress-published = Published on { $time }.
progress-ended = A later notice has taken its place. Open that one.
progress-update = Update
progress-correct = Correct
progress-cancel = Take it back
progress-reload = Load the page again for new figures.
progress-content = What it says
progress-public = As everybody sees it

sign-title = Sign
sign-kind-alert = A new notice.
sign-kind-update = An update of an earlier notice.
sign-kind-correct = A correction of an earlier notice.
sign-kind-cancel = It takes an earlier notice back.
sign-what = What you sign
sign-then = What happens then
sign-alone = Nobody else needs to approve it: it can be published at once.
sign-approvers = { $count ->
    [one] An officer who has not written in it reads each language and signs too. Then it can be published.
   *[other] { $n } officers who have not written in it read each language and sign too. Then it can be published.
}
sign-freeze = This is right: go on to signing
sign-freeze-hint = From here on the text stands as it is. You can still go back and change it.
sign-button-author = Sign and hand in for review
sign-button-approver = Approve and sign
sign-means = Your signature says: I stand for this text, word for word. It is made on this device with a key that never leaves it. If one letter is changed afterwards, every phone notices.
sign-working = Signing …
sign-no-key = This device has no confirmed key of yours.
sign-to-keys = To your keys
sign-failed = Signing did not work. Load the page again and try once more.
sign-noscript = Signing happens on your device and needs JavaScript. Please switch it on for this page.

review-title = Review
review-count = { $given } of { $needed } approvals are there.
review-not-state = This notice is not in review.
review-not-approver = You can read it. To approve it one needs the role of an approver.
review-not-author = You wrote this notice, so somebody else must approve it. Four eyes see more than two.
review-not-editor = You have written in this notice, so somebody who has not must approve it. Four eyes see more than two.
review-not-twice = You have approved it. A second officer must approve it too.
review-changes = What changed
review-changes-hint = Compared with the version before. Underlined is new, struck out is gone.
review-same = Nothing: it says the same as before.
review-gone = gone:{" "}
review-new = new:{" "}
review-languages = Read each language
review-read = Read and found right.
review-unread = Nobody has confirmed this version yet.
review-tick = I have read this { $language } version, and it is right.
review-confirm-languages = Confirm what I have read
review-approve = Approve
review-return = Send it back
review-comment = What is to be mended
review-comment-hint = The author reads this. All signatures become void.
review-comment-fault = Say what is to be mended, in at most { $most } characters.
review-edit = Change it (voids all signatures)

publish-title = Publish
publish-languages = Languages
publish-all = Read everything once more
publish-word = To publish, type the word “{ $word }”
publish-hint-actual = This is the real thing. People will act on it.
publish-hint-exercise = This is a drill. Every phone will say so.
publish-hint-test = This is a technical test. Every phone will say so.
publish-fault = That is not the word. This notice is of the status “{ $word }”. If that is not what you want, do not publish it.
publish-button-actual = Publish: this is real
publish-button-exercise = Publish the exercise
publish-button-test = Publish the test
publish-not-you = It is approved, and waits for an officer who may publish.

keys-title = Keys
keys-text = You sign with a key that was made on your device and never leaves it. An admin confirms once that it is yours.
keys-done-enrolled = The key is here. Now ask an admin to confirm it, and read the letters below out to them.
keys-done-confirmed = The key is confirmed, and signs from now on.
keys-done-revoked = The key is revoked. It signs nothing any more.
keys-done-rotated = The department has a new key.
keys-waiting = Waiting to be confirmed
keys-waiting-text = Call the officer, on a number that you know. Let them read the letters on their screen out to you. Confirm only if every letter is the same.
keys-confirm = Every letter is the same: confirm
keys-reject = Not the same: revoke
keys-own = Your devices
keys-own-none = None of your devices has a key yet.
keys-state-good = Signs.
keys-state-waiting = Waits for an admin. Read the letters above out to them.
keys-state-revoked = Revoked.
keys-state-over = Its time is over.
keys-this = This device
keys-from-to = From { $from } to { $to }
keys-revoke = The device is lost: revoke
keys-revoke-department = It is no longer safe: revoke
keys-enroll = Make a key on this device
keys-enroll-text = Do this only on a device of your own that is locked when you leave it.
keys-working = The key is being made …
keys-unsupported = This browser cannot keep a key. Use a current Firefox, Chrome, Edge or Safari.
keys-others = Your colleagues’ keys
keys-others-none = There are none.
keys-department = The department’s own key
keys-department-text = It signs last, when a notice is published. The server keeps it.
keys-rotate = Make a new key for the department

role-drafter = Writes notices
role-approver = Approves notices
role-publisher = Publishes notices
role-department-admin = Admin of the department
role-platform-admin = Admin of the installation
role-auditor = Auditor
people-title = People and roles
people-refused = That was not done:
people-grants = Roles that wait for a second admin
people-grants-text = One admin asks, another one confirms. So nobody alone can give anybody power over notices.
people-grant = “{ $role }”, asked for by { $name }
people-grant-own = You have asked for it; another admin must confirm it.
people-confirm = Confirm
people-decline = Decline
people-all = Everybody
people-disabled = Shut out
people-pending = waits: { $role }
people-self = This is you. Another admin changes your account.
people-change = Change { $name }
people-role = Role
people-ask = Ask for this role
people-take = Take away: { $role }
people-reset = New password
people-disable = Shut out at once
people-enable = Let in again
people-new = A new officer
people-name = Name, as colleagues know it
people-sign-in-hint = Small letters, digits and . _ - @ +
people-roles = Roles
people-roles-hint = A second admin confirms each.
people-add = Add the officer
people-back = Done
people-password-title = Hand this password over
people-password-text = It is shown this once, and is good for 72 hours and one sign-in. Give it to { $name } in person or on the telephone.

systems-title = Your department’s systems
systems-text = A computer system of your department can write drafts. It never approves and never publishes.
systems-none = There are none yet.
systems-kind = What may become of what it writes
systems-kind-live = Live: it may become a real notice.
systems-kind-team = Team: exercises and tests only.
systems-kind-test = Test: it never reaches anybody.
systems-revoke = Shut out at once
systems-revoked = Shut out since { $time }
systems-new = Register a system
systems-name = Name
systems-key = Its public key
systems-key-hint = As a JWK: { "{" }"kty":"EC","crv":"P-256","x":"…","y":"…"{ "}" }. The private half stays with the system.
systems-register = Register
systems-fault-name = Give it a name of at most 200 characters, in one line.
systems-fault-key = That is no public key: paste a JWK for P-256.

limits-title = Limits
limits-text = So that nobody, by mistake or on purpose, uses up what others need. Whoever reaches a limit waits a moment. These are the numbers of the server that answered you.
limits-department = You and your department
limits-officers = Everybody in your department
limits-what = What
limits-now = Used now
limits-burst = At once
limits-minute = In the long run, a minute
limits-used = { $used } of { $all }
limits-own = Your requests
limits-requests = Requests of the department
limits-sending = Submitting, approving, publishing

operator-title = Operator
operator-letters = Messages that could not be handled
operator-letters-text = A queue gave up on these. Sending one again does no harm: nobody gets a notice twice.
operator-letters-none = There are none.
operator-body = The message
operator-retry = Send it again
operator-because = Or drop it, because
operator-because-fault = Say why it is dropped.
operator-drop = Drop it
operator-more = There are more. Settle these first.
operator-origins = Push services
operator-origins-none = All push services answer.
operator-paused = Asked us to wait until { $time }
operator-stopped = Stopped since { $time }: it refuses what we send.
operator-resume = Send to it again
operator-health = Queues and workers
operator-health-text = Whether everything is ready, and all figures for your monitoring:

# Departments of the installation.
console-nav-departments = Departments
departments-title = Departments
departments-none = There are none yet. Make the first one below.
departments-since = since { $date }
departments-new = A new department
departments-new-text = It gets a signing key of its own, which this server keeps, and its first admin, who adds its officers.
departments-field-name-en = Name in English
departments-field-name-hi = Name in Hindi
departments-field-slug = Short name in addresses
departments-field-display-name = The first admin’s name
departments-field-sign-in = The first admin’s name to sign in with
departments-hint-name = As citizens read it on every notice.
departments-hint-slug = 2 to 63 small letters, digits and hyphens, such as delhi-health. It never changes.
departments-hint-admin = As colleagues know the person.
departments-hint-sign-in = Small English letters, digits and . _ - @ +
departments-fault-name-en = Give the department a name in at least one language, in one line.
departments-fault-name-hi = Write the name in Hindi in one line.
departments-fault-slug = Use 2 to 63 small letters, digits and hyphens, with no hyphen first.
departments-fault-display-name = Give the first admin’s name in one line.
departments-fault-sign-in = Use small English letters, digits and . _ - @ +
departments-taken = This short name or this name to sign in with is taken. Choose another.
departments-make = Make the department

operator-queue = Queue
operator-waiting = Waiting
operator-workers = Workers
operator-queue-missing = It does not exist yet: it is made when Munadi starts.
operator-queues-silent = RabbitMQ does not answer. Nothing is lost, and nothing is sent until it does.
