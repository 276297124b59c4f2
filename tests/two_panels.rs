//! One counter with a panel on either side: the customer gets the code, the cashier the words.

#[path = "support/world.rs"]
mod world;

use qrtill::core::key::Key;
use qrtill::ui::check_code;
use world::Counter;

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_for_the_customer_and_every_change_reaches_both() {
    let mut counter = Counter::open(&[]).await;
    let url = counter.sell(1250).await;
    let shown = counter.snapshots.borrow().clone().expect("a state");
    let cashier = shown.cashier.expect("a second panel");
    assert!(check_code(&shown.frame, &url));
    assert_eq!((cashier.width(), cashier.height()), (128, 64));
    assert!(!check_code(&cashier, &url));
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("cancelled").await;
    let after = counter.snapshots.borrow().clone().expect("a state");
    assert_ne!(after.cashier.expect("a second panel"), cashier);
    assert_ne!(after.frame, shown.frame);
    counter.close().await;
}
