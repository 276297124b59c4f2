"""Stripe's own Python library against the sandbox's bank: only the base URL is ours.

usage: stripe_library.py QRTILL, with the package `stripe` installed
"""

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import stripe


class Stay(urllib.request.HTTPRedirectHandler):
    """The bank's 303 is the answer; where it leads is of no interest."""

    def redirect_request(self, *_):
        return None


def pay(url):
    form = urllib.parse.urlencode({"outcome": "paid"}).encode()
    try:
        return urllib.request.build_opener(Stay).open(url, data=form).status
    except urllib.error.HTTPError as answer:
        return answer.code


def refused(kind, status, ask):
    try:
        ask()
    except kind as error:
        assert error.http_status == status, error
        return error
    raise AssertionError(f"not refused with {kind.__name__}")


def life_of_a_link(v1):
    price = v1.prices.create({"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Bread"}})
    order = {"line_items": [{"price": price.id, "quantity": 2}], "metadata": {"shelf": "3"}}
    link = v1.payment_links.create(order, {"idempotency_key": "bread-1"})
    again = v1.payment_links.create(order, {"idempotency_key": "bread-1"})
    assert link.id == again.id and link.active and link.metadata["shelf"] == "3", link
    assert v1.payment_links.line_items.list(link.id).data[0].amount_total == 2500
    for number in range(5):
        v1.payment_links.create({**order, "metadata": {"number": str(number)}})
    listed = [found.id for found in v1.payment_links.list({"limit": 2}).auto_paging_iter()]
    assert len(listed) == 6 and link.id in listed, listed

    assert pay(link.url) == 303
    session = v1.checkout.sessions.list({"payment_link": link.id}).data[0]
    assert (session.payment_status, session.amount_total) == ("paid", 2500), session
    payment = v1.payment_intents.retrieve(session.payment_intent)
    assert (payment.status, payment.amount_received) == ("succeeded", 2500), payment
    refund = v1.refunds.create({"payment_intent": payment.id, "amount": 500, "reason": "duplicate"})
    assert (refund.status, refund.amount) == ("succeeded", 500), refund
    too_much = {"payment_intent": payment.id, "amount": 2001}
    refused(stripe.InvalidRequestError, 400, lambda: v1.refunds.create(too_much))
    assert [found.id for found in v1.refunds.list({"payment_intent": payment.id}).data] == [refund.id]

    assert not v1.payment_links.update(link.id, {"active": False}).active
    assert pay(link.url) == 410
    missing = refused(stripe.InvalidRequestError, 404, lambda: v1.payment_links.retrieve("plink_nobody"))
    assert missing.code == "resource_missing", missing


def main(qrtill):
    with tempfile.TemporaryDirectory() as data:
        command = [qrtill, "sandbox", "--listen", "127.0.0.1:0", "--data", data]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            base = sandbox.stdout.readline().strip()
            faces = json.load(urllib.request.urlopen(f"{base}bank"))
            face = next(face for face in faces if face["system"] == "stripe")
            address = {"api": face["base_url"]}
            life_of_a_link(stripe.StripeClient(face["api_key"], base_addresses=address).v1)
            stranger = stripe.StripeClient("sk_test_wrong", base_addresses=address).v1
            refused(stripe.AuthenticationError, 401, stranger.payment_links.list)
        finally:
            sandbox.terminate()
            sandbox.wait()
    print(f"stripe {stripe.VERSION}: its own library works against the sandbox's bank")


main(*sys.argv[1:])
