//! How many subscriptions need nobody but this government: a number for everybody, so it must single out nobody.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use munadi_domain::{
    content::whole_seconds,
    subscription::{OWN, PROVIDERS, PushPolicy},
};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::Subscriptions;
use crate::Result;

/// What reports call all push services together that are not named.
pub const OTHERS: &str = "others";
/// With fewer subscriptions than that, exact shares would be about people: one of three is "33 %", and whoever saw the third subscribe
/// knows which browser that person has. From this number on one person is at most a tenth, and only the number's first digits are told.
const FEW: u64 = 10;
/// How long a count is good.
const FRESH: Duration = Duration::from_mins(1);
/// Counting millions of rows takes seconds: then a count is good so many times longer than it took, and counting is never more than
/// one percent of the database's work.
const REST: u32 = 100;

/// The share of subscriptions that need nobody but this government.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// When it was counted.
    pub counted_at: OffsetDateTime,
    /// What can be told of it.
    pub share: Share,
}

/// What can be told about all subscriptions without singling anybody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// Nobody has subscribed.
    Nobody,
    /// Fewer than ten have.
    Few {
        /// How many percent of them need our own push service alone, rounded to tens.
        own_percent: u8,
    },
    /// Ten or more have.
    Many {
        /// At least so many have: rounded down to two digits, and to tens below 100.
        at_least: u64,
        /// How many percent of them need our own push service alone.
        own_percent: u8,
        /// All providers with their percentage, the largest first, and [`OTHERS`] last.
        providers: Vec<(String, u8)>,
    },
}

/// A count that is kept, so that pages which show it cost nothing.
#[derive(Debug, Default)]
pub(super) struct Counter {
    last: RwLock<Option<(Reach, Instant)>>,
    counting: Mutex<()>,
}

impl Counter {
    /// The last count, and whether it is still good.
    fn last(&self) -> Option<(Reach, bool)> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(reach, until)| (reach.clone(), Instant::now() < *until))
    }

    fn keep(&self, reach: &Reach, took: Duration) {
        let until = Instant::now() + FRESH.max(took * REST);
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some((reach.clone(), until));
    }
}

impl Subscriptions {
    /// The share of subscriptions that need nobody but this government, as it was a minute ago or less; longer ago only where there
    /// are so many that counting takes long.
    pub async fn reach(&self) -> Result<Reach> {
        let turn = match self.counter.last() {
            Some((reach, true)) => return Ok(reach),
            // While somebody counts, the last count will do for all others.
            Some((reach, false)) => match self.counter.counting.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(reach),
            },
            None => self.counter.counting.lock().await,
        };
        // Whoever waited for the first count has it now.
        if let Some((reach, true)) = self.counter.last() {
            return Ok(reach);
        }
        let begun = Instant::now();
        let counts = self.core.store.count_subscriptions().await?;
        let reach = Reach { counted_at: whole_seconds(self.core.clock.now()), share: Share::of(counts, &self.push) };
        self.counter.keep(&reach, begun.elapsed());
        drop(turn);
        Ok(reach)
    }
}

impl Share {
    /// What can be told of so many subscriptions at each provider.
    fn of(counts: Vec<(String, u64)>, policy: &PushPolicy) -> Self {
        let mut groups = BTreeMap::<String, u64>::new();
        for (provider, count) in counts {
            *groups.entry(group(provider, count, policy)).or_default() += count;
        }
        let total: u64 = groups.values().sum();
        let own = groups.get(OWN).copied().unwrap_or(0);
        match total {
            0 => Self::Nobody,
            1..FEW => Self::Few { own_percent: tens(own, total) },
            _ => Self::Many {
                at_least: rounded_down(total),
                own_percent: percent(own, total),
                providers: shares(groups, total),
            },
        }
    }
}

/// The name under which a provider is told. A host that few use may be somebody's own, and its name a person's: it is one of the others.
fn group(provider: String, count: u64, policy: &PushPolicy) -> String {
    if policy.provider(&provider) == OWN {
        return OWN.to_owned();
    }
    let is_known = provider == OWN || PROVIDERS.iter().any(|(_, name)| *name == provider);
    if is_known || count >= FEW { provider } else { OTHERS.to_owned() }
}

fn shares(groups: BTreeMap<String, u64>, total: u64) -> Vec<(String, u8)> {
    let mut groups: Vec<(String, u64)> = groups.into_iter().filter(|(_, count)| *count > 0).collect();
    groups.sort_by_key(|(name, count)| (name == OTHERS, std::cmp::Reverse(*count)));
    groups.into_iter().map(|(name, count)| (name, percent(count, total))).collect()
}

/// To the nearest percent. Nothing is told as 0 or 100 that is not exactly that, so that nobody can boast of a last percent.
pub(crate) fn percent(part: u64, total: u64) -> u8 {
    let nearest = (u128::from(part) * 100 + u128::from(total) / 2) / u128::from(total.max(1));
    match part {
        0 => 0,
        part if part >= total => 100,
        _ => u8::try_from(nearest).unwrap_or(99).clamp(1, 99),
    }
}

/// To the nearest ten percent: each of them fits several numbers below ten.
fn tens(part: u64, total: u64) -> u8 {
    (percent(part, total) + 5) / 10 * 10
}

fn rounded_down(count: u64) -> u64 {
    let unit = 10_u64.pow(count.checked_ilog10().unwrap_or(0).saturating_sub(1)).max(10);
    count / unit * unit
}

#[cfg(test)]
mod tests {
    use munadi_domain::subscription::Foreign;
    use proptest::prelude::*;

    use super::*;

    fn share(counts: &[(&str, u64)]) -> Share {
        let policy = PushPolicy { own_hosts: vec!["push.gov.example".to_owned()], foreign: Foreign::WakeUp };
        Share::of(counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(), &policy)
    }

    #[test]
    fn few_are_told_in_tens_and_without_providers() {
        assert_eq!(share(&[]), Share::Nobody);
        assert_eq!(share(&[("own", 1), ("google", 2)]), Share::Few { own_percent: 30 });
        assert_eq!(share(&[("own", 5), ("mozilla", 4)]), Share::Few { own_percent: 60 });
        assert_eq!(share(&[("google", 9)]), Share::Few { own_percent: 0 });
    }

    #[test]
    fn many_are_told_by_provider() {
        let counts =
            [("google", 700), ("own", 250), ("push.gov.example", 50), ("ntfy.example.org", 12), ("jaya.example", 3)];
        let providers = [("google", 69), ("own", 30), ("ntfy.example.org", 1), ("others", 1)];
        let providers = providers.map(|(name, percent)| (name.to_owned(), percent)).to_vec();
        assert_eq!(share(&counts), Share::Many { at_least: 1_000, own_percent: 30, providers });
    }

    #[test]
    fn all_and_none_are_only_told_when_they_are() {
        for (part, total, told) in [(0, 5, 0), (1, 1_000_000, 1), (999_999, 1_000_000, 99), (7, 7, 100), (1, 2, 50)] {
            assert_eq!(percent(part, total), told, "{part} of {total}");
        }
        for (count, told) in [(10, 10), (19, 10), (99, 90), (129, 120), (1_299, 1_200), (98_765_432, 98_000_000)] {
            assert_eq!(rounded_down(count), told);
        }
    }

    proptest! {
        /// One person more or less shows in nothing but a rounded number, and no host of a few is ever named.
        #[test]
        fn nobody_is_singled_out(counts in prop::collection::vec(("[a-d]\\.example|google|own", 0..40_u64), 0..8)) {
            let counts: BTreeMap<_, _> = counts.into_iter().collect();
            let counts: Vec<_> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
            let total: u64 = counts.iter().map(|(_, count)| count).sum();
            match share(&counts) {
                Share::Nobody => prop_assert_eq!(total, 0),
                Share::Few { own_percent } => prop_assert!((1..10).contains(&total) && own_percent % 10 == 0),
                Share::Many { at_least, providers, .. } => {
                    prop_assert!(at_least <= total && total < at_least * 2 && at_least % 10 == 0);
                    for (name, _) in providers.iter().filter(|(name, _)| name.ends_with(".example")) {
                        let count = counts.iter().find(|(host, _)| host == name).map_or(0, |(_, count)| *count);
                        prop_assert!(count >= 10, "{} has {}", name, count);
                    }
                }
            }
        }
    }
}
