/** Microphone, camera and screen: opening them, naming what went wrong, and hearing whether a microphone hears. */

/** @typedef {"insecure"|"denied"|"missing"|"busy"|"unknown"} Trouble   i18n keys `device.<trouble>` */

export const insecure = () => !window.isSecureContext || !navigator.mediaDevices?.getUserMedia;

const WISHES = {
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } },
};

/** @param {unknown} error @returns {Trouble} */
export function troubleOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "unknown";
}

/**
 * @param {"microphone"|"camera"} source @param {string} [deviceId]
 * @returns {Promise<{track: MediaStreamTrack} | {trouble: Trouble}>}
 */
export async function open(source, deviceId = "") {
  if (insecure()) return { trouble: "insecure" };
  const wish = { ...WISHES[source], ...(deviceId ? { deviceId: { ideal: deviceId } } : {}) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(source === "camera" ? { video: wish } : { audio: wish });
    return { track: stream.getTracks()[0] };
  } catch (error) {
    return { trouble: troubleOf(error) };
  }
}

/** @typedef {"chromium"|"android"|"firefox"|"safari"|"ios"|"wechat"} Family   i18n keys `how.<family>`: where each keeps its permissions */

/** @param {string} agent   the browser's name for itself @param {number} [touches]   an iPad says that it is a Mac @returns {Family} */
export function familyOf(agent, touches = 0) {
  if (/MicroMessenger/.test(agent)) return "wechat";
  if (/iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && touches > 1)) return "ios";
  if (/Firefox/.test(agent)) return "firefox";
  if (/Android/.test(agent)) return "android";
  return /Safari/.test(agent) && !/Chrom/.test(agent) ? "safari" : "chromium";
}

/** The screen, with its sound where the browser offers it.  Null when the user changed their mind.
 *  @returns {Promise<MediaStreamTrack[]|null>} */
export async function openScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 15 } },
      audio: true,
    });
    return stream.getTracks();
  } catch {
    return null;
  }
}

export const canShareScreen = () => !insecure() && "getDisplayMedia" in navigator.mediaDevices;

/** @param {"audioinput"|"videoinput"} kind @returns {Promise<MediaDeviceInfo[]>} */
export async function list(kind) {
  if (insecure()) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind && device.deviceId);
}

/**
 * How loud a microphone is, 0..1, some fifteen times a second.
 * @param {MediaStreamTrack} track @param {(level: number) => void} onLevel
 * @returns {() => void} stop
 */
export function listen(track, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    onLevel(Math.min(1, Math.sqrt(power) * 4));
  }, 66);
  void context.resume();
  return () => {
    clearInterval(timer);
    if (context.state !== "closed") void context.close();
  };
}
