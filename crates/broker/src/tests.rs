//! Against a real RabbitMQ, named by `AMQP_URL`. Each test works under its own prefix and takes away what it made.

mod connecting;
mod consuming;
mod contract;
mod dead_letters;
mod listening;
mod proxy;
mod publishing;
mod rig;
