//! Makes one attempt, and judges what came of it by what others heard and by what it heard itself.

use std::net::SocketAddr;

use qrtill::mqtt::access::Who as Account;

use crate::authority::Authority;
use crate::authority::Pair;
use crate::authority::USUAL;
use crate::authority::Use;
use crate::broker;
use crate::place::Place;
use crate::raw::Hello;
use crate::raw::Packet;
use crate::raw::Raw;
use crate::raw::Version;
use crate::way::Attempt;
use crate::way::Stranger;
use crate::way::Way;
use crate::way::Who;

/// Says who did it.
const MARK: &str = "qrtill/v1/t/counter-2/sale/event";
/// What an attempt says.
const FORGED: &str = "forged";

pub enum Outcome {
    /// How the broker refused it.
    Refused(String),
    /// What came of it.
    Open(String),
}

/// What the attempt saw of it.
struct Seen {
    how: String,
    /// What it should not have been told.
    open: Option<String>,
}

impl Seen {
    fn refused(how: impl Into<String>) -> Self {
        Self { how: how.into(), open: None }
    }
}

pub async fn make(place: &mut Place, attempt: &Attempt) -> Outcome {
    let seen = try_it(place, attempt).await;
    let heard = mark(place).await;
    if let Some(what) = seen.open {
        return Outcome::Open(what);
    }
    // While everybody speaks the witness hears it all.
    let forged = heard.iter().find(|message| match &attempt.way {
        Way::Hear { .. } => message.payload == FORGED.as_bytes(),
        Way::Alias { first, then: Some(_) } => message.topic != *first,
        Way::Say { .. } | Way::Alias { then: None, .. } | Way::Will { .. } | Way::Come => true,
    });
    match forged {
        Some(message) => Outcome::Open(format!("said on {}", message.topic)),
        None => Outcome::Refused(seen.how),
    }
}

/// All that was on its way has arrived once this has.
async fn mark(place: &mut Place) -> Vec<qrtill::mqtt::client::Message> {
    place.marks += 1;
    let mark = format!("mark {}", place.marks);
    let hello = hello(&Who::Fellow, Version::V5);
    let mut own = Raw::open(place.mosquitto.devices, &place.mosquitto.shop.pem, Some(&place.fellow))
        .await
        .expect("a good certificate");
    assert_eq!(code(&own.hello(&hello).await.expect("an answer")), Some(0));
    own.publish(MARK, &mark, (1, false), &[]).await.expect("an answer");
    let heard = place.heard_up_to(&mark).await;
    own.send(0xe0, &[]).await.expect("said");
    heard
}

async fn try_it(place: &Place, attempt: &Attempt) -> Seen {
    let mut raw = match come(place, &attempt.who).await {
        Ok(raw) => raw,
        Err(why) => return Seen::refused(format!("not let in: {why}")),
    };
    let mut hello = hello(&attempt.who, attempt.version);
    if let Way::Will { topic, retain } = &attempt.way {
        hello.will = Some((topic.clone(), *retain));
    }
    match raw.hello(&hello).await {
        Ok(answer) if code(&answer) == Some(0) => {}
        Ok(answer) => return Seen::refused(format!("CONNACK {:?}", answer.1)),
        Err(why) => return Seen::refused(format!("not let in: {why}")),
    }
    match &attempt.way {
        Way::Say { topic, qos, retain, empty } => {
            let payload = if *empty { "" } else { FORGED };
            let said = raw.publish(topic, payload, (*qos, *retain), &[]).await;
            if *qos == 2 && said.is_ok() {
                // Refused or not: what counts is whether it is passed on.
                drop(raw.release().await);
            }
            judge(attempt.version, settled(&mut raw, said).await)
        }
        Way::Alias { first, then } => {
            // Number 1 stands for the topic.
            let alias = [0x23, 0, 1];
            let mut said = raw.publish(first, FORGED, (0, false), &alias).await;
            if let Some(then) = then {
                said = raw.publish(then, FORGED, (0, false), &alias).await;
            }
            if said.is_ok() {
                said = raw.publish("", FORGED, (1, false), &alias).await;
            }
            let seen = judge(attempt.version, settled(&mut raw, said).await);
            // The number may still stand for the first, which was allowed: what counts is what was passed on.
            if then.is_some() { Seen::refused("not passed on") } else { seen }
        }
        Way::Hear { filter, options } => hear(place, &mut raw, filter, *options).await,
        Way::Will { .. } => {
            drop(raw);
            Seen::refused("taken, and not passed on")
        }
        Way::Come => Seen { how: String::new(), open: Some("came in".to_owned()) },
    }
}

/// The answer, once the broker has handled all that came before.
async fn settled(raw: &mut Raw, said: Result<Option<Packet>, String>) -> Result<Option<Packet>, String> {
    let said = said?;
    raw.send(0xc0, &[]).await?;
    raw.read().await?;
    Ok(said)
}

/// Before version 5 a broker has no word for it: it acknowledges and passes nothing on.
fn judge(version: Version, said: Result<Option<Packet>, String>) -> Seen {
    match said {
        Err(why) => Seen::refused(format!("sent away: {why}")),
        Ok(None) => Seen::refused("not passed on"),
        Ok(Some((kind, body))) => {
            let reason = body.get(2).copied().unwrap_or(0);
            if version == Version::V5 && kind & 0xf0 != 0xe0 && reason < 0x80 {
                let open = Some(format!("acknowledged with {reason:#04x}"));
                return Seen { how: String::new(), open };
            }
            Seen::refused(format!("answered {kind:#04x} {reason:#04x}"))
        }
    }
}

async fn hear(place: &Place, raw: &mut Raw, filter: &str, options: u8) -> Seen {
    let granted = match raw.subscribe(filter, options).await {
        Ok(granted) => granted,
        Err(why) => return Seen::refused(format!("sent away: {why}")),
    };
    place.everybody_speaks().await;
    let told = match raw.told().await {
        Ok(told) => told,
        Err(why) => return Seen::refused(format!("sent away: {why}")),
    };
    let own = Account::Terminal("counter-2".parse().expect("an id"));
    let may = |topic: &str| broker::topics().parse(topic).is_some_and(|topic| own.may_read(&topic));
    let foreign = told.iter().find(|(topic, _)| !may(topic));
    let open = foreign.map(|(topic, payload)| format!("heard `{payload}` on {topic}"));
    Seen { how: format!("SUBACK {granted:#04x}, heard {} of its own", told.len()), open }
}

async fn come(place: &Place, who: &Who) -> Result<Raw, String> {
    let (broker, shop) = (&place.mosquitto, &place.mosquitto.shop);
    let with = |address: SocketAddr, own: Option<Pair>| async move {
        Raw::open(address, &shop.pem, own.as_ref()).await
    };
    let posing = |what_for, valid| Some(shop.sign("counter-1", &["counter-1"], what_for, valid));
    let (devices, people) = (broker.devices, broker.people);
    match who {
        Who::Fellow | Who::ClientId(_) | Who::Username(_) => with(devices, Some(place.fellow.clone())).await,
        Who::Named(name) => with(devices, Some(shop.client(name))).await,
        Who::Stranger(stranger) => match stranger {
            Stranger::Bare | Stranger::BareWithPassword => with(devices, None).await,
            Stranger::OtherAuthority => {
                with(devices, Some(Authority::new("Corner Bakery").client("counter-1"))).await
            }
            Stranger::Ended => with(devices, posing(Use::Client, (2020, 2021))).await,
            Stranger::NotBegun => with(devices, posing(Use::Client, (2080, 2090))).await,
            Stranger::Revoked => with(devices, Some(broker.revoked.clone())).await,
            Stranger::BrokersOwn => with(devices, posing(Use::Broker, USUAL)).await,
            Stranger::Plain => Ok(Raw::plain(devices).await),
            Stranger::PlainAmongPeople => Ok(Raw::plain(people).await),
            Stranger::CertificateAmongPeople => with(people, Some(shop.client("counter-1"))).await,
            Stranger::DeviceAmongPeople | Stranger::WrongPassword => with(people, None).await,
        },
    }
}

pub fn hello(who: &Who, version: Version) -> Hello {
    let mut hello = Hello {
        version,
        client_id: "counter-2".to_owned(),
        username: None,
        password: None,
        will: None,
        will_payload: FORGED.to_owned(),
        keep: false,
    };
    let password = |who: &Account| Some(broker::password(who).reveal().to_owned());
    match who {
        Who::Fellow | Who::Named(_) => {}
        Who::ClientId(id) => hello.client_id.clone_from(id),
        Who::Username(name) => {
            hello.username = Some((*name).to_owned());
            hello.password = password(&Account::Operator);
        }
        Who::Stranger(stranger) => match stranger {
            Stranger::BareWithPassword | Stranger::PlainAmongPeople => {
                hello.username = Some("operator".to_owned());
                hello.password = password(&Account::Operator);
            }
            Stranger::WrongPassword => {
                hello.username = Some("operator".to_owned());
                hello.password = password(&Account::Shop);
            }
            Stranger::DeviceAmongPeople => {
                hello.username = Some("counter-1".to_owned());
                hello.password = Some(String::new());
            }
            Stranger::Bare
            | Stranger::OtherAuthority
            | Stranger::Ended
            | Stranger::NotBegun
            | Stranger::Revoked
            | Stranger::BrokersOwn
            | Stranger::Plain
            | Stranger::CertificateAmongPeople => hello.client_id = "counter-1".to_owned(),
        },
    }
    hello
}

/// A CONNACK's return or reason code.
pub fn code(answer: &Packet) -> Option<u8> {
    (answer.0 == 0x20).then(|| answer.1.get(1).copied())?
}
