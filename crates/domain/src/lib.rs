//! What Munadi is about, without any input or output: notices and their states, areas and places, who may do what, and the
//! messages between the parts. Nothing here reads a clock, randomness, the network or a disk.

pub mod access;
pub mod area;
pub mod content;
pub mod delivery;
pub mod endpoint;
pub mod fault;
pub mod id;
pub mod language;
pub mod limits;
pub mod message;
pub mod notice;
pub mod payload;
pub mod place;
pub mod push;
pub mod subscription;
pub mod topic;
pub mod vocabulary;
