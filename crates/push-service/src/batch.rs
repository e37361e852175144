//! Many callers' questions in one statement. While one batch is at the database the next one gathers, so a batch is as large as the
//! load makes it: the cost of a transaction is shared exactly when that matters. Where nobody is in a hurry, batches also keep a distance
//! from each other; who asks after a quiet time still waits for no timer.

use std::{future::Future, time::Duration};

use munadi_store::StoreError;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::{Instant, sleep_until},
};

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// More questions wait than may.
    #[error("too much is waiting for the database")]
    Busy,
    /// The database refused the batch, or could not be reached; what it was is in the log.
    #[error("the database does not answer")]
    Failed,
}

type Question<In, Out> = (In, oneshot::Sender<Out>);

/// An answer that nobody waits for yet.
pub(crate) type Pending<Out> = oneshot::Receiver<Out>;

/// Gathers questions.
#[derive(Debug)]
pub(crate) struct Batcher<In, Out> {
    name: &'static str,
    at_most: usize,
    apart: Duration,
    sender: mpsc::Sender<Question<In, Out>>,
    receiver: Mutex<mpsc::Receiver<Question<In, Out>>>,
}

impl<In, Out> Batcher<In, Out> {
    /// At most `at_most` questions are one batch (no less than one), and at most `waiting` wait.
    pub(crate) fn new(name: &'static str, at_most: usize, waiting: usize) -> Self {
        let (sender, receiver) = mpsc::channel(waiting);
        let apart = Duration::ZERO;
        Self { name, at_most: at_most.max(1), apart, sender, receiver: Mutex::new(receiver) }
    }

    /// With so much time between the beginnings of two batches, unless the first one was full.
    pub(crate) fn apart(self, apart: Duration) -> Self {
        Self { apart, ..self }
    }

    /// Asks, and waits for the answer. Somebody must be in [`Batcher::work`].
    pub(crate) async fn ask(&self, question: In) -> Result<Out, Unanswered> {
        self.put(question)?.await.map_err(|_| Unanswered::Failed)
    }

    /// Asks, and does not wait. With one in [`Batcher::work`], whatever was asked before is answered before.
    pub(crate) fn put(&self, question: In) -> Result<Pending<Out>, Unanswered> {
        let (sender, answer) = oneshot::channel();
        self.sender.try_send((question, sender)).map_err(|_| Unanswered::Busy)?;
        Ok(answer)
    }

    /// Leaves something to be done; if too much waits, or it fails, nobody hears of it.
    pub(crate) fn leave(&self, question: In) {
        // What is left like this may be done or not.
        let _ = self.put(question);
    }

    /// Answers questions, until cancelled. Any number may work at a time; each takes what is there. `answer` gives one answer for each
    /// question, in their order.
    pub(crate) async fn work<F>(&self, answer: impl Fn(Vec<In>) -> F)
    where
        F: Future<Output = Result<Vec<Out>, StoreError>>,
    {
        let (mut gathered, mut next) = (Vec::new(), None);
        loop {
            if let Some(next) = next {
                sleep_until(next).await;
            }
            let count = self.receiver.lock().await.recv_many(&mut gathered, self.at_most).await;
            let keeps_apart = count < self.at_most && !self.apart.is_zero();
            next = keeps_apart.then(|| Instant::now() + self.apart);
            metrics::histogram!("munadi_push_batch_size", "batch" => self.name).record(to_f64(count));
            let (questions, senders): (Vec<_>, Vec<_>) = gathered.drain(..).unzip();
            match answer(questions).await {
                Ok(answers) => {
                    for (sender, answer) in senders.into_iter().zip(answers) {
                        // Whoever asked may be gone.
                        let _ = sender.send(answer);
                    }
                }
                // Dropping the senders tells those who asked.
                Err(error) => {
                    tracing::error!(batch = self.name, error = &error as &dyn std::error::Error, "a batch failed");
                }
            }
        }
    }
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_waits_together_is_answered_together() {
        let batcher = Batcher::new("test", 3, 10);
        let statements = AtomicUsize::new(0);
        let double = async |questions: Vec<u32>| {
            statements.fetch_add(1, Ordering::Relaxed);
            Ok(questions.into_iter().map(|question| question * 2).collect())
        };
        let all = async { tokio::join!(batcher.ask(1), batcher.ask(2), batcher.ask(3), batcher.ask(4)) };
        let answers = tokio::select! {
            answers = all => answers,
            () = batcher.work(double) => unreachable!(),
        };
        assert_eq!(answers, (Ok(2), Ok(4), Ok(6), Ok(8)));
        assert_eq!(statements.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_follows_closely_waits_for_company() {
        let (apart, start) = (Duration::from_millis(20), Instant::now());
        let batcher = Batcher::new("test", 3, 10).apart(apart);
        let when = async |questions: Vec<u32>| Ok(vec![(start.elapsed(), questions.len()); questions.len()]);
        let all = async {
            let first = batcher.ask(1).await;
            let second = batcher.put(2);
            (first, batcher.ask(3).await, second.unwrap().await)
        };
        let answers = tokio::select! {
            answers = all => answers,
            () = batcher.work(when) => unreachable!(),
        };
        assert_eq!(answers, (Ok((Duration::ZERO, 1)), Ok((apart, 2)), Ok((apart, 2))));
    }

    #[tokio::test]
    async fn a_failed_batch_fails_those_who_asked_and_no_others() {
        let batcher = Batcher::new("test", 3, 10);
        let picky = async |questions: Vec<u32>| {
            if questions.contains(&13) { Err(StoreError::corrupt("test", "13")) } else { Ok(questions) }
        };
        let all = async { (batcher.ask(13).await, batcher.ask(1).await) };
        let answers = tokio::select! {
            answers = all => answers,
            () = batcher.work(picky) => unreachable!(),
        };
        assert_eq!(answers, (Err(Unanswered::Failed), Ok(1)));
    }

    #[tokio::test]
    async fn one_too_many_is_refused_at_once() {
        let batcher: Batcher<u32, u32> = Batcher::new("test", 3, 1);
        batcher.leave(1);
        assert_eq!(batcher.ask(2).await, Err(Unanswered::Busy));
    }
}
