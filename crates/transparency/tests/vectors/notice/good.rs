//! Notices that are official, or were.

use serde_json::json;

use super::{
    Case, expired, official,
    plan::{Part, Plan, SIGNED},
};

const FLOOD_HI: (&str, &str, &str, &str) = (
    "hi",
    "गोरखपुर में राप्ती नदी के लिए बाढ़ की चेतावनी",
    "आज रात बर्डघाट पर राप्ती का जलस्तर ख़तरे के निशान से ऊपर जाने की संभावना है।",
    "अँधेरा होने से पहले निचले इलाक़ों को ख़ाली कर दें। बहते पानी में न चलें और न गाड़ी चलाएँ।",
);
const CYCLONE_TA: (&str, &str, &str, &str) = (
    "ta",
    "சென்னைக்கு புயல் எச்சரிக்கை",
    "இன்று இரவு புயல் கரையைக் கடக்கும் என எதிர்பார்க்கப்படுகிறது. மணிக்கு 90 கி.மீ. வேகத்தில் காற்று வீசக்கூடும்.",
    "வீட்டிற்குள்ளேயே இருங்கள். கடற்கரைக்குச் செல்ல வேண்டாம்.",
);
const HEAT_UR: (&str, &str, &str, &str) = (
    "ur",
    "شدید گرمی کی وارننگ",
    "کل درجۂ حرارت ۴۵ ڈگری سے اوپر جانے کا امکان ہے۔",
    "دوپہر میں باہر نہ نکلیں۔ بار بار پانی پئیں۔ 🌡️",
);

pub(crate) const CASES: &[Case] = &[
    official("alert", "An alert with the three signatures that it needs.", |_| ()),
    official("alert-signatures-in-any-order", "The order of the signatures means nothing.", |plan| {
        plan.signatures.reverse();
    }),
    official("alert-two-authors", "Two officers wrote it.", |plan| {
        plan.signatures.push(Part::new("author-and-approver", "author", SIGNED));
    }),
    official("alert-two-approvers", "Two officers approved it, though one would do.", |plan| {
        plan.signatures.push(Part::new("second-approver", "approver", SIGNED));
    }),
    official("alert-pretty", "The envelope's own JSON may have white space; only what is signed is exact.", |plan| {
        plan.write = |envelope| format!("{envelope:#}");
    }),
    official("extreme", "An Extreme alert with the two approvers that it needs.", |plan| {
        plan.payload["severity"] = "Extreme".into();
        plan.signatures.push(Part::new("second-approver", "approver", SIGNED + 900));
    }),
    official("update", "An update of an earlier notice.", |plan| plan.follow("Update")),
    official("cancel", "A Cancel needs only its author and the department.", |plan| {
        plan.follow("Cancel");
        plan.sign_by(&[("author", "author"), ("department", "publisher")]);
    }),
    official("cancel-extreme", "A Cancel needs no approver, however bad the danger was.", |plan| {
        plan.follow("Cancel");
        plan.payload["severity"] = "Extreme".into();
        plan.sign_by(&[("author", "author"), ("department", "publisher")]);
    }),
    official("cancel-approved", "A Cancel may have an approver.", |plan| plan.follow("Cancel")),
    official("exercise", "An exercise is official, and must look like an exercise.", |plan| {
        plan.payload["status"] = "Exercise".into();
    }),
    official("test", "A technical test.", |plan| plan.payload["status"] = "Test".into()),
    official("hindi", "Hindi and English side by side: the payload is UTF-8, not escapes.", |plan| {
        let english = plan.payload["languages"][0].clone();
        plan.say(&[FLOOD_HI]);
        plan.payload["languages"].as_array_mut().unwrap().push(english);
    }),
    official("tamil", "Tamil.", |plan| plan.say(&[CYCLONE_TA])),
    official(
        "urdu",
        "Urdu, written from right to left, with a character outside the Basic Multilingual Plane.",
        |plan| {
            plan.say(&[HEAT_UR]);
        },
    ),
    official("escapes", "A text with everything that RFC 8785 escapes, and things that it does not.", |plan| {
        plan.payload["languages"][0]["body"] =
            "\"quoted\" \\ / \u{8}\t\n\u{c}\r\u{1}\u{1f} \u{7f}\u{80}\u{2028} ё".into();
    }),
    official(
        "member-order",
        "Members with names outside the Basic Multilingual Plane sort by UTF-16 code units.",
        |plan| {
            plan.payload["x"] = json!({"\u{1f600}": 1, "\u{fb33}": 2, "z": 3});
        },
    ),
    official("largest-integer", "The largest integer that JavaScript keeps.", |plan| {
        plan.payload["seq"] = 9_007_199_254_740_991_u64.into();
    }),
    official(
        "certificate",
        "The department has a certificate. A verifier checks only that x5t#S256 belongs to it.",
        |plan| {
            plan.signatures[2].header["x5c"] = json!([Plan::certificate()]);
            plan.signatures[2].header["x5t#S256"] = Plan::certificate_digest().into();
        },
    ),
    official("key-expired-since", "The author's key expired after it signed.", |plan| {
        plan.signatures[0] = Part::new("expired-since", "author", SIGNED);
    }),
    official("key-revoked-since", "The approver's key was revoked after it signed.", |plan| {
        plan.signatures[1] = Part::new("revoked-since", "approver", SIGNED);
    }),
    official("clock-60-seconds-ahead", "A signer's clock may be 60 seconds ahead of the verifier's.", |plan| {
        plan.now = "2026-01-31T08:24:00Z";
    }),
    official("signed-7-days-before", "A signature may be seven days older than the notice.", |plan| {
        plan.signatures[0] = Part::new("author", "author", SIGNED - 300 - 7 * 86_400);
    }),
    official("last-second", "The last second before it expires.", |plan| plan.now = "2026-01-31T19:59:59Z"),
    expired("expired", "It applies until this second, exclusive.", |plan| plan.now = "2026-01-31T20:00:00Z"),
    expired("expired-long-ago", "A replay, years later.", |plan| plan.now = "2031-01-31T09:00:00Z"),
];
