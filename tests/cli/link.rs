//! `qrtill link` against the sandbox's bank, as a merchant uses it.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;

use qrtill::core::reference::Reference;
use qrtill::sandbox::bank::model::Face;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::merchant::Merchant;
use crate::support::Running;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;

#[test]
fn a_link_is_made_shown_listed_paid_closed_and_opened_again() {
    let merchant = Merchant::new();
    let made = merchant.json(&[
        "create",
        "Tips",
        "--open",
        "EUR",
        "--min",
        "1",
        "--max",
        "50",
        "--max-payments",
        "2",
    ]);
    let (id, url) = (made["id"].as_str().expect("an id"), made["url"].as_str().expect("a URL"));
    assert_eq!((&made["kind"], &made["min"], &made["max"]), (&"reusable".into(), &100.into(), &5000.into()));
    assert_eq!(merchant.json(&["show", id])["status"], "active");

    merchant.pay(url, "outcome=paid&amount=7.50");
    let paid = merchant.json(&["payments", id]);
    assert_eq!((&paid[0]["amount"], &paid[0]["status"]), (&750.into(), &"succeeded".into()));
    let table = merchant.link(&["payments", id]).out;
    assert!(table.contains("7.50 EUR") && table.contains("counter"), "{table}");

    assert_eq!(merchant.json(&["deactivate", id])["status"], "deactivated");
    let listed = |status: &str| merchant.json(&["list", "--status", status]).as_array().map(Vec::len);
    assert_eq!((listed("active"), listed("deactivated")), (Some(0), Some(1)));
    assert_eq!(merchant.json(&["activate", id])["status"], "active");
    merchant.pay(url, "outcome=paid&amount=1");
    assert_eq!(merchant.json(&["show", id])["status"], "exhausted");
    assert_eq!(merchant.bank.ledger().payments.len(), 2);
}

/// A sale of that counter.
fn sale(terminal: &str, n: u128) -> String {
    Reference::mint(&terminal.parse().expect("an id"), 1_795_176_000_000, n).to_string()
}

#[test]
fn use_is_counted_over_all_pages_by_day_and_by_terminal() {
    let merchant = Merchant::new();
    let made = merchant.json(&["create", "Tips", "--open", "EUR"]);
    let (id, url) = (made["id"].as_str().expect("an id"), made["url"].as_str().expect("a URL"));
    let opened = |link: &str| {
        (merchant.json(&["show", link])["opened"].clone(), merchant.json(&["show", link])["paid"].clone())
    };
    assert_eq!(opened(id), (0.into(), 0.into()));
    // The system gives a hundred at once.
    for n in 0..101 {
        merchant.pay(&format!("{url}?client_reference_id={}", sale("counter-1", n)), "outcome=paid&amount=2");
    }
    merchant.pay(&format!("{url}?client_reference_id={}", sale("counter-2", 7)), "outcome=paid&amount=5");
    merchant.pay(&format!("{url}?client_reference_id=order-7"), "outcome=paid&amount=3");
    merchant.pay(url, "outcome=paid&amount=4");
    merchant.open(url);
    assert_eq!(opened(id), (105.into(), 104.into()));
    let payment = merchant.bank.ledger().payments[0].id.clone();
    assert_eq!(merchant.link(&["refund", &payment, "0.50 EUR"]).code, 0);

    let row = |kind: &str, name: &str, times: u32, received: i64, refunded: i64| {
        serde_json::json!({
            "kind": kind, "name": name, "opened": times, "paid": times,
            "received": {"EUR": received}, "refunded": {"EUR": refunded},
        })
    };
    let by_terminal = merchant.json(&["payments", id, "--by", "terminal"]);
    let expected = [
        row("terminal", "counter-1", 101, 20_200, 50),
        row("terminal", "counter-2", 1, 500, 0),
        row("counter", "counter", 1, 400, 0),
        row("foreign", "foreign", 1, 300, 0),
    ];
    assert_eq!(by_terminal, Value::from(expected.to_vec()));
    let table = merchant.link(&["payments", id, "--by", "terminal"]).out;
    for part in ["TERMINAL", "OPENED", "202.00 EUR", "0.50 EUR", "counter-2"] {
        assert!(table.contains(part), "{part} in {table}");
    }
    let days = merchant.json(&["payments", id, "--by", "day"]);
    // Midnight may have passed meanwhile.
    let sum = |of: &dyn Fn(&Value) -> i64| days.as_array().expect("days").iter().map(of).sum::<i64>();
    assert_eq!(sum(&|day| day["received"]["EUR"].as_i64().expect("a sum")), 21_400);
    assert_eq!(sum(&|day| day["paid"].as_i64().expect("a count")), 104);
    assert_eq!(days[0]["name"].as_str().map(str::len), Some("2026-11-20".len()));
    assert!(merchant.link(&["payments", id, "--by", "day"]).out.contains("DAY (UTC)"));
}

#[test]
fn what_a_system_does_not_tell_is_said_to_be_untold() {
    let merchant = Merchant::with(Face::Storekit);
    let made = merchant.json(&["create", "Tips", "--amount", "2 EUR"]);
    let (id, url) = (made["id"].as_str().expect("an id"), made["url"].as_str().expect("a URL"));
    merchant.pay(url, "outcome=paid");
    merchant.open(url);
    assert_eq!(merchant.json(&["show", id])["opened"], Value::Null);
    let said = merchant.link(&["show", id]).out;
    let lines: Vec<_> =
        said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in ["opened not told by storekit", "paid 1"] {
        assert!(lines.contains(&line.to_owned()), "{line} in {said}");
    }
    let by_day = merchant.json(&["payments", id, "--by", "day"]);
    assert_eq!((&by_day[0]["opened"], &by_day[0]["paid"]), (&Value::Null, &1.into()));
    let table = merchant.link(&["payments", id, "--by", "day"]).out;
    assert!(table.contains("opened is not told by storekit"), "{table}");
}

#[test]
fn a_link_is_told_to_people_with_what_to_do_next() {
    let merchant = Merchant::new();
    let said = merchant.link(&["create", "Coffee", "--amount", "2.50 EUR"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["plink_", "active", "reusable", "2.50 EUR", "standing_link = \"plink_", "terminal.toml"] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
}

#[test]
fn pages_are_pages_of_what_fits() {
    let merchant = Merchant::new();
    for n in 0..7 {
        let once: &[&str] = if n % 2 == 0 { &["--once"] } else { &[] };
        merchant.json(&[&["create", "Cup", "--amount", "1 EUR"], once].concat());
    }
    let page = |n: &str| {
        let list = merchant.json(&["list", "--kind", "one-off", "--per-page", "3", "--page", n]);
        list.as_array().expect("a list").iter().map(|link| link["id"].to_string()).collect::<Vec<_>>()
    };
    let (first, second) = (page("1"), page("2"));
    assert_eq!((first.len(), second.len()), (3, 1));
    assert!(!first.contains(&second[0]));
    let table = merchant.link(&["list", "--per-page", "3"]).out;
    assert!(table.contains("--page 2"), "{table}");
}

#[test]
fn the_code_is_drawn_as_png_svg_and_text() {
    let merchant = Merchant::new();
    let made = merchant.json(&["create", "Coffee", "--amount", "2.50 EUR"]);
    let (id, url) = (made["id"].as_str().expect("an id"), made["url"].as_str().expect("a URL"));
    let file = merchant.shop.file("code.png");
    for link in [id, url] {
        assert_eq!(merchant.link(&["qr", link, "-o", path(&file), "--size", "300"]).code, 0);
        let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(&file).expect("a file")));
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert!(info.width >= 300 && info.width == info.height);
        let (row, width) = (info.line_size, info.width as usize);
        let dark = |x: usize, y: usize| pixels[y * row + x / 8] >> (7 - x % 8) & 1 == 0;
        let mut image = rqrr::PreparedImage::prepare_from_bitmap(width, width, dark);
        let (_, read) = image.detect_grids().first().expect("a code").decode().expect("readable");
        assert_eq!(read, url);
    }
    let file = merchant.shop.file("code.svg");
    assert_eq!(merchant.link(&["qr", id, "-o", path(&file)]).code, 0);
    assert!(fs::read_to_string(&file).expect("text").contains("<svg"));
    let told = merchant.json(&["qr", url, "-o", path(&file)]);
    assert_eq!((&told["file"], &told["url"]), (&path(&file).into(), &url.into()));
    assert_eq!(merchant.link(&["qr", url, "--json"]).code, 64);
    let text = merchant.link(&["qr", id, "--error-correction", "h"]).out;
    assert!(text.contains('█') && text.contains(url), "{text}");
    assert_eq!(merchant.link(&["qr", id, "-o", "code.gif"]).code, 64);
}

#[test]
fn what_is_wrong_is_said_with_a_way_out() {
    let merchant = Merchant::new();
    let refused = |line: &[&str], code: i32, part: &str| {
        let said = merchant.link(line);
        assert_eq!(said.code, code, "{line:?}: {}", said.err);
        assert!(said.err.contains(part), "{part} in {}", said.err);
    };
    refused(&["create", "Cup"], 64, "--amount");
    refused(&["create", "Cup", "--amount", "2.50"], 64, "write amount and currency");
    refused(&["create", "Cup", "--amount", "2.505 EUR"], 64, "2 digits");
    refused(&["create", "Cup", "--amount", "2 EUR", "--ends", "yesterday"], 64, "write a time such as");
    refused(&["create", "Cup", "--amount", "2 EUR", "--option", "no_such_word=1"], 69, "capabilities");
    refused(&["create", "Cup", "--amount", "0.10 EUR"], 65, "at least");
    refused(&["show", "plink_none"], 65, "no such");
    refused(&["update", "plink_none"], 64, "nothing to change");
    refused(&["list", "--provider", "qonto"], 64, "give --provider one of these: stripe");
    let another = "[[another_provider]]\nsystem = \"vinr\"\napi_key_file = \"vinr.key\"\n";
    let options = format!("options = {{ base_url = \"{}\" }}\n", merchant.bank.face(Face::Vinr).base_url);
    merchant.shop.write_secret("vinr.key", "sk_test_wrong");
    merchant.shop.change("relay.toml", "[link]\n", &format!("{another}{options}[link]\n"));
    refused(&["list", "--provider", "vinr"], 77, "check another_provider[0].api_key_file");
    fs::write(merchant.shop.file("stripe.key"), "sk_test_wrong").expect("written");
    refused(&["list"], 77, "provider.api_key_file");
    merchant.shop.change("relay.toml", "http://127.0.0.1:", "http://127.0.0.1:1/");
    refused(&["list"], 69, "no connection to 127.0.0.1");
    let gone = qrtill(&["link", "list", "--config", "none.toml"]);
    assert_eq!(gone.code, 66, "{}", gone.err);
}

#[test]
fn what_is_no_id_and_no_address_is_usage() {
    let merchant = Merchant::new();
    for (line, words) in [
        (&["show", "../x"][..], "`../x`: ids are made of"),
        (&["create", "Tea", "--amount", "2 EUR", "--redirect", "notaurl"], "`notaurl`: write an address"),
        (&["create", "Tea"], "give --amount, --open or --item"),
        (&["capabilities", "nope"], "qrtill: `nope` is no payment-link system; there are: stripe"),
    ] {
        let said = merchant.link(line);
        assert!(said.code == 64 && said.err.contains(words), "{line:?}: {} {}", said.code, said.err);
    }
    let option = merchant.link(&["create", "Tea", "--amount", "2 EUR", "--option", "foo=bar"]);
    assert_eq!(option.err.matches("see `qrtill link capabilities`").count(), 1, "{}", option.err);
    assert!(merchant.bank.ledger().links.is_empty());
    let made = merchant.link(&["create", "Tea", "--amount", "2 EUR"]);
    assert!(!made.out.contains("not told"), "{}", made.out);
}

#[test]
fn another_currency_than_the_accounts_is_named() {
    let merchant = Merchant::with(Face::Storekit);
    let said = merchant.link(&["create", "Tea", "--amount", "2 GBP"]);
    assert!(said.code != 0 && said.err.contains("currency"), "{} {}", said.code, said.err);
}

#[test]
fn a_system_with_tokens_says_that_it_is_to_be_connected_and_makes_their_folder() {
    let merchant = Merchant::with(Face::Qonto);
    let data = merchant.shop.file("data");
    let line = format!("data = \"{}\"", path(&data));
    merchant.shop.change("relay.toml", "#data = \"/var/lib/qrtill/relay\"", &line);
    let said = merchant.link(&["list"]);
    assert!(
        said.code == 77 && said.err.ends_with("run `qrtill link connect`\n"),
        "{} {}",
        said.code,
        said.err
    );
    // Nobody can paste and nothing listens.
    let said = merchant.link(&["connect", "--redirect", "https://shop.example/connected"]);
    assert!(said.code == 64 && data.is_dir(), "{} {}", said.code, said.err);
}

#[test]
fn capabilities_need_no_configuration() {
    let said = qrtill(&["link", "capabilities"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("STRIPE") && said.out.contains("news is believed"), "{}", said.out);
    let json = qrtill(&["link", "capabilities", "stripe", "--json"]).out;
    assert!(serde_json::from_str::<Value>(&json).expect("JSON")["stripe"].is_object());
}

#[test]
fn webhooks_are_listened_to_and_explained() {
    let merchant = Merchant::new();
    let secret = merchant.shop.file("listen.secret");
    let endpoint = |url: &str| merchant.bank.add_endpoint(Face::ALL[0], url).expect("an endpoint").secret;
    // The secret is known once the endpoint is; until then nothing is believed.
    merchant.shop.write_secret("listen.secret", "whsec_not_yet");
    let listen = |port: &str| {
        let mut listen = command();
        listen.args([
            "webhook",
            "listen",
            "--provider",
            "stripe",
            "--secret-file",
            path(&secret),
            "--listen",
        ]);
        let child = listen.arg(port).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut running = Running(child);
        let lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
        (running, lines.map(|line| line.expect("UTF-8")))
    };
    let (running, mut lines) = listen("127.0.0.1:0");
    let first = lines.next().expect("where it listens");
    let url = first.split(' ').find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    fs::write(&secret, endpoint(&url)).expect("written");
    drop(running);
    let port = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (_running, mut lines) = listen(&port);
    lines.next().expect("where it listens");
    let deliveries = merchant.bank.clone();
    merchant.runtime.spawn(async move { deliveries.run(CancellationToken::new()).await });
    let made = merchant.json(&["create", "Coffee", "--amount", "2.50 EUR"]);
    merchant.pay(made["url"].as_str().expect("a URL"), "outcome=paid");
    let (mut told, mut money) = (Vec::new(), false);
    for line in lines {
        money |= line.contains("means: money came");
        let done = money && line.contains("payment: pi_");
        told.push(line);
        if done {
            break;
        }
    }
    let text = told.join("\n");
    assert!(text.contains("genuine: payment_link.created") && text.contains("answered 200"), "{text}");
}

#[test]
fn a_link_has_what_its_system_knows_and_nothing_else() {
    let merchant = Merchant::new();
    let made = merchant.json(&[
        "create",
        "Lunch",
        "--item",
        "3 x 2.50 Tea",
        "--item",
        "1 x 5 Cake",
        "--currency",
        "EUR",
        "--ask",
        "phone=required",
        "--metadata",
        "shift=late",
        "--thanks",
        "Good-bye",
        "--option",
        "custom_text[submit][message]=No returns",
    ]);
    let id = made["id"].as_str().expect("an id");
    assert_eq!((&made["amount"], &made["payments"]), (&1250.into(), &Value::Null));
    let raised = merchant.json(&["update", id, "--max-payments", "9", "--option", "submit_type=donate"]);
    assert_eq!(raised["max_payments"], 9);
    for refused in
        [&["--option", "colour=red"][..], &["--ask", "phone"], &["--ends", "2h"], &["--for", "subscription"]]
    {
        let said = merchant.link(&[&["create", "Tea", "--amount", "2.50 EUR"], refused].concat());
        assert!(said.code != 0 && said.err.contains("stripe"), "{refused:?}: {} {}", said.out, said.err);
    }
    assert_eq!(merchant.bank.ledger().links.len(), 1);
}
