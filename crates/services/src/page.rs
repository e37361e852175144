//! Lists that are read a page at a time. A cursor is the id of the last item, so a page never skips or repeats what stays.

/// Which part of a list to read.
#[derive(Debug, Clone, Copy)]
pub struct Page<I> {
    after: Option<I>,
    limit: u16,
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Listed<T, I> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next part, if there is one.
    pub next: Option<I>,
}

impl<I: Copy> Page<I> {
    /// The most items of a page.
    pub const MOST: u16 = 100;

    /// The items after that one, from the beginning if there is none; the limit is brought into 1 to [`Self::MOST`].
    pub fn new(after: Option<I>, limit: u16) -> Self {
        Self { after, limit: limit.clamp(1, Self::MOST) }
    }

    pub(crate) fn after(&self) -> Option<I> {
        self.after
    }

    /// How many items to fetch: one more than wanted tells whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    pub(crate) fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> I) -> Listed<T, I> {
        let has_more = items.len() > usize::from(self.limit);
        items.truncate(usize::from(self.limit));
        let next = items.last().filter(|_| has_more).map(id);
        Listed { items, next }
    }
}

impl<I: Copy> Default for Page<I> {
    fn default() -> Self {
        Self::new(None, 50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole_list() {
        let all: Vec<u32> = (0..7).collect();
        for limit in 1..10 {
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let page = Page::new(after, limit);
                let rest = all.iter().copied().filter(|id| page.after().is_none_or(|after| *id > after));
                let fetched = rest.take(usize::try_from(page.fetch()).unwrap()).collect();
                let listed = page.cut(fetched, |id| *id);
                read.extend(listed.items);
                after = listed.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(read, all, "by {limit}");
        }
    }
}
