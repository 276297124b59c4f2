// What the terminal sounds, as a card machine would: paid is two short beeps, ended one long, attention three.

const BEEPS = {
  paid: [[1760, 0, 0.11], [2093, 0.16, 0.14]],
  ended: [[330, 0, 0.55]],
  attention: [[988, 0, 0.1], [988, 0.17, 0.1], [988, 0.34, 0.1]],
  key_refused: [[140, 0, 0.05]],
};

let audio = null;

/** Browsers let a page sound only after somebody has touched it: call this on each touch. */
export function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

/** Sounds one of the names above, if a touch has allowed it. */
export function play(name) {
  if (!audio || audio.state !== "running") return;
  for (const [pitch, after, length] of BEEPS[name] ?? []) beep(pitch, audio.currentTime + after, length);
}

function beep(pitch, start, length) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "triangle";
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.25, start + 0.008);
  volume.gain.setValueAtTime(0.25, start + length - 0.02);
  volume.gain.linearRampToValueAtTime(0, start + length);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + length);
}
