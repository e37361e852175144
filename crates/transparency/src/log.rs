//! The public log: a Merkle tree whose hashes, tiles, checkpoints and proofs are those of the C2SP specifications.
//!
//! One module for each specification: RFC 6962 §2.1 ([`hash`] and [`tree`]), [tlog-tiles](https://c2sp.org/tlog-tiles) ([`tile`]),
//! [signed-note](https://c2sp.org/signed-note) ([`note`]), [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) ([`checkpoint`]),
//! [tlog-cosignature](https://c2sp.org/tlog-cosignature) ([`cosignature`]), [tlog-proof](https://c2sp.org/tlog-proof) ([`proof`]),
//! [tlog-policy](https://c2sp.org/tlog-policy) ([`policy`]), [tlog-witness](https://c2sp.org/tlog-witness) ([`witness`]).
//!
//! Everything that is read has a limit, is read strictly, and prints as the same bytes again.

pub mod checkpoint;
pub mod cosignature;
pub mod hash;
pub mod note;
pub mod policy;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod witness;
