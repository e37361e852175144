//! Messages from a sender to an open socket and back.

use anyhow::Result;
use clap::Args;

use super::{BASELINE, Crowd, Service, forget_all, watch};
use crate::{
    part::{BODY, Delays, LoadOrder},
    rig::{Rig, Usage, float, grouped, print_target},
};

/// Messages a second.
const TARGET: f64 = 10_000.0;
/// In milliseconds.
const TARGET_DELAY: f64 = 20.0;

/// What `push delivery` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// User agents, each with one subscription. Each gets its message in its turn.
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// Senders' connections (HTTP/1.1), each with one message under way.
    #[arg(long, default_value_t = 256)]
    senders: usize,
    /// The measured time, in seconds.
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// The time before, in seconds.
    #[arg(long, default_value_t = 5.0)]
    warm_up: f64,
    /// Messages a second at which delays are measured; half of what was reached, if not said.
    #[arg(long)]
    rate: Option<f64>,
    /// Subscriptions without a sender's key, and senders that do not say who they are.
    #[arg(long)]
    anonymous: bool,
    /// Without the baseline.
    #[arg(long)]
    alone: bool,
}

/// What one service reached.
struct Figures {
    /// Received and acknowledged, a second.
    rate: f64,
    messages: u64,
    usage: Usage,
    /// Under full load.
    delays: Delays,
    half: Half,
}

/// At a rate it can keep up with.
struct Half {
    asked: f64,
    reached: f64,
    messages: u64,
    usage: Usage,
    delays: Delays,
}

pub(super) async fn run(rig: &Rig, options: &Options) -> Result<()> {
    println!(
        "delivery: bodies of {} bytes to {} connected user agents by {} senders",
        grouped(BODY as u64),
        grouped(options.clients as u64),
        options.senders
    );
    let ours = measure(rig, Service::node(rig).await?, options, options.rate).await?;
    let figure = format!("{:.0} messages/s", ours.rate);
    print_target("POST until received and acknowledged", &figure, "≥ 10,000/s", ours.rate >= TARGET);
    print(&ours, true);
    if !options.alone {
        forget_all(rig).await?;
        println!("  baseline, same run: {BASELINE}");
        let naive = measure(rig, Service::naive(rig).await?, options, None).await?;
        println!("    {:.0} messages/s; ours: {:.1} times as many", naive.rate, ours.rate / naive.rate);
        print(&naive, false);
    }
    Ok(())
}

async fn measure(rig: &Rig, service: Service, options: &Options, rate: Option<f64>) -> Result<Figures> {
    let mut crowd = Crowd::start(&service, 2, options.anonymous).await?;
    crowd.connect(options.clients).await?;
    let watch = watch(rig, &service, &crowd);
    let order = LoadOrder { senders: options.senders, warm_up: options.warm_up, seconds: options.seconds, rate: None };
    let (window, ending, usage) = crowd.load(order, &watch).await?;
    until_acknowledged(rig).await?;
    let reached = float(window.received) / window.seconds;
    let asked = rate.unwrap_or(reached / 2.0);
    let (slow, slow_ending, slow_usage) = crowd.load(LoadOrder { rate: Some(asked), ..order }, &watch).await?;
    until_acknowledged(rig).await?;
    crowd.kill().await?;
    service.kill().await?;
    let half = Half {
        asked,
        reached: float(slow.received) / slow.seconds,
        messages: slow.received,
        usage: slow_usage,
        delays: slow_ending.delays,
    };
    Ok(Figures { rate: reached, messages: window.received, usage, delays: ending.delays, half })
}

/// What is acknowledged is deleted: nothing may be left.
async fn until_acknowledged(rig: &Rig) -> Result<()> {
    let empty = "select not exists (select from push_message)";
    rig.until(async || Ok(sqlx::query_scalar(empty).fetch_one(&rig.pool).await?)).await
}

fn print(figures: &Figures, ours: bool) {
    let Figures { messages, half, .. } = figures;
    println!("    {}", in_words(figures.delays));
    figures.usage.print(*messages);
    let p99 = f64::from(half.delays.p99) / 1e3;
    let name = format!("p99 from due until received, at {:.0}/s", half.asked);
    if ours {
        print_target(&name, &format!("{p99:.1} ms"), "< 20 ms", p99 < TARGET_DELAY);
    } else {
        println!("    {name}: {p99:.1} ms");
    }
    println!("    {}; {:.0}/s were received", in_words(half.delays), half.reached);
    half.usage.print(half.messages);
}

fn in_words(delays: Delays) -> String {
    let ms = |micros: u32| f64::from(micros) / 1e3;
    let Delays { count, median, p99, p999, most } = delays;
    format!(
        "delay of {}: half within {:.1} ms, 99 % within {:.1} ms, 99.9 % within {:.1} ms, all within {:.1} ms",
        grouped(count as u64),
        ms(median),
        ms(p99),
        ms(p999),
        ms(most)
    )
}
