use futures_util::StreamExt;
use munadi_domain::message::Route;

use super::{
    proxy::Proxy,
    rig::{Rig, message, soon},
};
use crate::LiveEvent;

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_hears_everything_after_its_first_gap() {
    let rig = Rig::new().await;
    rig.publish(Route::Live, 1).await;
    let (mut one, mut other) = (rig.broker.live(), rig.broker.live());
    assert_eq!(soon(one.next()).await, Some(LiveEvent::Gap));
    assert_eq!(soon(other.next()).await, Some(LiveEvent::Gap));
    rig.publish(Route::Live, 2).await;
    assert_eq!(soon(one.next()).await, Some(LiveEvent::Message(message(2))));
    assert_eq!(soon(other.next()).await, Some(LiveEvent::Message(message(2))));
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_is_a_gap_and_then_the_feed_goes_on() {
    let rig = Rig::new().await;
    let proxy = Proxy::start().await;
    let mut feed = rig.broker_at(proxy.url()).live();
    assert_eq!(soon(feed.next()).await, Some(LiveEvent::Gap));
    rig.publish(Route::Live, 1).await;
    assert_eq!(soon(feed.next()).await, Some(LiveEvent::Message(message(1))));
    proxy.cut();
    assert_eq!(soon(feed.next()).await, Some(LiveEvent::Gap));
    rig.publish(Route::Live, 2).await;
    assert_eq!(soon(feed.next()).await, Some(LiveEvent::Message(message(2))));
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_fit_into_this_process_come_in_order() {
    let rig = Rig::new().await;
    let mut feed = rig.broker.live();
    assert_eq!(soon(feed.next()).await, Some(LiveEvent::Gap));
    let batch: Vec<_> = (0..600).map(|number| super::rig::outgoing(Route::Live, number)).collect();
    rig.publisher.publish_all(&batch).await.unwrap();
    for number in 0..600 {
        assert_eq!(soon(feed.next()).await, Some(LiveEvent::Message(message(number))));
    }
    rig.clean().await;
}
