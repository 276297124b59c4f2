// The counter's page: shows states as they come, presses keys, holds the customer's phone.

import { faults } from "./faults.js";
import { keypad } from "./keypad.js";
import { play, wake } from "./sound.js";
import { lamp, money, sentence, strip, tone } from "./words.js";

const about = JSON.parse(document.body.dataset.about);
const at = (name) => document.querySelector(`[data-testid="${name}"]`);
const screen = at("screen");
let state = null;
let receivedAt = 0;
let terminalOff = false;
// The black rim around the glass; above and below the panel in its case, with some air; and the keypad with its
// distance: as in page.css.
const RIM = 10;
const AROUND = 54 + 40;
const KEYPAD = { width: 278 + 22, height: 330 + 22 };
// Smaller than this a panel cannot be read; and the part of what is left that whole pixels have to use.
const LEAST = 1;
const CRISP = 0.8;

function show(next) {
  if (state && next.seq < state.seq) return;
  const changed = !state || next.seq !== state.seq;
  state = next;
  receivedAt = performance.now();
  power(state.scene === "off");
  if (changed) {
    draw();
    panel.refresh();
  }
  tick();
}

function draw() {
  const says = sentence(state, about);
  document.body.dataset.scene = state.scene;
  document.body.dataset.tone = tone(state.scene);
  text("scene", state.scene.replaceAll("_", " "));
  if (at("now").textContent !== says) text("now", says);
  text("amount", state.amount === null ? "–" : money(state.amount, about));
  text("reference", state.reference ?? "–");
  at("armed").dataset.armed = state.armed;
  at("armed").lastElementChild.textContent = lamp(state);
  const picture = `counter/frame.png?seq=${state.seq}`;
  screen.src = picture;
  screen.alt = `The customer's screen: ${says}`;
  at("cashier").hidden = !about.cashier_panel;
  if (about.cashier_panel) at("cashier").src = `counter/cashier.png?seq=${state.seq}`;
  drawLast();
  drawPhone();
}

function drawLast() {
  const last = state.last;
  at("last-result").hidden = !last;
  if (last) {
    text("last-result", last.result);
    at("last-result").dataset.tone = tone(last.result);
    text("last-reference", last.reference);
    text("last-payments", last.payments.join(" ") || "none");
  }
  at("strip").hidden = !state.strip;
  if (state.strip) text("strip", strip(state.strip, about));
}

function tick() {
  let left = "–";
  if (state && state.expires_in_s !== null) {
    const s = Math.max(0, Math.ceil(state.expires_in_s - (performance.now() - receivedAt) / 1000));
    left = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }
  if (at("left").textContent !== left) text("left", left);
}

function text(name, value) {
  at(name).textContent = value;
}

/**
 * Screen, keys and phone in one window: the panel is as large as what is left. A whole number of the display's pixels
 * for each of the panel's keeps every edge, so that is taken where it loses little.
 */
function fit() {
  const [width, height] = [about.width ?? 320, about.height ?? 240];
  const dpr = window.devicePixelRatio || 1;
  const device = at("device");
  const bare = ["Left", "Right"].map((side) => parseFloat(getComputedStyle(device)[`padding${side}`]));
  const column = getComputedStyle(device.parentElement).gridTemplateColumns.split(" ")[0];
  const wide = parseFloat(column) - bare[0] - bare[1] - 2 * RIM - 2;
  const high = window.innerHeight - device.getBoundingClientRect().top - window.scrollY - AROUND;
  const times = (wide, high) => Math.min(wide / width, high / height, 4);
  const [beside, below] = [times(wide - KEYPAD.width, high), times(wide, high - KEYPAD.height)];
  const aside = beside >= below;
  device.dataset.keys = aside ? "aside" : "below";
  // Where nothing would be legible, the page is scrolled instead: a telephone held upright.
  const least = Math.min(aside ? beside : wide / width, LEAST);
  const best = Math.max(aside ? beside : below, least);
  const whole = Math.floor(best * dpr) / dpr;
  const crisp = whole > 0 && whole >= best * CRISP;
  const scale = crisp ? whole : best;
  screen.classList.toggle("crisp", crisp);
  screen.width = Math.round(width * scale);
  screen.height = Math.round(height * scale);
}

function power(off) {
  if (off === terminalOff) return;
  terminalOff = off;
  at("screen-off").hidden = !off;
  for (const key of document.querySelectorAll("[data-key]")) key.disabled = off;
}

function drawPhone() {
  const { url } = state;
  if (url) at("finder").src = screen.src;
  at("scan").disabled = !url;
  at("screen-button").disabled = !url;
  at("screen-button").setAttribute("aria-label", url ? "Scan the code on the screen" : "The customer's screen");
  at("finder").hidden = !url;
  text("phone-says", url ? "A code. Scan it to pay." : "No code on the counter now.");
  at("open-tab").hidden = !url;
  if (url) at("open-tab").href = url;
}

function scan() {
  if (!state?.url) return;
  const frame = at("phone-frame");
  frame.src = state.url;
  frame.hidden = false;
  at("phone").dataset.view = "page";
  at("put-away").hidden = false;
  text("phone-url", state.url.replace(/^https?:\/\//, ""));
}

function putAway() {
  const frame = at("phone-frame");
  frame.hidden = true;
  frame.removeAttribute("src");
  at("phone").dataset.view = "camera";
  at("put-away").hidden = true;
  text("phone-url", "Camera");
}

const memory = {
  get muted() { try { return localStorage.getItem("muted") === "true"; } catch { return false; } },
  set muted(value) { try { localStorage.setItem("muted", value); } catch { /* only forgotten */ } },
};

function sounded({ name }) {
  document.body.dataset.sound = name;
  if (at("mute").getAttribute("aria-pressed") === "false") play(name);
}

function mute(muted) {
  at("mute").setAttribute("aria-pressed", muted);
  memory.muted = muted;
}

function listen() {
  const events = new EventSource("counter/events?sounds");
  events.onopen = async () => {
    // It may be another sandbox than before, whose numbers begin lower; and what did not change is not sent.
    state = null;
    panel.refresh();
    const answer = await fetch("counter/state");
    if (answer.ok) show(await answer.json());
  };
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.addEventListener("sound", (event) => sounded(JSON.parse(event.data)));
  events.onerror = () => {
    at("armed").dataset.armed = false;
    at("armed").lastElementChild.textContent = "No connection to the sandbox";
  };
}

const panel = faults(at("faults"));
keypad(at("keypad"), { show, wake, wrong: (why) => text("now", why) });
at("scan").addEventListener("click", scan);
at("screen-button").addEventListener("click", scan);
at("put-away").addEventListener("click", putAway);
at("mute").addEventListener("click", () => mute(at("mute").getAttribute("aria-pressed") === "false"));
document.addEventListener("pointerdown", wake);
// A click with the mouse leaves the focus nowhere, so that the computer's keys are the keypad's.
document.addEventListener("mousedown", (event) => {
  if (!event.target.closest("button")) return;
  event.preventDefault();
  document.activeElement.blur();
});
screen.addEventListener("load", () => { screen.dataset.seq = new URL(screen.src).searchParams.get("seq"); });
window.addEventListener("resize", fit);

for (const fact of [about.provider, about.currency, about.panel, about.lang]) {
  at("about").append(Object.assign(document.createElement("span"), { textContent: fact }));
}
for (const { name, path, provider } of about.counters) {
  const facts = { href: path, textContent: `${name} ${provider}` };
  const link = Object.assign(document.createElement("a"), facts);
  if (path === about.path) link.setAttribute("aria-current", "page");
  at("counters").append(link);
}
const here = new URL(about.path, location.origin);
at("script").textContent = [
  `curl --data-binary $'1250\\r' ${here}counter/keys`,
  `curl ${here}counter/state`,
  `curl -N ${here}counter/events`,
  `printf '1250\\r' > ${about.pty}`,
].join("\n");
mute(memory.muted);
fit();
listen();
setInterval(tick, 250);
