/** What the connection needs of the browser: sockets, a clock, chance and timers. */
import { SUBPROTOCOL } from "./wire.js";

/** @type {import("./wire.js").Env} */
export const browser = {
  connect: (url) => new WebSocket(url, SUBPROTOCOL),
  now: () => performance.now(),
  random: () => Math.random(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer),
};

/** @param {Location} location */
export const socketUrl = (location) => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`;
