//! How many connections of a kind are open, in all and to one address: each holds memory for hours.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Network;

/// Why somebody gets no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSeat {
    /// There are no more.
    #[error("all are taken")]
    Taken,
    /// The address has as many as it may.
    #[error("this address has as many as it may")]
    Address,
}

/// The seats of this process. Its clones are the same seats.
#[derive(Clone)]
pub struct Seats(Arc<Room>);

struct Room {
    most: usize,
    most_per_address: usize,
    gauge: &'static str,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<Network, usize>,
}

/// A seat, given back when it is dropped.
pub struct Seat {
    room: Arc<Room>,
    address: Network,
}

impl Seats {
    /// At most so many in all, and for one IPv4 address or IPv6 /64. The gauge of that name tells how many are taken.
    pub fn new(most: usize, most_per_address: usize, gauge: &'static str) -> Self {
        Self(Arc::new(Room { most, most_per_address, gauge, taken: Mutex::default() }))
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.0.lock().all
    }

    /// Takes a seat.
    pub fn take(&self, address: IpAddr) -> Result<Seat, NoSeat> {
        let (room, address) = (Arc::clone(&self.0), Network::from(address));
        let mut taken = room.lock();
        if taken.all >= room.most {
            return Err(NoSeat::Taken);
        }
        let own = taken.by_address.entry(address).or_default();
        if *own >= room.most_per_address {
            return Err(NoSeat::Address);
        }
        *own += 1;
        taken.all += 1;
        metrics::gauge!(room.gauge).increment(1);
        drop(taken);
        Ok(Seat { room, address })
    }
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&self.address);
            }
        }
        metrics::gauge!(self.room.gauge).decrement(1);
    }
}

impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seats").field("most", &self.0.most).finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn seats_are_counted_in_all_and_by_address() {
        let seats = Seats::new(3, 2, "test");
        let one = seats.take(address("2001:db8::1")).unwrap();
        let two = seats.take(address("2001:db8::2")).unwrap();
        assert_eq!(seats.take(address("2001:db8::3")).unwrap_err(), NoSeat::Address);
        let three = seats.take(address("192.0.2.1")).unwrap();
        assert_eq!(seats.take(address("192.0.2.2")).unwrap_err(), NoSeat::Taken);
        drop((one, three));
        assert_eq!(seats.taken(), 1);
        assert!(seats.take(address("2001:db8::3")).is_ok());
        drop(two);
        assert_eq!(seats.taken(), 0);
        assert!(seats.0.lock().by_address.is_empty());
    }
}
