"""Whether the terminal's book, the bank's ledger and the relay say the same. Changes nothing."""

import collections

from shop import TERMINAL

WITH_MONEY = {"paid", "late"}
WITHOUT = {"cancelled", "expired", "failed"}


def never(shop):
    """What must not be true at any moment, whatever was just killed."""
    found = []
    announced = collections.Counter(payment for _, payment in shop.facts("announced"))
    found += [f"payment {payment} was announced {count} times" for payment, count in announced.items() if count > 1]
    rows = collections.Counter(row["payment_id"] for row in shop.sales() if row["payment_id"])
    found += [f"payment {payment} is in the book {count} times" for payment, count in rows.items() if count > 1]
    return found


def differences(shop):
    """What must not be true once everything is up and quiet."""
    rows, ledger = shop.sales(), shop.ledger()
    ours = [payment for payment in ledger["payments"]
            if str(payment["metadata"].get("reference", "")).startswith(f"{TERMINAL}-")]
    paid = {payment["id"]: payment for payment in ours if payment["status"] == "succeeded"}
    booked = {row["payment_id"]: row for row in rows if row["payment_id"]}
    found = never(shop)
    for payment in paid.values():
        found += lost_or_wrong(payment, booked.get(payment["id"]))
    found += [f"the book has {key}, which nobody paid" for key in booked if key not in paid]
    matched = {row["payment_id"] for row in rows if row["verdict"] == "matched"}
    announced = {payment.rpartition(":")[2] for _, payment in shop.facts("announced")}
    found += [f"payment {payment} was never announced" for payment in matched - announced]
    for row in rows:
        wanted = WITH_MONEY if row["payment_id"] else WITHOUT
        if row["kind"] == "sale" and row["result"] not in wanted:
            found.append(f"{row['reference']} is {row['result']}, not {' or '.join(sorted(wanted))}")
    known = {row["reference"] for row in rows}
    for link in ledger["links"]:
        reference = str(link["metadata"].get("reference", ""))
        if link["active"] and reference.startswith(f"{TERMINAL}-"):
            found.append(f"{reference} has ended and its link can still be paid: {link['url']}")
        if reference.startswith(f"{TERMINAL}-") and reference not in known:
            found.append(f"there is a link for {reference}, which the book does not know")
    owed = shop.metric("qrtill_owed_documents")
    if owed != 0:
        found.append(f"the relay still owes documents: {owed}")
    if shop.metric("qrtill_open_sales") != 0:
        found.append("the relay still has open sales")
    code = shop.code()
    if code:
        found.append(f"the panel still shows {code}")
    return found


def lost_or_wrong(payment, row):
    """`row` is the book's, of this payment."""
    said = f"{payment['id']} for {payment['metadata']['reference']}"
    if row is None:
        return [f"lost: {said}, {payment['amount']} {payment['currency']}"]
    bank = (payment["metadata"]["reference"], payment["amount"], payment["currency"])
    book = (row["reference"], row["received"], row["currency"])
    return [] if bank == book else [f"{said}: the bank has {bank}, the book {book}"]
