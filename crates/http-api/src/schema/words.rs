//! Ids, codes and closed vocabularies.

use std::borrow::Cow;

use munadi_domain::{access, message, notice, topic, vocabulary};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $description:literal, $pattern:literal, $example:literal;)*) => {$(
        $(#[$doc])*
        #[doc = $description]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text().description(Some($description)).pattern(Some($pattern)).examples([$example]).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

macro_rules! vocabularies {
    ($($name:ident: $description:literal, $words:expr;)*) => {$(
        #[doc = $description]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text().description(Some($description)).enum_values(Some($words)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

texts! {
    NoticeId: "A notice.", "^ntc_[0-7][0-9a-hjkmnp-tv-z]{25}$", "ntc_01jd6z3v9we7fbvk3xq5m8n2rt";
    DepartmentId: "A department.", "^dep_[0-7][0-9a-hjkmnp-tv-z]{25}$", "dep_01jd6z3v9we7fbvk3xq5m8n2rt";
    OfficerId: "An officer; also the pseudonym in signatures and in the audit trail.", "^ofc_[0-7][0-9a-hjkmnp-tv-z]{25}$", "ofc_01jd6z3v9we7fbvk3xq5m8n2rt";
    ClientId: "A department's own computer system.", "^cli_[0-7][0-9a-hjkmnp-tv-z]{25}$", "cli_01jd6z3v9we7fbvk3xq5m8n2rt";
    SubscriptionId: "A citizen's subscription.", "^sub_[0-7][0-9a-hjkmnp-tv-z]{25}$", "sub_01jd6z3v9we7fbvk3xq5m8n2rt";
    KeyId: "A key that signs notices.", "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$", "key_01jd6z3v9we7fbvk3xq5m8n2rt";
    RoleGrantId: "A role that waits for a second admin.", "^grt_[0-7][0-9a-hjkmnp-tv-z]{25}$", "grt_01jd6z3v9we7fbvk3xq5m8n2rt";
    DeadLetterId: "A dead letter.", "^ded_[0-7][0-9a-hjkmnp-tv-z]{25}$", "ded_01jd6z3v9we7fbvk3xq5m8n2rt";
    Pin: "A PIN code: six digits, the first not 0.", "^[1-9][0-9]{5}$", "221001";
    Lang: "A BCP 47 language tag.", "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", "hi";
    Tag: "The `ETag` of a revision.", "^\"[0-9]{1,18}\"$", "\"3\"";
    Hex32: "SHA-256 in lower-case hexadecimal digits.", "^[0-9a-f]{64}$", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    Base64Url: "Bytes in base64url without padding (RFC 4648 §5).", "^[A-Za-z0-9_-]*$", "eyJhIjoxfQ";
}

/// A code in the Local Government Directory.
pub(crate) enum LgdCode {}

impl PartialSchema for LgdCode {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(u16::MAX));
        number.description(Some("A code in the Local Government Directory.")).examples([187]).into()
    }
}

impl ToSchema for LgdCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("LgdCode")
    }
}

vocabularies! {
    Role: "What an officer or a department's system is trusted with.", access::Role::ALL.map(access::Role::as_str);
    ClientKind: "Whether what a system sends can reach a citizen.", ["live", "team", "test"];
    State: "A notice's state.", notice::State::ALL.map(notice::State::as_str);
    Intent: "What a notice is meant to do.", notice::Intent::ALL.map(notice::Intent::as_str);
    Lane: "The lane that a notice travels in.", message::Lane::ALL.map(message::Lane::as_str);
    Direction: "A direction of writing.", ["ltr", "rtl"];
    Status: "Whether a notice is meant.", vocabulary::Status::ALL.iter().map(|it| it.as_str());
    MsgType: "What a notice does to the notices before it.", vocabulary::MsgType::ALL.iter().map(|it| it.as_str());
    Category: "The kind of event.", vocabulary::Category::ALL.iter().map(|it| it.as_str());
    Severity: "How bad it is.", vocabulary::Severity::ALL.iter().map(|it| it.as_str());
    Urgency: "How soon people must act.", vocabulary::Urgency::ALL.iter().map(|it| it.as_str());
    Certainty: "How sure it is.", vocabulary::Certainty::ALL.iter().map(|it| it.as_str());
    Topic: "What a citizen chooses to hear about.", topic::Topic::ALL.iter().map(|it| it.as_str());
}

#[cfg(test)]
mod tests {
    use munadi_domain::{access::ClientKind, language::Direction};
    use serde_json::json;

    #[test]
    fn words_that_have_no_list_in_the_domain_are_its_words() {
        let kinds = [ClientKind::Live, ClientKind::Team, ClientKind::Test].map(ClientKind::as_str);
        assert_eq!(kinds, ["live", "team", "test"]);
        assert_eq!(json!([Direction::Ltr, Direction::Rtl]), json!(["ltr", "rtl"]));
    }
}
