//! What can be found in a text that somebody was sent: an id of ours, links, and words to search for.

use munadi_domain::id::NoticeId;
use url::Url;

const PREFIX: &str = "ntc_";
const ID_LENGTH: usize = 30;
/// Searches for one text, and words of each: all of them must be in the notice, so a long search finds nothing when one word is changed.
const SEARCHES: usize = 6;
const WORDS: usize = 3;

/// The first id of a notice in a text.
pub(super) fn id_in(text: &str) -> Option<NoticeId> {
    let mut starts = text.match_indices(PREFIX).map(|(start, _)| start);
    starts.find_map(|start| text.get(start..start + ID_LENGTH)?.parse().ok())
}

/// The sites that links in the text lead to, but for ours, without doubles. A name that only looks like ours is another's.
pub(super) fn sites_elsewhere(text: &str, ours: &Url) -> Vec<String> {
    let links = text.split_whitespace().filter(|word| is_link(word));
    let hosts = links.map(|link| site_of(link, ours)).filter_map(|site| match site {
        Site::Ours => None,
        Site::Other(host) => Some(host),
    });
    let mut hosts: Vec<String> = hosts.collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts.truncate(5);
    hosts
}

/// The text without its links, which messengers and people add and drop.
pub(super) fn without_links(text: &str) -> String {
    let lines =
        text.lines().map(|line| line.split_whitespace().filter(|word| !is_link(word)).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A link with or without a scheme, or an id by itself.
fn is_link(word: &str) -> bool {
    word.contains("://") || word.contains(PREFIX) || word.starts_with("www.")
}

enum Site {
    Ours,
    Other(String),
}

fn site_of(link: &str, ours: &Url) -> Site {
    let link = link.trim_matches(|letter: char| "()[]<>*_\"'“”‘’,;".contains(letter));
    if link.starts_with(PREFIX) {
        return Site::Ours;
    }
    let whole = if link.contains("://") { link.to_owned() } else { format!("https://{link}") };
    match Url::parse(&whole) {
        Ok(url) if url.host_str() == ours.host_str() && url.port() == ours.port() => Site::Ours,
        // The host as it is looked up: letters of other alphabets that only look like ours show as `xn--…`.
        Ok(url) => Site::Other(url.host_str().unwrap_or("?").to_owned()),
        Err(_) => Site::Other("?".to_owned()),
    }
}

/// What to search for: a few words from the beginning of each line, then from further on, because any of them may have been changed.
pub(super) fn searches(text: &str) -> Vec<String> {
    let lines: Vec<Vec<String>> = text.lines().map(words).filter(|line| !line.is_empty()).collect();
    let mut searches = Vec::new();
    for round in 0.. {
        let begun = searches.len();
        for line in &lines {
            searches
                .extend(line.chunks(WORDS).nth(round).filter(|part| part.len() == WORDS).map(|part| part.join(" ")));
        }
        if searches.len() >= SEARCHES || searches.len() == begun {
            break;
        }
    }
    searches.truncate(SEARCHES);
    searches
}

/// The words of a text in small letters, without punctuation.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|letter| !is_of_a_word(letter)).filter(|word| !word.is_empty()).map(fold).collect()
}

/// Letters and digits, and the signs of Indic scripts that are no letters by themselves.
pub(super) const fn is_of_a_word(letter: char) -> bool {
    let is_sign = matches!(letter, '\u{900}'..='\u{963}' | '\u{966}'..='\u{96f}' | '\u{971}'..='\u{dff}' | '\u{200c}' | '\u{200d}');
    is_sign || letter.is_ascii_alphanumeric() || (!letter.is_ascii() && is_letter(letter))
}

const fn is_letter(letter: char) -> bool {
    // General punctuation, arrows, symbols and emoji are in these blocks; a script's own letters are not.
    !matches!(letter, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{964}' | '\u{965}' | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}')
        && !matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
}

/// As one would say it: small letters, without what one keyboard types and another leaves out (joiners, and the dot below).
pub(super) fn fold(word: &str) -> String {
    let letters = word.chars().filter(|letter| !matches!(letter, '\u{200c}' | '\u{200d}' | '\u{93c}' | '\u{feff}'));
    letters.map(without_dot).flat_map(char::to_lowercase).collect()
}

const fn without_dot(letter: char) -> char {
    match letter {
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95a}' => 'ग',
        '\u{95b}' => 'ज',
        '\u{95c}' => 'ड',
        '\u{95d}' => 'ढ',
        '\u{95e}' => 'फ',
        '\u{95f}' => 'य',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "ntc_01jd6z3v9we7fbvk3xq5m8n2rt";

    #[test]
    fn id_is_found_wherever_it_stands() {
        for text in
            [ID, &format!("see https://x.in/notices/{ID}?in=hi!"), &format!("ntc_short {ID}.jws"), &format!("बाढ़ {ID}")]
        {
            assert_eq!(id_in(text).map(|id| id.to_string()).as_deref(), Some(ID), "{text}");
        }
        assert_eq!(id_in("ntc_"), None);
        assert_eq!(id_in("ntc_हिन्दीहिन्दीहिन्दीहिन्दी"), None);
    }

    #[test]
    fn only_our_own_links_lead_to_us() {
        let ours = Url::parse("https://munadi.in/").unwrap();
        let none: [&str; 0] = [];
        for text in [
            ID.to_owned(),
            format!("https://munadi.in/notices/{ID}"),
            format!("a (https://munadi.in:443/notices/{ID}), b"),
            format!("munadi.in/notices/{ID}"),
            format!("*http://MUNADI.in/notices/{ID}*"),
            "12.30 p.m. at the school. Go.".to_owned(),
        ] {
            assert_eq!(sites_elsewhere(&text, &ours), none, "{text}");
        }
        for (link, site) in [
            ("https://munadi.in.evil.com/", "munadi.in.evil.com"),
            ("https://evil.com/?munadi.in/", "evil.com"),
            ("https://munadi.in@evil.com/", "evil.com"),
            ("evil.com/munadi.in/notices/", "evil.com"),
            ("https://munadi.in:8443/", "munadi.in"),
            ("https://munadі.in/", "xn--munad-r2e.in"),
        ] {
            assert_eq!(sites_elsewhere(&format!("x {link}{ID}"), &ours), [site], "{link}");
        }
        assert_eq!(sites_elsewhere("pay at https://evil.com/x", &ours), ["evil.com"]);
    }

    #[test]
    fn links_are_left_out_and_lines_stay() {
        assert_eq!(
            without_links(&format!("Go  now.\nhttps://munadi.in/notices/{ID}\n munadi.in/notices/{ID} here")),
            "Go now.\n\nhere"
        );
    }

    #[test]
    fn searches_begin_with_each_line() {
        assert_eq!(
            searches("one two three four five six\nOther line here"),
            ["one two three", "other line here", "four five six"]
        );
        assert!(searches("two words\n\n!!").is_empty());
        assert_eq!(searches(&"a b c ".repeat(1_000)).len(), SEARCHES);
    }

    #[test]
    fn words_are_what_one_would_say() {
        assert_eq!(words("*घाघरा* में बाढ़। 64.5 मी. — 🚨जाएँ!"), ["घाघरा", "में", "बाढ", "64", "5", "मी", "जाएँ"]);
        assert_eq!(words("Don’t GO"), ["don", "t", "go"]);
    }
}
