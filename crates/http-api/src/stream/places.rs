//! How many streams are open, in all and to one address: each holds a connection and some memory for hours.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::problem::{Kind, Problem};

/// The open streams of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_per_address: usize,
    open: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// An open stream's place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Streams {
    /// At most so many in all, and to one IPv4 address or IPv6 /64.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        Self(Arc::new(Shared { most, most_per_address, open: Mutex::default() }))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.0.lock().all
    }

    pub(crate) fn admit(&self, address: IpAddr) -> Result<Seat, Problem> {
        let shared = Arc::clone(&self.0);
        let address = subscriber(address);
        let mut open = shared.lock();
        if open.all >= shared.most {
            return Err(Kind::OVERLOADED.with("There are as many streams as this server can hold").retry_after(30));
        }
        let own = open.by_address.entry(address).or_default();
        if *own >= shared.most_per_address {
            let why = "Your address has as many streams open as it may: close one";
            return Err(Kind::TOO_MANY.with(why).retry_after(30));
        }
        *own += 1;
        open.all += 1;
        metrics::gauge!("munadi_http_streams").increment(1);
        drop(open);
        Ok(Seat { shared, address })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.shared.lock();
        open.all -= 1;
        if let Some(own) = open.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                open.by_address.remove(&self.address);
            }
        }
        metrics::gauge!("munadi_http_streams").decrement(1);
    }
}

/// One subscriber of IPv6 has a /64.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn streams_are_counted_in_all_and_by_address() {
        let streams = Streams::new(3, 2);
        let one = streams.admit(address("2001:db8::1")).unwrap();
        let two = streams.admit(address("2001:db8::2")).unwrap();
        assert_eq!(streams.admit(address("2001:db8::3")).unwrap_err().slug(), "too-many-requests");
        let three = streams.admit(address("192.0.2.1")).unwrap();
        assert_eq!(streams.admit(address("192.0.2.2")).unwrap_err().slug(), "overloaded");
        drop((one, three));
        assert_eq!(streams.open(), 1);
        assert!(streams.admit(address("2001:db8::3")).is_ok());
        drop(two);
        assert_eq!(streams.open(), 0);
        assert!(streams.0.lock().by_address.is_empty());
    }
}
