//! Refunds that end later, and some of them otherwise than they were told: what each adapter hears and reads
//! of them.

use qrtill::core::payment::PaymentStatus;
use qrtill::core::payment::RefundStatus;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::News;
use qrtill::port::provider::Payment;
use qrtill::port::provider::Refund;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::Refunding;
use serde_json::json;

use crate::support::Shop;
use crate::support::money;
use crate::support::sale;

/// Each system that takes refunds, its home's currency, and whether its payments' sums have those under way.
const SYSTEMS: [(&str, &str, bool); 3] =
    [("stripe", "EUR", true), ("vinr", "EUR", false), ("storekit", "GBP", false)];

/// A refund of 5.00 of a paid sale of 12.50, with the sale's link.
async fn refunded(system: &str, currency: &str, refunds: Refunding) -> (Shop, String, Refund) {
    let currency_of_home = money(0, currency).currency;
    let options = BankOptions { refunds, currency: currency_of_home, ..BankOptions::default() };
    let shop = Shop::open_with(system, options, json!({})).await;
    let link = shop.link(sale(money(1250, currency))).await;
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    let payment = paid(&shop, &link.id).await.key.id;
    let (amount, key) = (Some(money(500, currency)), "r.1".to_owned());
    let asked = Ask::Refund { payment, link: Some(link.id.clone()), amount, reason: None, key };
    let mut answer = shop.ask(asked).await;
    while let Ok(Answer::Then(next)) = answer {
        answer = shop.ask(*next).await;
    }
    let Ok(Answer::Refund(refund)) = answer else { panic!("{answer:?}") };
    (shop, link.id, refund)
}

async fn paid(shop: &Shop, link: &str) -> Payment {
    let listed = shop.payments(link).await;
    let listed = listed.into_iter().find(|payment| payment.status.is_money()).expect("a payment");
    let ask = Ask::GetPayment { payment: listed.key.id.clone() };
    if shop.system.provider().request(&ask).is_err() {
        // storekit shows a payment among those of its link only.
        return listed;
    }
    let Ok(Answer::Payment(payment)) = shop.ask(ask).await else { panic!("a payment") };
    payment
}

#[tokio::test]
async fn a_refund_that_fails_is_told_by_its_id_and_leaves_its_payment_whole() {
    for (system, currency, counts) in SYSTEMS {
        for (refunds, begun) in
            [(Refunding::Pending, if counts { 500 } else { 0 }), (Refunding::Succeed, 500)]
        {
            let (shop, link, refund) = refunded(system, currency, refunds).await;
            assert_eq!(paid(&shop, &link).await.refunded, begun, "{system} {refunds:?}");
            shop.bank.settle_refund(&refund.id, false).expect("written").expect("not ended");
            let failed = |news: &News| news.kind == EventKind::RefundFailed;
            let news = shop.news_until(failed).await.pop().expect("the news");
            let told = news.refund.expect("a refund");
            assert_eq!((told.id, told.status), (refund.id.clone(), RefundStatus::Failed), "{system}");
            assert_eq!((told.payment, told.amount), (refund.payment, money(500, currency)), "{system}");
            let after = paid(&shop, &link).await;
            assert_eq!((after.refunded, after.status), (0, PaymentStatus::Succeeded), "{system} {refunds:?}");
        }
    }
}

#[tokio::test]
async fn a_refund_under_way_is_told_again_when_it_is_done() {
    for (system, currency, _) in SYSTEMS {
        let (shop, link, refund) = refunded(system, currency, Refunding::Pending).await;
        assert_eq!(refund.status, RefundStatus::Pending, "{system}");
        shop.bank.settle_refund(&refund.id, true).expect("written").expect("not ended");
        let done =
            |news: &News| news.refund.as_ref().is_some_and(|told| told.status == RefundStatus::Succeeded);
        let news = shop.news_until(done).await.pop().expect("the news");
        assert_eq!(news.refund.map(|told| told.id), Some(refund.id), "{system}");
        let after = paid(&shop, &link).await;
        assert_eq!((after.refunded, after.status), (500, PaymentStatus::PartiallyRefunded), "{system}");
    }
}
