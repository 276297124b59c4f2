//! A session that the broker keeps for somebody who is away.

use crate::attempt::code;
use crate::attempt::hello;
use crate::place::Place;
use crate::raw::Hello;
use crate::raw::Raw;
use crate::raw::Version;
use crate::way::Who;

const NOTICE: &str = "qrtill/v1/t/counter-3/sale/notice";

/// What is kept for `counter-3` is not told to whoever says that it is its name.
#[tokio::test]
async fn a_session_that_waits_for_its_owner_is_not_taken_over() {
    let place = Place::new().await;
    let (broker, shop) = (&place.mosquitto, &place.mosquitto.shop);
    let owner = shop.client("counter-3");
    let keeping = Hello { client_id: "counter-3".to_owned(), keep: true, ..hello(&Who::Fellow, Version::V5) };
    let mut own = Raw::open(broker.devices, &shop.pem, Some(&owner)).await.expect("let in");
    assert_eq!(code(&own.hello(&keeping).await.expect("an answer")), Some(0));
    own.subscribe(NOTICE, 1).await.expect("granted");
    own.send(0xe0, &[]).await.expect("gone in peace");
    drop(own);
    place.relay_says(NOTICE, "for counter-3").await;
    let mut thief = Raw::open(broker.devices, &shop.pem, Some(&place.fellow)).await.expect("let in");
    assert_eq!(code(&thief.hello(&keeping).await.expect("an answer")), Some(0));
    thief.subscribe(NOTICE, 1).await.expect("granted");
    assert_eq!(thief.told().await, Ok(vec![]));
    let mut own = Raw::open(broker.devices, &shop.pem, Some(&owner)).await.expect("let in");
    let answer = own.hello(&keeping).await.expect("an answer");
    assert_eq!((code(&answer), answer.1[0]), (Some(0), 1), "its session is still there");
    assert_eq!(own.told().await, Ok(vec![(NOTICE.to_owned(), "for counter-3".to_owned())]));
}
