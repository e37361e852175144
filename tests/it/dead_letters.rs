//! What the queues gave up on, and what an operator can do about it and about push services that were stopped.

use munadi_domain::{
    id::NoticeId,
    message::{Lane, Message, Route},
};
use munadi_services::{
    ServiceError,
    dead_letters::{DeadLetters, Died},
    figures::Figures,
    origins::Origins,
    page::Page,
};
use munadi_testkit::{NoticeWorld, World, people::id};
use serde_json::json;

use crate::crowd;

fn died(world: &World, body: &[u8], resend: bool) -> Died {
    let message = Message::FanOutV1 { notice: NoticeId::new(world.core.seed().unwrap()) };
    Died {
        queue: "fanout.routine".to_owned(),
        reason: "delivery_limit".to_owned(),
        body: body.to_vec(),
        resend: resend.then_some((Route::FanOut(Lane::Routine), message)),
        at: Some(world.clock.now()),
    }
}

#[tokio::test]
async fn letter_is_kept_once_and_sent_again_once() {
    let world = World::new().await;
    let (letters, operator) = (DeadLetters::new(world.core.clone()), world.platform_admin().await);
    let letter = died(&world, b"{}", true);
    letters.keep(letter.clone()).await.unwrap();
    letters.keep(letter.clone()).await.unwrap();
    let listed = letters.list(operator, false, Page::default()).await.unwrap().items;
    assert_eq!((listed.len(), &listed[0].resend), (1, &letter.resend));
    letters.retry(operator, listed[0].id).await.unwrap();
    let sent: Vec<_> = world.core.store.take_outbox(10).await.unwrap().into_iter().map(|it| it.letter).collect();
    assert_eq!(
        sent.into_iter().map(|(route, _, message)| (route, message)).collect::<Vec<_>>(),
        [letter.resend.unwrap()]
    );
    assert!(matches!(letters.retry(operator, listed[0].id).await, Err(ServiceError::Conflict(_))));
    assert_eq!(letters.list(operator, false, Page::default()).await.unwrap().items, []);
    assert_eq!(letters.list(operator, true, Page::default()).await.unwrap().items.len(), 1);
    let detail = json!({ "queue": "fanout.routine", "reason": "delivery_limit", "because": null });
    assert_eq!(crowd::audited(&world.database, "dead_letter.retry").await, [detail]);
}

#[tokio::test]
async fn letter_is_dropped_for_a_reason() {
    let world = World::new().await;
    let (letters, operator) = (DeadLetters::new(world.core.clone()), world.platform_admin().await);
    // However long, and whatever it is.
    letters.keep(died(&world, &[0xff; 100_000], false)).await.unwrap();
    let letter = letters.list(operator, false, Page::default()).await.unwrap().items.remove(0);
    assert_eq!(letter.body.len(), 64 * 1024);
    assert!(matches!(letters.retry(operator, letter.id).await, Err(ServiceError::Conflict(_))), "it is no message");
    assert!(matches!(letters.drop_letter(operator, letter.id, " ").await, Err(ServiceError::Invalid(_))));
    letters.drop_letter(operator, letter.id, "not ours").await.unwrap();
    let audited = crowd::audited(&world.database, "dead_letter.drop").await;
    assert_eq!(audited[0]["because"], "not ours");
    assert_eq!(world.core.store.count_dead_letters().await.unwrap(), 0);
}

#[tokio::test]
async fn operator_resumes_a_stopped_push_service() {
    let world = World::new().await;
    let (origins, operator) = (Origins::new(world.core.clone()), world.platform_admin().await);
    let origin = "https://push.example.org";
    let mut tx = world.core.store.begin().await.unwrap();
    assert!(tx.stop_origin(origin, world.clock.now(), "403").await.unwrap());
    assert!(!tx.stop_origin(origin, world.clock.now(), "403").await.unwrap());
    tx.commit().await.unwrap();
    assert!(origins.list(operator).await.unwrap()[0].stopped_at.is_some());
    origins.resume(operator, origin).await.unwrap();
    assert!(matches!(origins.resume(operator, origin).await, Err(ServiceError::NotFound(_))));
    assert_eq!(crowd::audited(&world.database, "push_origin.resume").await.len(), 1);
}

#[tokio::test]
async fn figures_are_for_the_notices_own_department() {
    let town = NoticeWorld::new().await;
    let figures = Figures::new(town.world.core.clone());
    let notice = id(&town.published().await);
    let shown = figures.of(town.author.reader(), notice).await.unwrap();
    assert_eq!((shown.audience, shown.started_at), (0, None), "its fan-out has not begun");
    let other = town.world.department(town.world.platform_admin().await, "other").await;
    let stranger = munadi_domain::access::NoticeReader { department: other.id };
    assert!(matches!(figures.of(stranger, notice).await, Err(ServiceError::NotFound(_))));
    let draft = id(&town.draft().await);
    assert!(matches!(figures.of(town.author.reader(), draft).await, Err(ServiceError::NotFound(_))));
}
