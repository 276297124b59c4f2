# What the panels say, in English. Title: the first thing read. Say: one sentence for the customer.
# Do: one sentence for the cashier. Amounts and times arrive written out.

starting-title = Starting
starting-say = One moment, please.
starting-do = Getting ready.

idle-title = Welcome!
idle-say = Welcome!
idle-do = Type an amount.
standing-how = Scan to pay on your phone.
standing-do = Link is on show. Type an amount.
standing-closed = The code shown here is closed. Please pay at the counter.
standing-closed-do = Standing link closed. Type an amount.

entering-title = Amount
entering-say = Your amount is being typed in.
entering-do = Enter shows the code.
entry-zero = Type an amount first.
entry-over = { $limit } at most.
entry-under = { $limit } at least.
entry-decimals = { $most ->
    [one] One point, one decimal at most.
   *[other] One point, { $most } decimals at most.
}
entry-no-decimals = No decimals: type { $typed } for { $amount }.

confirm-title = Is this right?
confirm-say = The cashier is checking the amount.
confirm-do = A large amount.

preparing-title = One moment
preparing-say = Your code is on its way.
preparing-do = Asking for a link.
preparing-panel-do = The code waits for the display.

scan-title = Scan
scan-say = Scan with your camera
scan-do = The customer can scan now.
scan-left = { $time } left
scan-declined = Declined – try again
scan-declined-do = Declined. The code is still good.
scan-too-long-title = No code on this screen
scan-too-long-do = See the other screen.
scan-too-long-say = The code does not fit here. Please ask the cashier.

processing-title = In progress
processing-say = Your bank is at work. Please wait.
processing-do = Not paid yet. Please wait.

closing-title = Checking
closing-say = Please do not pay any more. We are checking.
closing-cancelled-do = Cancelling. Did money come?
closing-expired-do = Time is over. Did money come?
closing-paid-do = Closing the link.
closing-nolink-do = There is no link. Closing.

paid-title = Paid
paid-say = Thank you!
paid-do = Ref. { $tail }

short-title = Not fully paid
short-say = Please ask the cashier about the rest.
short-do = Ask for the rest.
over-title = Paid too much
over-say = Please ask the cashier about the difference.
over-do = Give the difference back.
row-due = Due
row-received = Received
row-missing = Missing
row-extra = Too much

late-title = Paid late
late-say = Your payment came late. Please ask the cashier.
late-do = For the sale of { $time }.

duplicate-title = Paid twice
duplicate-say = Please ask the cashier to give it back.
duplicate-do = Give it back once.
row-sale = Sale
row-again = Paid again

expired-title = Time is over
expired-say = No payment arrived. Please ask the cashier.
expired-do = Nothing paid. Key it again.

failed-title = Payment failed
failed-say = No payment arrived. Please ask the cashier.
failed-do = Nothing paid. Key it again.

nocode-title = No code could be made
nocode-say = Nothing was paid. Please ask the cashier.
nocode-do = Nobody can have paid. Key it again.

cancelled-title = Cancelled
cancelled-say = No payment arrived.
cancelled-do = Nothing paid.

unknown-title = Not known yet
unknown-say = Please do not pay again. The cashier is checking.
unknown-do = Not paid, not unpaid. Watching.
progress-title = Still in progress
progress-say = Please do not pay again. The bank is still at work.
progress-do = The bank has it. Not paid yet.

unavailable-title = No payment by code now
unavailable-say = Please ask the cashier how to pay.
unavailable-shown-say = If you have paid, please wait. If not, ask the cashier.
unavailable-shown-do = Paid? Then wait.
unavailable-short = No code now
unavailable-broker = No network connection.
unavailable-relay = The payment relay is silent.
unavailable-provider = Payment system out of reach.
unavailable-name = Another device has this name.
unavailable-journal = Storage cannot be written.
unavailable-paused = Paused by the operator.

ask-title = Is this payment yours?
ask-say = Please tell the cashier.
ask-short = For this sale?
ask-do = Money came by the counter link.

pin-title = PIN
pin-refund = For a refund
pin-settle = To settle by hand
pin-wrong = Wrong PIN. Try again.

refund-title = Refund
refund-of = of { $paid } paid
refund-left = { $left } of { $paid } left
refund-say = The cashier is preparing your refund.
refund-do = How much to give back?
refunding-title = Giving back
refunding-say = Your refund is being made. One moment, please.
refunding-do = Asking the payment system.
refunded-title = Given back
refunded-say = The money is on its way back to you.
refunded-do = The refund is made.
returning-title = Being given back
returning-say = The bank is at work on your refund.
returning-do = Taken. The bank is at work.
unrefunded-title = Not given back
byhand-title = Refund it by hand
byhand-say = Give it back in { $system }, then press Enter.
refunddoubt-title = Refund not known yet
refunddoubt-say = The answer is still to come. The cashier is checking.
refunddoubt-do = Answer still to come. Do not repeat.

list-title = Last payments
list-none = No payments yet.
payment-at = At { $time }
payment-at-ref = At { $time }, ref. { $tail }
payment-partly = Partly given back
payment-bounced = Refund failed
payment-again = The customer has not got { $amount }. Give it back again.
row-back = Given back
row-kept = Kept
result-open = Open
result-paid = Paid
result-short = Short
result-late = Late
result-over = Too much
result-failed = Failed
result-expired = Expired
result-cancelled = Cancelled
result-unknown = Unknown
result-counter = Counter
result-again = Paid again
result-foreign = Other sale
result-back = Refunded
result-partly = Part back
result-bounced = Bounced

pairing-title = Set-up
pairing-waiting = Give the operator this code: qrtill fleet pair
pairing-nobroker = No broker. Check the network.
pairing-byhand = Carry the request to the operator: qrtill pair
pairing-foreign = A wrong answer came. Give the code again.
pairing-refused = The answer does not fit. Ask the operator.

money-settings = Payment settings were changed from far away. If nobody told you, ask the owner before you sell.
paused-title = Closed for now
paused-say = This counter takes no payments just now.
paused-do = Paused by the operator.

strip-late = Late: { $amount } from { $time }
strip-duplicate = Paid twice: { $amount } from { $time }
strip-foreign = Unknown sale: { $amount } at { $time }
strip-counter = Counter: { $amount } at { $time }
strip-rest = The rest: { $amount } of { $time }
strip-unpaid = Not paid: { $amount } from { $time }
strip-refunded = Given back: { $amount } of { $time }
strip-not-refunded = Not given back: { $amount } of { $time }
strip-bounced = Refund failed: { $amount } of { $time }

missing-panel = No customer display
missing-cashier = No cashier display
missing-keypad = No keypad

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Yes
hint-enter-pin = OK
hint-enter-done = Done
hint-enter-pick = Pick
hint-enter-refund = Give back
hint-enter-by-hand = I did it there
hint-back-digit = Undo
hint-back-up = Up
hint-clear-all = Clear
hint-cancel-sale = Cancel
hint-cancel-no = No
hint-cancel-leave = Leave
hint-plus-repeat = Repeat
hint-plus-down = Down
hint-plus-refund = Refund
hint-clear-settle = Settle
hint-list-last = List
hint-digits-new = New sale
hint-digits-part = A part
