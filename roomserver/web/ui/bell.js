/** A bell for whoever looks at another tab: two tones again and again, and a title that says who calls. */
import { t } from "../i18n/i18n.js";

const AGAIN_MS = 2_000;
const TONES_HZ = [880, 660];
const TONE_S = 0.18;

/** `ring` for somebody; for "": nobody any more.  @returns {{ring: (name: string) => void}} */
export function doorbell() {
  const title = document.title;
  /** @type {AudioContext|null} */
  let context = null;
  /** @type {any} */
  let timer = null;
  let rings = "";

  /** @param {string} name */
  function ring(name) {
    if (name === rings) return;
    rings = name;
    clearInterval(timer);
    document.title = name ? t("bell.title", { name }) : title;
    if (!name) return;
    timer = setInterval(sound, AGAIN_MS);
    sound();
  }

  /** Where the browser plays nothing before the page was touched, nothing is heard. */
  function sound() {
    context ??= new AudioContext();
    for (const [place, hertz] of TONES_HZ.entries()) {
      const tone = new OscillatorNode(context, { frequency: hertz });
      const volume = new GainNode(context, { gain: 0 });
      const at = context.currentTime + place * TONE_S;
      volume.gain.setValueAtTime(0.2, at).linearRampToValueAtTime(0, at + TONE_S);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + TONE_S);
    }
  }
  return { ring };
}
