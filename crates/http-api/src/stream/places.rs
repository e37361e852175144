//! A place for each open stream.

use std::net::IpAddr;

use munadi_services::limits::{NoSeat, Seat, Seats};

use crate::problem::{Kind, Problem};

/// The open streams of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams(Seats);

impl Streams {
    /// At most so many in all, and to one IPv4 address or IPv6 /64.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        Self(Seats::new(most, most_per_address, "munadi_http_streams"))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.0.taken()
    }

    /// A place for a stream to this address, given back when it is dropped.
    pub(crate) fn admit(&self, address: IpAddr) -> Result<Seat, Problem> {
        self.0.take(address).map_err(|error| match error {
            NoSeat::Taken => Kind::OVERLOADED.with("There are as many streams as this server can hold").retry_after(30),
            NoSeat::Address => {
                let why = "Your address has as many streams open as it may: close one";
                Kind::TOO_MANY.with(why).retry_after(30)
            }
        })
    }
}
