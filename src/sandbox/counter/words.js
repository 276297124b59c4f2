// States in words: one sentence for each scene, and how much it should worry.

const DEAF = {
  no_broker: "there is no connection to the broker",
  no_relay: "the relay does not answer",
  not_serving: "the relay cannot reach the payment system",
  name_taken: "another device uses this terminal's name",
  journal: "the terminal's journal cannot be written",
};

const LAMP = {
  no_broker: "Not armed: no broker",
  no_relay: "Not armed: no relay",
  not_serving: "Not armed: relay not serving",
  name_taken: "Not armed: name taken",
  journal: "Not armed: journal broken",
};

const STRIP = {
  late: "Paid late",
  duplicate: "Paid twice",
  foreign: "Money for an unknown sale",
  counter: "Paid over the counter's own link",
  unpaid: "Turned out unpaid",
};

const SAYS = {
  off: () => "The terminal is off. What it wrote down is safe; start it again below.",
  starting: () => "The terminal is starting.",
  idle: ({ url }) => url ? "Ready. The counter's own link is on the screen; an amount begins a sale."
    : "Ready. Key in an amount, then press Enter.",
  entering: ({ sum }) => `The cashier types ${sum}. Enter shows the code.`,
  confirm: ({ sum }) => `${sum} is a large amount. Press Enter again if it is right.`,
  preparing: ({ sum }) => `Asking the relay for a link over ${sum}.`,
  scan: ({ sum, declined }) => declined ? "That payment was declined. The code is still good."
    : `Scan the code to pay ${sum}.`,
  processing: ({ sum }) => `The bank is at work on ${sum}. Not paid yet.`,
  closing: () => "The code is off the screen. Asking whether money came.",
  paid: ({ sum }) => `Paid: ${sum}.`,
  short: ({ sum, came }) => `Only ${came} of ${sum} came. Ask for the rest.`,
  over: ({ sum, came }) => `${came} came instead of ${sum}. Give the difference back.`,
  late: ({ sum }) => `${sum} came after the sale was closed.`,
  duplicate: ({ sum, came }) => `${sum} was paid, and ${came} more came. Give it back once.`,
  expired: () => "Time is over and no payment came.",
  failed: ({ shown }) => shown === false ? "No code could be made: nobody can have paid."
    : "The payment failed. No money came.",
  cancelled: () => "Cancelled. No money came.",
  unknown: ({ sum }) => `Nobody knows yet whether ${sum} was paid. The relay goes on asking.`,
  unavailable: ({ deaf, shown }) => `No payment by code now: ${DEAF[deaf] ?? "no result could come back"}.`
    + (shown ? " Who has paid by the code that was here waits." : ""),
  ask: ({ sum }) => `${sum} came over the counter's own link. For this sale? Enter is yes, ✕ is no.`,
  pin: () => "Key in the PIN, then press Enter.",
  refund: ({ sum }) => `Give back ${sum}? Key in how much, then press Enter.`,
  refunding: ({ sum }) => `Asking the payment system to give back ${sum}.`,
  refunded: ({ sum }) => `${sum} is given back, or on its way.`,
  refund_refused: ({ sum }) => `${sum} was not given back. The screen says why.`,
  refund_by_hand: ({ sum }) => `Give back ${sum} in the payment system's dashboard, then press Enter.`,
  refund_unknown: ({ sum }) => `Nobody knows yet whether ${sum} was given back. Do not repeat it.`,
  payment: () => "One of the last payments: + gives back, ← lists again, ✕ leaves.",
  last_payments: () => "The last payments: + and ← move, Enter picks, ✕ leaves.",
  pairing: () => "Compare the set-up code with the operator.",
  paused: () => "The operator has paused this counter.",
  message: () => "A message of the operator is on the screen.",
};

const TONES = {
  paid: "good",
  short: "look", over: "look", late: "look", duplicate: "look", unknown: "look", ask: "look", unavailable: "look",
  failed: "bad", expired: "bad",
};

/** An amount in minor units as people of that language write it; exact, whatever its size. */
export function money(minor, about) {
  const digits = about.digits ?? 2;
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const number = (minor < 0 ? "-" : "") + whole + (digits ? "." + text.slice(-digits) : "");
  const style = { style: "currency", currency: about.currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(about.lang, style).format(number);
}

export function sentence(state, about) {
  const sum = state.amount === null ? "" : money(state.amount, about);
  const came = state.received === null ? "" : money(state.received, about);
  const say = SAYS[state.scene];
  return say ? say({ ...state, sum, came }) : `The screen shows: ${state.scene}.`;
}

export function tone(word) {
  return TONES[word] ?? "calm";
}

export function lamp(state) {
  if (state.scene === "off") return "The terminal is off";
  return state.armed ? "Armed" : LAMP[state.deaf] ?? "Not armed";
}

export function strip({ news, amount, at_unix_ms }, about) {
  const at = new Date(at_unix_ms).toLocaleTimeString(about.lang, { hour: "2-digit", minute: "2-digit" });
  return `${STRIP[news] ?? news}: ${money(amount, about)} from ${at}`;
}
