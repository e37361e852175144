//! What can go wrong between us and RabbitMQ, said so that an operator knows what to do.

use std::time::Duration;

use lapin::{
    ErrorKind,
    protocol::{AMQPErrorKind, AMQPSoftError},
};

/// A failure of RabbitMQ or of the way to it. None of them says anything about a message that was on its way: unless it was
/// confirmed, it must be sent again.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address in the configuration cannot be used. The text never repeats the address: it may hold a password.
    #[error("the RabbitMQ address cannot be used: {0}")]
    Address(&'static str),
    /// The prefix in front of all names cannot be used.
    #[error("a RabbitMQ prefix has at most 64 characters, all of them a-z, 0-9, “-” or “.”")]
    Prefix,
    /// No connection could be made: nothing answers there, or it refused us.
    #[error("RabbitMQ at {address} cannot be used")]
    Connect {
        /// Host, port and virtual host, without user and password.
        address: String,
        /// What the library said.
        source: lapin::Error,
    },
    /// RabbitMQ did not answer in time. What was asked may or may not have happened.
    #[error("RabbitMQ did not answer within {limit:?} while {doing}")]
    TimedOut {
        /// What was asked of it.
        doing: &'static str,
        /// How long we waited.
        limit: Duration,
    },
    /// An alarm stops all publishing until there is memory or disk again.
    #[error("RabbitMQ accepts no messages: its memory or disk alarm is on (see `rabbitmq-diagnostics alarms`)")]
    Blocked,
    /// A queue or an exchange exists already, and is another one than we need.
    #[error(
        "the {kind} “{name}” exists in RabbitMQ with other settings than this version needs ({answer}): let it run empty, remove \
         it with `rabbitmqctl delete_queue` or in the management page, and start again"
    )]
    Inequivalent {
        /// “queue” or “exchange”.
        kind: &'static str,
        /// Which one.
        name: String,
        /// RabbitMQ's own words: which setting, and which value it has.
        answer: String,
    },
    /// The library or RabbitMQ reported an error.
    #[error("RabbitMQ failed while {doing}")]
    Failed {
        /// What was asked of it.
        doing: &'static str,
        /// What the library said.
        source: lapin::Error,
    },
    /// RabbitMQ ended our consumer, because its queue was removed or moved.
    #[error("RabbitMQ ended the consumer of “{queue}”")]
    ConsumerEnded {
        /// The queue.
        queue: String,
    },
    /// A message could not be written as JSON.
    #[error("a message cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
}

impl BrokerError {
    /// The error and all its causes in one line, for the log. Says nothing twice: the library repeats its own causes.
    pub(crate) fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let said = error.to_string();
            if !line.ends_with(&said) {
                line.push_str(": ");
                line.push_str(&said);
            }
            cause = error.source();
        }
        line
    }
}

/// RabbitMQ's words if it refused because something exists with other settings.
pub(crate) fn inequivalence(error: &lapin::Error) -> Option<String> {
    soft_error(error, AMQPSoftError::PRECONDITIONFAILED)
}

/// Whether RabbitMQ does not know what was named.
pub(crate) fn is_not_found(error: &lapin::Error) -> bool {
    soft_error(error, AMQPSoftError::NOTFOUND).is_some()
}

fn soft_error(error: &lapin::Error, wanted: AMQPSoftError) -> Option<String> {
    match error.kind() {
        ErrorKind::ProtocolError(answer) if *answer.kind() == AMQPErrorKind::Soft(wanted) => {
            Some(answer.get_message().to_string())
        }
        _ => None,
    }
}
