//! What other nodes have for the user agents of this one.

use std::time::Duration;

use munadi_store::{Store, push::PushNews};

use crate::hub::{End, Hub};

/// The wait before listening is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Passes on news until cancelled. Whenever some may have been missed, every connection is told to look for itself.
pub(crate) async fn listen(store: &Store, hub: &Hub, node: i64) {
    loop {
        match store.listen_push(node).await {
            Ok(mut listener) => {
                hub.look_all();
                loop {
                    match listener.next().await {
                        Ok(Some(news)) => pass_on(hub, news),
                        Ok(None) => hub.look_all(),
                        Err(error) => {
                            tracing::warn!(error = &error as &dyn std::error::Error, "news of other nodes are lost");
                            break;
                        }
                    }
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "other nodes cannot be heard"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn pass_on(hub: &Hub, news: PushNews) {
    match news {
        PushNews::Look(agents) => {
            for agent in agents {
                hub.look(agent);
            }
        }
        PushNews::Replaced(agent, session) => hub.end(agent, Some(session), End::Replaced),
        PushNews::Reset(agent) => hub.end(agent, None, End::Reset),
    }
}
