// The switches of the world: what can go wrong, and what does.

const PARTS = [
  ["broker", "Broker", "Carries everything between terminal and relay.", ["start", "stop", "kill"]],
  ["relay", "Relay", "Asks for links, hears of payments.", ["start", "stop", "kill"]],
  ["terminal", "Terminal", "The counter itself. Its journal survives.", ["start", "stop", "kill"]],
  ["webhooks", "Webhooks", "News from the bank to the relay.", ["start", "drop", "delay", "double", "stop"]],
  ["provider", "Provider", "The bank's API.", ["start", "drop", "delay", "stop"]],
];

const STANDS = { stop: "stopped", kill: "killed", drop: "dropping", delay: "delaying", double: "doubling" };

/** Fills the card. */
export function faults(card) {
  const list = card.querySelector("ul");
  const seed = card.querySelector("input");
  const wrong = card.querySelector(".wrong");
  const rows = PARTS.map(([part, name, about, deeds]) => {
    const row = document.createElement("li");
    const words = row.appendChild(document.createElement("div"));
    words.appendChild(document.createElement("b")).textContent = name;
    const chip = words.appendChild(document.createElement("span"));
    chip.className = "chip";
    chip.dataset.testid = `fault-${part}-state`;
    words.appendChild(document.createElement("p")).textContent = about;
    const group = row.appendChild(document.createElement("div"));
    group.className = "deeds";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", name);
    const buttons = deeds.map((deed) => {
      const button = group.appendChild(document.createElement("button"));
      button.textContent = deed;
      button.dataset.testid = `fault-${part}-${deed}`;
      button.addEventListener("click", () => set(part, deed, row));
      return [deed, button];
    });
    list.append(row);
    return { part, chip, buttons };
  });

  function draw(standing) {
    for (const { part, chip, buttons } of rows) {
      const deed = standing[part];
      chip.textContent = deed ? STANDS[deed] ?? deed : "running";
      chip.dataset.tone = deed ? "bad" : "good";
      for (const [own, button] of buttons) {
        if (own === "start") button.disabled = !deed;
        else button.setAttribute("aria-pressed", own === deed);
      }
    }
  }

  async function set(part, deed, row) {
    row.setAttribute("aria-busy", "true");
    wrong.textContent = "";
    try {
      const wish = { part, do: deed, seed: Number.parseInt(seed.value, 10) || 0 };
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("sandbox/fault", { method: "POST", headers, body: JSON.stringify(wish) });
      if (answer.ok) draw(await answer.json());
      else wrong.textContent = await answer.text();
    } catch {
      wrong.textContent = "The sandbox does not answer. Is it still running?";
    }
    row.removeAttribute("aria-busy");
  }

  async function refresh() {
    try {
      const answer = await fetch("sandbox/fault");
      if (answer.ok) draw(await answer.json());
    } catch { /* the lamp says that nobody answers */ }
  }

  return { refresh };
}
