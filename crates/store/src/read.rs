//! Reading texts of the database as what they must be.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use crate::{Result, StoreError};

/// Reads one text; one that cannot be read was not written by this program.
pub(crate) fn parse<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error| StoreError::corrupt(what, error))
}

/// Reads a text that may be absent.
pub(crate) fn parse_option<T: FromStr<Err: Display>>(what: &str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| parse(what, text)).transpose()
}

/// Reads a set of texts.
pub(crate) fn parse_set<T: FromStr<Err: Display> + Ord>(what: &str, texts: &[String]) -> Result<BTreeSet<T>> {
    texts.iter().map(|text| parse(what, text)).collect()
}
