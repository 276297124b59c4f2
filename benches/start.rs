//! The built program: its start to the first frame, with years of sales behind it too, and what it uses while
//! nothing happens.
//!
//! ```sh
//! cargo bench --bench start [-- --rounds 20 --sales 1000000 --idle 10 --json]
//! ```

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use support::Args;
use support::Table;
use support::Times;
use support::history;
use support::machine;
use support::shop;
use support::shop::Running;
use support::shop::Shop;

/// How closely the panel's file is watched.
const LOOK: Duration = Duration::from_micros(100);
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let args = Args::read(&["rounds", "sales", "idle"]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let shop = runtime.block_on(Shop::open());
    let mut starts = Table::new(
        "From starting the program to its first frame in the panel's file, and a day's report",
        &["median ms", "p95 ms", "longest ms", "sales ms", "file MiB"],
    );
    let bare = Times::new(repeat(args.number("rounds", 20), || timed(shop::program().arg("--version"))));
    starts.row("the program alone (--version)", row(&bare, None, None));
    for sales in [0, history::PER_DAY, args.number("sales", 1_000_000)] {
        let data = shop.file(&format!("data-{sales}"));
        fs::create_dir(&data).expect("a folder");
        if sales > 0 {
            runtime.block_on(history::write(&data, sales));
        }
        let frames = Times::new(repeat(args.number("rounds", 20), || first_frame(&shop, &data)));
        let day = (sales > 0).then(|| report(&data, sales));
        let file = fs::metadata(qrtill::terminal::journal_path(&data)).map_or(0, |file| file.len());
        starts.row(&format!("a journal of {sales} sales"), row(&frames, day, Some(file)));
    }
    let idle = runtime.block_on(idle(
        &shop,
        Duration::from_secs(args.number("idle", 10).max(1)),
        args.number("sales", 1_000_000),
    ));
    support::print("start", &args, &[starts, idle]);
}

fn row(times: &Times, report: Option<Duration>, file: Option<u64>) -> Vec<Option<f64>> {
    let report = report.map(|time| time.as_secs_f64() * 1e3);
    let file = file.map(|bytes| bytes as f64 / 1024.0 / 1024.0);
    vec![Some(times.ms(50)), Some(times.ms(95)), Some(times.ms(100)), report, file]
}

fn repeat(rounds: u64, mut once: impl FnMut() -> Duration) -> Vec<Duration> {
    (0..rounds.max(1)).map(|_| once()).collect()
}

/// A command from its start to its end.
fn timed(command: &mut Command) -> Duration {
    let began = support::now();
    let status = command.stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?}");
    began.elapsed()
}

fn first_frame(shop: &Shop, data: &Path) -> Duration {
    let panel = data.join("panel.png");
    if panel.exists() {
        fs::remove_file(&panel).expect("the last picture can be removed");
    }
    let began = support::now();
    let terminal = Running::start(&mut shop.terminal(data, &panel));
    while !panel.exists() {
        assert!(began.elapsed() < PATIENCE, "no picture came");
        std::thread::sleep(LOOK);
    }
    let took = began.elapsed();
    terminal.stop();
    took
}

/// The median time of `qrtill sales` for a day in the middle.
fn report(data: &Path, sales: u64) -> Duration {
    let day = history::middle_day(sales);
    let once = || timed(shop::program().args(["sales", "--json", "--day", &day, "--data"]).arg(data));
    let mut times = repeat(5, once);
    times.sort_unstable();
    times[times.len() / 2]
}

/// Relay and terminal, armed and then left alone.
async fn idle(shop: &Shop, wait: Duration, sales: u64) -> Table {
    let mut table = Table::new(
        &format!("Armed, then idle for {} s", wait.as_secs()),
        &["resident MiB", "threads", "wake-ups/s", "cpu %"],
    );
    let relay = Running::start(&mut shop.relay());
    let mut pairs = Vec::new();
    for data in ["data-0".to_owned(), format!("data-{sales}")] {
        let data = shop.file(&data);
        let terminal = Running::start(&mut shop.terminal(&data, &data.join("panel.png")));
        shop.until_armed().await;
        // Whatever follows arming is over by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let running = [terminal.id(), relay.id()];
        let before = running.map(|pid| machine::usage(Some(pid)));
        tokio::time::sleep(wait).await;
        let after = running.map(|pid| machine::usage(Some(pid)));
        pairs.push((before, after));
        terminal.stop();
    }
    relay.stop();
    let names = ["terminal, empty journal", "relay", &format!("terminal, {sales} sales")];
    let of_rows = [(&pairs[0], 0), (&pairs[0], 1), (&pairs[1], 0)];
    for (name, ((before, after), index)) in names.into_iter().zip(of_rows) {
        let (before, after) = (before[index], after[index]);
        let cpu = after.ticks.saturating_sub(before.ticks) as f64 / wait.as_secs_f64();
        let wakeups = after.wakeups_since(&before, wait);
        table.row(name, [after.resident_mib(), after.threads as f64, wakeups, cpu].map(Some).into());
    }
    table
}
