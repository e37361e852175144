//! The user agents and senders, from the other side of their process.

use std::ffi::OsString;

use anyhow::{Result, ensure};
use serde::de::DeserializeOwned;

use super::Service;
use crate::{
    part::{Connected, Ending, LoadOrder, Order, Returned, Roll, Window},
    rig::{Child, Usage, Watch},
};

/// User agents and senders, in a process of their own.
pub(super) struct Crowd(Child);

impl Crowd {
    /// Each crowd comes from addresses of its own; `source` is the last number of the first one.
    pub(super) async fn start(service: &Service, source: u8, anonymous: bool) -> Result<Self> {
        let mut arguments: Vec<OsString> = vec!["push-crowd".into(), "--service".into()];
        arguments.extend([service.address.to_string(), "--source".to_owned(), source.to_string()].map(OsString::from));
        if anonymous {
            arguments.push("--anonymous".into());
        }
        let mut child = Child::start(&arguments, &[])?;
        child.listen::<String>().await?;
        Ok(Self(child))
    }

    pub(super) fn pid(&self) -> u32 {
        self.0.pid
    }

    async fn ask<T: DeserializeOwned>(&mut self, order: &Order) -> Result<T> {
        self.0.ask(&serde_json::to_string(order)?).await
    }

    /// So many connect and subscribe.
    pub(super) async fn connect(&mut self, count: usize) -> Result<Connected> {
        self.ask(&Order::Connect(count)).await
    }

    /// Those who connected.
    pub(super) async fn tell(&mut self) -> Result<Roll> {
        self.ask(&Order::Tell).await
    }

    /// To be those who were connected from another process.
    pub(super) async fn be(&mut self, roll: Roll) -> Result<()> {
        self.ask(&Order::Be(roll)).await
    }

    /// A message to each. If they are connected, it is waited until they have it.
    pub(super) async fn post(&mut self, connected: bool) -> Result<Connected> {
        self.ask(&Order::Post { connected }).await
    }

    /// All come back, within so many seconds.
    pub(super) async fn come_back(&mut self, within: f64) -> Result<Returned> {
        self.ask(&Order::Return { within }).await
    }

    /// Messages for some time. Every one of them must arrive once, unchanged.
    pub(super) async fn load(&mut self, order: LoadOrder, watch: &Watch) -> Result<(Window, Ending, Usage)> {
        self.ask::<String>(&Order::Load(order)).await?;
        let stopwatch = watch.start();
        let window = self.0.listen().await?;
        let usage = stopwatch.stop();
        let ending: Ending = self.0.listen().await?;
        ensure!(ending.first_fault.is_none(), "{}", ending.first_fault.unwrap_or_default());
        ensure!(ending.doubles == 0, "{} messages came twice", ending.doubles);
        let missing = ending.posted - ending.received;
        ensure!(missing == 0, "{missing} of {} messages did not arrive", ending.posted);
        Ok((window, ending, usage))
    }

    /// All of them are cut off at once.
    pub(super) async fn kill(self) -> Result<()> {
        self.0.kill().await
    }
}
