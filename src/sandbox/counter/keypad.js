// Keys, clicked or typed, in the order they were made: one text at a time is on its way.

const TYPED = {
  Enter: "\r", Backspace: "\x7f", Escape: "\x1b", Delete: "c", c: "c", C: "c", "+": "+", l: "l", L: "l", ".": ".", ",": ".",
};

/** `show` is told each new state, `wrong` why keys were not taken, `wake` that somebody is there. */
export function keypad(pad, { show, wake, wrong }) {
  let waiting = "";
  let busy = false;

  async function press(keys) {
    waiting += keys;
    if (busy) return;
    busy = true;
    while (waiting) {
      const body = waiting.slice(0, 256);
      waiting = waiting.slice(body.length);
      try {
        const answer = await fetch("counter/keys", { method: "POST", body });
        if (answer.ok) {
          show(await answer.json());
        } else {
          waiting = "";
          wrong(await answer.text());
        }
      } catch {
        waiting = "";
        wrong("The sandbox does not answer. Is it still running?");
      }
    }
    busy = false;
  }

  function down(key) {
    const cap = [...pad.children].find((cap) => cap.dataset.key === key);
    if (cap?.disabled) return false;
    // A point has no cap here; the terminal says what it thinks of one.
    cap?.classList.add("down");
    setTimeout(() => cap?.classList.remove("down"), 110);
    press(key);
    return true;
  }

  pad.addEventListener("click", (event) => {
    const cap = event.target.closest("[data-key]");
    if (cap) press(cap.dataset.key);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "Enter" && event.target.closest("button, a")) return;
    const key = /^[0-9]$/.test(event.key) ? event.key : TYPED[event.key];
    if (key === undefined) return;
    wake();
    if (!(event.repeat && key !== "\x7f") && down(key)) event.preventDefault();
  });
}
