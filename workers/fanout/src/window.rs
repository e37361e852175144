//! How far the next step looks.

/// The widest window, in ids: whatever the audience, the ids of one step fit into some megabytes.
const WIDEST: i64 = 4_000_000;
const NARROWEST: i64 = 1_000;

/// How many subscription ids a step looks at, so that it finds about as many recipients as it should: most of the ids for a notice to
/// the whole country, few for a village.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    target: usize,
    width: i64,
}

impl Window {
    /// Begins as if every subscription were a recipient.
    pub(crate) fn new(target: usize) -> Self {
        let width = i64::try_from(target).unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        Self { target, width }
    }

    /// The last id of the next step.
    pub(crate) fn end(&self, after: i64, last: i64) -> i64 {
        after.saturating_add(self.width).min(last)
    }

    /// Learns from what was found in the window.
    pub(crate) fn learn(&mut self, found: usize) {
        if found < self.target / 2 {
            self.width = (self.width * 4).min(WIDEST);
        } else if found > self.target * 2 {
            self.width = (self.width / 2).max(NARROWEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every id is looked at exactly once, in however many steps.
        #[test]
        fn windows_join_without_gaps(target in 1..50_000_usize, last in 0..20_000_000_i64, found in prop::collection::vec(0..100_000_usize, 64)) {
            let (mut window, mut after, mut steps) = (Window::new(target), 0, 0);
            let mut found = found.into_iter().cycle();
            while after < last && steps < 1_000 {
                let end = window.end(after, last);
                prop_assert!(end > after && end <= last && end - after <= WIDEST);
                window.learn(found.next().unwrap());
                after = end;
                steps += 1;
            }
        }

        #[test]
        fn finding_nothing_ends_soon(last in 1..1_000_000_000_i64) {
            let (mut window, mut after, mut steps) = (Window::new(20_000), 0, 0);
            while after < last {
                after = window.end(after, last);
                window.learn(0);
                steps += 1;
            }
            prop_assert!(steps <= 260, "{} steps", steps);
        }
    }
}
