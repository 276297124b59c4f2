//! Qonto's merchant has to be connected with whoever moves the money. While that is off no link can be paid: the
//! counter says so, an operator is called once, and it goes on by itself when the connection is back.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::ConnectOrder;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

fn order() -> ConnectOrder {
    ConnectOrder {
        return_url: "https://shop.example/back".into(),
        bank_account: "018f71db-c635-78b5-b90a-ea05de98c2bf".into(),
        phone: "+33612345678".into(),
        business: "A bakery with one counter that sells bread, cakes and coffee to whoever comes in.".into(),
        website: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_connection_is_off_the_counter_is_closed_and_a_restart_does_not_open_it() {
    log::record();
    let mut counter = Counter::open_with("qonto", "EUR", &[]).await;
    let begun = counter.world.system().ask(Ask::Connect(order())).await.expect("an answer");
    let Answer::Connection(begun) = begun else { panic!("{begun:?}") };
    counter.until("closed", |state| state.scene == "unavailable" && !state.armed).await;
    let called = |count| {
        let errors = log::errors();
        assert_eq!(errors.len(), count, "{errors:#?}");
        assert!(errors.iter().all(|error| error.contains("no link can be paid")), "{errors:#?}");
    };
    called(1);
    counter.fault(Part::Relay, Deed::Kill).await;
    counter.fault(Part::Relay, Deed::Start).await;
    counter.when("it is called again", |_| log::errors().len() == 2).await;
    counter.until("closed", |state| state.scene == "unavailable" && !state.armed).await;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let page = begun.location.expect("where to go on");
    browser.build().expect("a browser").get(page).send().await.expect("a page");
    counter.until("open", |state| state.scene == "idle" && state.armed).await;
    let url = counter.sell(1250).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.close().await;
    called(2);
}
