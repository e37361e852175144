//! The topic of an alert: CAP has none, so that it is guessed from the event's name, and from the category if that says nothing.

use munadi_domain::{topic::Topic, vocabulary::Category};

use crate::alert::CapInfo;

/// How events begin their words, the more telling before the less telling. Letters with a dot below are here in both of their forms.
const WORDS: &[(Topic, &[&str])] = &[
    (
        Topic::Flood,
        &[
            "flood",
            "inundation",
            "waterlogging",
            "water logging",
            "dam ",
            "बाढ",
            "बा\u{95d}",
            "जलभराव",
            "महापूर",
            "বন্যা",
            "ବନ୍ୟା",
            "ਹੜ੍ਹ",
            "வெள்ளப்பெருக்கு",
            "வெள்ளம்",
            "వరద",
            "ಪ್ರವಾಹ",
            "വെള്ളപ്പൊക്ക",
            "سیلاب",
        ],
    ),
    (
        Topic::Cyclone,
        &[
            "cyclon",
            "hurricane",
            "typhoon",
            "storm surge",
            "high wave",
            "swell",
            "rough sea",
            "चक्रवात",
            "चक्रीवादळ",
            "ঘূর্ণিঝ",
            "વાવાઝોડ",
            "ବାତ୍ୟା",
            "புயல்",
            "తుఫాను",
            "ಚಂಡಮಾರುತ",
            "ചുഴലിക്കാറ്റ",
            "سمندری طوفان",
        ],
    ),
    (
        Topic::Earthquake,
        &[
            "earthquake",
            "seismic",
            "tsunami",
            "landslide",
            "mudslide",
            "debris flow",
            "avalanche",
            "volcan",
            "भूकंप",
            "भूकम्प",
            "सुनामी",
            "त्सुनामी",
            "भूस्खलन",
            "हिमस्खलन",
            "ভূমিকম্প",
            "ভূমিধস",
            "ভূমিস্খলন",
            "ભૂકંપ",
            "ଭୂମିକମ୍ପ",
            "ਭੂਚਾਲ",
            "நிலநடுக்க",
            "சுனாமி",
            "நிலச்சரிவு",
            "భూకంప",
            "సునామీ",
            "ಭೂಕಂಪ",
            "ಭೂಕುಸಿತ",
            "ഭൂകമ്പ",
            "മണ്ണിടിച്ച",
            "زلزلہ",
            "سونامی",
        ],
    ),
    (
        Topic::Fire,
        &[
            "fire",
            "wildfire",
            "bushfire",
            "आग ",
            "दावानल",
            "वनाग्नि",
            "अग्निकांड",
            "অগ্নিকাণ্ড",
            "காட்டுத்தீ",
            "అగ్ని",
            "ಬೆಂಕಿ",
            "ಕಾಡ್ಗಿಚ್ಚು",
            "കാട്ടുതീ",
            "آگ ",
        ],
    ),
    (
        Topic::Utilities,
        &[
            "power outage",
            "power cut",
            "electricity",
            "water supply",
            "telephone",
            "gas supply",
            "बिजली कटौती",
            "जल आपूर्ति",
        ],
    ),
    (
        Topic::Weather,
        &[
            "thunder",
            "lightning",
            "storm",
            "rain",
            "hail",
            "heat",
            "cold",
            "snow",
            "frost",
            "fog",
            "wind",
            "squall",
            "blizzard",
            "tornado",
            "drought",
            "cloudburst",
            "cloud burst",
            "weather",
            "बिजली",
            "वज्रपात",
            "गरज",
            "आंधी",
            "आँधी",
            "तूफ",
            "बारिश",
            "वर्षा",
            "अतिवृष्टि",
            "ओलावृष्टि",
            "लू ",
            "शीतलहर",
            "शीत लहर",
            "कोहरा",
            "पाऊस",
            "বজ্র",
            "ঝড",
            "ঝ\u{9dc}",
            "বৃষ্টি",
            "વીજળી",
            "વરસાદ",
            "ବଜ୍ର",
            "ବର୍ଷା",
            "ਮੀਂਹ",
            "இடி",
            "மின்னல்",
            "மழை",
            "కనமழை",
            "పిడుగు",
            "వర్ష",
            "ఉరుము",
            "వడగాల",
            "ಗುಡುಗು",
            "ಸಿಡಿಲು",
            "ಮಳೆ",
            "ഇടിമിന്നൽ",
            "മഴ",
            "بارش",
            "بجلی",
            "طوفان",
        ],
    ),
    (
        Topic::Health,
        &[
            "epidemic",
            "pandemic",
            "outbreak",
            "disease",
            "health",
            "covid",
            "dengue",
            "cholera",
            "malaria",
            "influenza",
            "nipah",
            "महामारी",
            "وبا ",
        ],
    ),
    (Topic::Environment, &["air quality", "pollution", "smog", "oil spill", "contamination", "प्रदूषण"]),
    (Topic::Transport, &["road", "traffic", "train ", "railway", "flight", "airport", "highway", "ferry", "यातायात"]),
    (
        Topic::Safety,
        &["stampede", "riot", "curfew", "terror", "bomb", "explosion", "missing", "child abduction", "भगदड", "कर्फ्यू"],
    ),
];

pub(super) fn of(infos: &[CapInfo], category: Option<Category>) -> Option<Topic> {
    let code = infos.iter().find_map(|info| info.topic_code.as_deref()?.parse().ok());
    let event = || infos.iter().find_map(|info| by_name(info.event.as_deref()?));
    code.or_else(event).or_else(|| category.map(Topic::from))
}

fn by_name(event: &str) -> Option<Topic> {
    // Spaces around every word make its start findable: “rain” is not found in “train”.
    let spaced: String = event.chars().map(|letter| if letter.is_ascii_punctuation() { ' ' } else { letter }).collect();
    let name = format!(" {} ", spaced.to_lowercase());
    let has = |word: &&str| name.contains(&format!(" {word}"));
    WORDS.iter().find(|(_, words)| words.iter().any(has)).map(|(topic, _)| *topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_topic_that_people_expect() {
        for (event, topic) in [
            ("Flash Flood Watch", Some(Topic::Flood)),
            ("बाढ़", Some(Topic::Flood)),
            ("Lightning", Some(Topic::Weather)),
            ("ಗುಡುಗು ಸಹಿತ ಗಾಳಿ", Some(Topic::Weather)),
            ("Light Thunderstorm with surface wind", Some(Topic::Weather)),
            ("Heat Wave", Some(Topic::Weather)),
            ("High Wave / Swell Surge", Some(Topic::Cyclone)),
            ("Severe Cyclonic Storm", Some(Topic::Cyclone)),
            ("Tsunami Warning", Some(Topic::Earthquake)),
            ("Forest-Fire", Some(Topic::Fire)),
            ("Train derailment", Some(Topic::Transport)),
            ("training damages", None),
            ("बा\u{95d} की चेतावनी", Some(Topic::Flood)),
            ("orages", None),
        ] {
            assert_eq!(by_name(event), topic, "{event}");
        }
    }

    #[test]
    fn category_decides_where_the_event_says_nothing() {
        let info = CapInfo { event: Some("orages".to_owned()), ..CapInfo::default() };
        assert_eq!(of(&[info], Some(Category::Met)), Some(Topic::Weather));
        assert_eq!(of(&[], None), None);
    }
}
