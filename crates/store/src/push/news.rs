//! What nodes tell each other, through the database: hints only, since everything that counts is stored before it is told.

use munadi_domain::push::UserAgentId;
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Result, Store};

/// How many user agents one notification names: PostgreSQL takes less than 8,000 bytes.
const NAMED_AT_ONCE: usize = 240;

/// What a node is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushNews {
    /// Something was stored for user agents that it may have.
    Look(Vec<UserAgentId>),
    /// A user agent has connected anew; its former session, which this is, is over.
    Replaced(UserAgentId, i64),
    /// A user agent was reset: whoever has its socket closes it.
    Reset(UserAgentId),
}

/// Hears what its node is told.
#[derive(Debug)]
pub struct PushListener {
    store: Store,
    channel: String,
    /// None while there is no connection: what is told then is lost.
    listener: Option<PgListener>,
}

impl Store {
    /// Tells nodes something. Nobody hears what is told to a node that is not there.
    pub async fn tell_push_nodes(&self, news: &[(i64, PushNews)]) -> Result<()> {
        let notifications =
            news.iter().flat_map(|(node, news)| news.payloads().into_iter().map(|text| (channel(*node), text)));
        let (channels, payloads): (Vec<String>, Vec<String>) = notifications.unzip();
        // Counted, so that nothing but a number comes back.
        sqlx::query_scalar!(
            "select count(pg_notify(channel, payload)) from unnest($1::text[], $2::text[]) as news (channel, payload)",
            &channels,
            &payloads,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(())
    }

    /// Listens for what this node is told, on a connection of its own. Listen first, then greet user agents.
    pub async fn listen_push(&self, node: i64) -> Result<PushListener> {
        let mut listener = PushListener { store: self.clone(), channel: channel(node), listener: None };
        listener.connect().await?;
        Ok(listener)
    }
}

impl PushListener {
    /// The next news. `None`: the connection broke and is there again; what was told meanwhile is lost, so the node looks for all user
    /// agents it has. After an error call it again, a moment later. May be dropped while it waits; nothing is lost by that.
    pub async fn next(&mut self) -> Result<Option<PushNews>> {
        loop {
            let Some(listener) = &mut self.listener else {
                self.connect().await?;
                return Ok(None);
            };
            match listener.try_recv().await {
                Ok(Some(told)) => {
                    if let Some(news) = PushNews::read(told.payload()) {
                        return Ok(Some(news));
                    }
                    tracing::warn!("a later version of the push service told something that cannot be read");
                }
                Ok(None) => self.listener = None,
                Err(error) => {
                    self.listener = None;
                    return Err(error.into());
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<()> {
        let options = self.store.pool().connect_options();
        let pool = PgPoolOptions::new().max_connections(1).connect_with((*options).clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        // It would come back without a word if it were asked again.
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        self.listener = Some(listener);
        Ok(())
    }
}

impl PushNews {
    fn payloads(&self) -> Vec<String> {
        match self {
            Self::Look(agents) => agents.chunks(NAMED_AT_ONCE).map(look).collect(),
            Self::Replaced(agent, session) => vec![format!("replaced {} {session}", agent.to_hex())],
            Self::Reset(agent) => vec![format!("reset {}", agent.to_hex())],
        }
    }

    fn read(payload: &str) -> Option<Self> {
        let mut words = payload.split(' ');
        let news = match words.next()? {
            "look" => Self::Look(words.by_ref().map(|word| word.parse().ok()).collect::<Option<_>>()?),
            "replaced" => Self::Replaced(words.next()?.parse().ok()?, words.next()?.parse().ok()?),
            "reset" => Self::Reset(words.next()?.parse().ok()?),
            _ => return None,
        };
        words.next().is_none().then_some(news)
    }
}

fn look(agents: &[UserAgentId]) -> String {
    let names: Vec<String> = agents.iter().map(|agent| agent.to_hex()).collect();
    format!("look {}", names.join(" "))
}

fn channel(node: i64) -> String {
    format!("push_{node:016x}")
}
