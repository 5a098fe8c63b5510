/** Before the lesson: who you are, what it is, and whether you will be heard and seen.  One can always just listen. */
import { t } from "../i18n/i18n.js";
import * as devices from "../media/devices.js";
import { h, keyed, say } from "./dom.js";
import { avatar, iconButton, textButton } from "./parts.js";
import { languageButton } from "./language.js";

/** @typedef {import("../entry.js").Choice} Choice */
/** @typedef {"microphone"|"camera"} Kind */

/**
 * @param {object} to
 * @param {import("../entry.js").Claims} to.claims
 * @param {string} to.room
 * @param {Choice} to.choice
 * @param {(choice: Choice) => void} to.onJoin
 * @param {() => void} to.onLanguage
 */
export function joinPage({ claims, room, choice, onJoin, onLanguage }) {
  /** @type {Partial<Record<Kind, MediaStreamTrack>>} */
  const tracks = {};
  let stopMeter = () => {};

  const video = h("video", { class: "preview-video", autoplay: true, playsinline: true, "aria-label": t("join.preview") });
  video.muted = true;
  const face = h("div", { class: "preview-face" }, avatar(claims.name ?? "", 3), h("p", { text: t("join.camera_off") }));
  const bar = h("span", { class: "meter-bar" });
  const meter = h("div", { class: "meter", role: "img", "aria-label": t("join.meter") }, bar);
  const note = h("div", { class: "notes", role: "status", test: "device-note" });
  const buttons = {
    microphone: iconButton("microphone", t("microphone"), () => flip("microphone"), { text: true, test: "join-microphone" }),
    camera: iconButton("camera", t("camera"), () => flip("camera"), { text: true, test: "join-camera" }),
  };
  const pickers = { microphone: picker("microphone"), camera: picker("camera") };
  const join = textButton(t("join.join"), () => go(choice), { test: "join-button", class: "primary big" });
  const listen = textButton(t("join.listen"), () => go({ ...choice, microphone: false, camera: false }), {
    test: "join-listening",
    class: "quiet",
  });

  /** @param {Kind} kind */
  function picker(kind) {
    const select = h("select", { class: "select", test: `pick-${kind}`, "aria-label": t(`join.pick.${kind}`), hidden: true });
    select.addEventListener("change", () => {
      choice[kind === "camera" ? "cameraId" : "microphoneId"] = select.value;
      void start(kind);
    });
    return select;
  }

  /** @param {Kind} kind */
  function flip(kind) {
    choice[kind] = !choice[kind];
    if (choice[kind]) void start(kind);
    else stop(kind);
  }

  /** @param {Kind} kind */
  async function start(kind) {
    stop(kind);
    const got = await devices.open(kind, kind === "camera" ? choice.cameraId : choice.microphoneId);
    if ("trouble" in got) {
      choice[kind] = false;
      trouble(kind, got.trouble);
    } else if (!choice[kind] || gone) got.track.stop();
    else {
      trouble(kind, null);
      tracks[kind] = got.track;
      if (kind === "microphone") stopMeter = devices.listen(got.track, (level) => (bar.style.width = `${level * 100}%`));
      else video.srcObject = new MediaStream([got.track]);
      await fill(kind);
    }
    show();
  }

  /** @param {Kind} kind */
  function stop(kind) {
    tracks[kind]?.stop();
    delete tracks[kind];
    if (kind === "microphone") {
      stopMeter();
      bar.style.width = "0";
    } else video.srcObject = null;
    show();
  }

  /** Names of devices are known once one was opened.  @param {Kind} kind */
  async function fill(kind) {
    const found = await devices.list(kind === "camera" ? "videoinput" : "audioinput");
    const select = pickers[kind];
    keyed(select, found, (device) => device.deviceId, (device) => h("option", { value: device.deviceId, text: device.label }));
    select.value = tracks[kind]?.getSettings().deviceId ?? select.value;
    select.hidden = found.length < 2;
  }

  /** @param {Kind} kind @param {devices.Trouble|null} what */
  function trouble(kind, what) {
    note.querySelector(`[data-kind="${kind}"]`)?.remove();
    if (!what) return;
    const how = what === "denied" ? t(`how.${devices.familyOf(navigator.userAgent, navigator.maxTouchPoints)}`) : "";
    note.append(h("p", { class: "note", data: { kind }, text: [t(`device.${what}.${kind}`), how].filter(Boolean).join(" ") }));
  }

  function show() {
    for (const kind of /** @type {Kind[]} */ (["microphone", "camera"])) {
      buttons[kind].setAttribute("aria-pressed", String(choice[kind]));
      say(/** @type {Element} */ (buttons[kind].querySelector("span")), t(`join.${kind}_${choice[kind] ? "on" : "off"}`));
    }
    video.hidden = !tracks.camera;
    face.hidden = Boolean(tracks.camera);
    listen.hidden = !choice.microphone && !choice.camera;
    say(join, t(choice.microphone || choice.camera ? "join.join" : "join.join_listening"));
  }

  const watches = claims.role === "observer"; // nobody hears or sees them
  let gone = false;
  /** @param {Choice} chosen */
  function go(chosen) {
    join.disabled = true;
    listen.disabled = true;
    join.classList.add("busy");
    say(join, t("join.joining"));
    release();
    onJoin(chosen);
  }

  function release() {
    gone = true;
    stopMeter();
    for (const track of Object.values(tracks)) track.stop();
  }

  show();
  if (choice.microphone) void start("microphone");
  if (choice.camera) void start("camera");

  const title = claims.topic || (claims.subject && subjectName(claims.subject)) || t("join.lesson");
  const element = h(
    "main",
    { class: "join page" },
    h("header", { class: "join-head" }, h("span", { class: "brand", text: t("brand") }), languageButton(onLanguage)),
    h(
      "section",
      { class: `card join-card ${watches ? "watches" : ""}` },
      !watches && h("div", { class: "preview" }, video, face, meter),
      h(
        "div",
        { class: "join-side" },
        h("p", { class: "overline", text: t("join.room", { room }) }),
        h("h1", { text: title }),
        h(
          "div",
          { class: "who" },
          avatar(claims.name ?? "", 3),
          h("div", {}, h("strong", { text: claims.name ?? t("somebody"), test: "join-name" }),
            h("span", { class: "muted", text: [claims.role && t(`role.${claims.role}`), claims.school].filter(Boolean).join(" · "), test: "join-role" })),
        ),
        !watches && h("div", { class: "join-devices" }, buttons.microphone, pickers.microphone, buttons.camera, pickers.camera),
        claims.role === "student" && h("p", { class: "muted small", text: t("join.child_camera") }),
        note,
        h("div", { class: "join-buttons" }, join, listen),
      ),
    ),
  );
  return { element, stop: release };
}

/** @param {string} subject */
export const subjectName = (subject) => (t.has(`subject.${subject}`) ? t(`subject.${subject}`) : subject);
