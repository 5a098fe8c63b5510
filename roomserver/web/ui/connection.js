/** What is wrong with one's sound and picture, in words: a banner for the worst, and a page that tells all and what to do. */
import { t } from "../i18n/i18n.js";
import { familyOf } from "../media/devices.js";
import { h, say } from "./dom.js";
import { iconButton, sheet, textButton } from "./parts.js";

/** @typedef {import("../classroom.js").Classroom} Classroom */
/** @typedef {import("../media/health.js").Finding} Finding */
/** @typedef {import("../media/health.js").Course} Course */
/** @typedef {import("../media/readings.js").Reading} Reading */

/** What a new beginning can help against.  @type {Set<string>} */
const MENDABLE = new Set(["blocked", "blocked_relay", "cut", "handshake", "server"]);

/** The worst finding, until it is over or closed.  @param {Classroom} room */
export function findingBanner(room) {
  const text = h("span", { test: "finding" });
  const number = h("b", { class: "help-number", test: "finding-number" });
  let closed = ""; // the kind that its reader does not want to see any more
  const element = h(
    "div",
    { class: "banner warn finding", role: "alert", test: "finding-banner", hidden: true },
    h("div", { class: "finding-text" }, text, number),
    textButton(t("health.what_to_do"), () => connectionSheet(room), { test: "finding-more", class: "small" }),
    iconButton("close", t("close"), () => {
      closed = room.media.findings[0]?.kind ?? "";
      refresh();
    }, { class: "quiet small", test: "finding-close" }),
  );

  function refresh() {
    const worst = room.wire.isOpen ? room.media.findings[0] : undefined; // of a lost line another banner tells
    if (worst && worst.kind !== closed) closed = "";
    element.hidden = !worst || worst.kind === closed;
    if (!worst) return;
    say(text, t(`health.${worst.kind}`));
    say(number, worst.number);
  }
  return { element, refresh };
}

/** All that is known of one's connections, kept up to date while it is open.  @param {Classroom} room */
export function connectionSheet(room) {
  const words = h("div", { class: "health-words" });
  const figures = h("dl", { class: "health-figures small" });
  const number = h("b", { class: "help-number", test: "help-number" });
  const again = textButton(t("retry"), () => {
    dialog.close();
    room.media.retry();
  }, { test: "health-retry", class: "primary" });
  const dialog = sheet(
    t("health"), "health",
    words,
    h("p", { class: "health-number" }, t("health.number"), number),
    figures,
    again,
  );
  let shown = "";

  function refresh() {
    const { findings, watch } = room.media;
    const { up, down } = watch.health;
    say(number, findings[0]?.number ?? watch.health.number);
    const now = findings.map(({ kind, number }) => kind + number).join();
    if (now !== shown || !words.childElementCount) {
      shown = now;
      const calm = h("p", { test: "health-fine", text: t(room.wire.isOpen ? "health.fine" : "line.lost_text") });
      words.replaceChildren(...(findings.length ? findings.map((finding) => explained(finding, placesOf(room), findings.length > 1)) : [calm]));
    }
    figures.replaceChildren(...rows("up", up.now, sending(up)), ...rows("down", down.now, receiving(down)));
    again.hidden = !findings.some(({ kind }) => MENDABLE.has(kind));
  }
  const off = room.on("media", refresh);
  dialog.addEventListener("close", off);
  refresh();
}

/** @param {Finding} finding @param {string} places @param {boolean} numbered   it is one of several */
function explained({ kind, number }, places, numbered) {
  return h(
    "section",
    { class: "health-one", test: "health-one", data: { kind } },
    h("h3", { text: t(`health.${kind}`) }),
    h("p", { text: t(`health.${kind}.do`, { places }) }),
    kind.endsWith(".denied") && h("p", { test: "health-how", text: t(`how.${familyOf(navigator.userAgent, navigator.maxTouchPoints)}`) }),
    numbered && h("p", { class: "small", text: number }),
  );
}

/** @param {Classroom} room */
function placesOf(room) {
  const { up, down } = room.media.watch.health;
  return (up.now ?? down.now)?.places.join(", ") || location.host;
}

/** @param {Course} up @returns {[string, string][]} */
const sending = (up) => [
  [t("health.rate"), kbits(up, "bytesSent")],
  [t("health.lost"), percent(up.now?.lostThere ?? 0)],
];

/** @param {Course} down @returns {[string, string][]} */
function receiving(down) {
  const [got, lost] = [down.rise("got"), down.rise("lost")];
  return [
    [t("health.rate"), kbits(down, "bytesReceived")],
    [t("health.lost"), percent(got + lost ? lost / (got + lost) : 0)],
    [t("health.jitter"), `${down.now?.jitterMs ?? 0} ms`],
  ];
}

/** @param {Course} course @param {"bytesSent"|"bytesReceived"} name */
const kbits = (course, name) => `${Math.round((course.rise(name) * 8) / Math.max(1, course.spanMs))} kbit/s`;

/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)} %`;

/** @param {"up"|"down"} way @param {Reading|null} reading @param {[string, string][]} more */
function rows(way, reading, more) {
  const works = reading?.state === "connected" && reading.path;
  const facts = works
    ? [t(`health.by_${reading.path}`), `${t("health.round_trip")} ${reading.roundTripMs} ms`, ...more.map((pair) => pair.join(" "))]
    : [t(reading ? "health.trying" : "health.none")];
  const refused = works || !reading?.refused.length ? [] : [`${t("health.refused")} ${reading.refused.join(", ")}`];
  return [h("dt", { text: t(`health.${way}`) }), h("dd", { test: `health-${way}`, text: [...facts, ...refused].join(" · ") })];
}
