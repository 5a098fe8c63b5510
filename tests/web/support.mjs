// Doubles for the client's tests: a clock that moves when told, sockets that say what they are told to.

export class World {
  constructor() {
    this.time = 1_000;
    this.timers = [];
    this.sockets = [];
    this.chance = 0.5;
    this.env = {
      now: () => this.time,
      random: () => this.chance,
      connect: (url) => {
        const socket = new Socket(url);
        this.sockets.push(socket);
        return socket;
      },
      setTimer: (run, ms) => {
        const timer = { run, at: this.time + ms };
        this.timers.push(timer);
        return timer;
      },
      clearTimer: (timer) => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  get socket() {
    return this.sockets[this.sockets.length - 1];
  }

  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.env.clearTimer(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = until;
  }
}

export class Socket {
  constructor(url) {
    this.url = url;
    this.sent = [];
    this.closedWith = undefined;
  }

  send(frame) {
    this.sent.push(JSON.parse(frame));
  }

  close(code = null) {
    this.closedWith = code;
  }

  open() {
    this.onopen();
  }

  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  /** A binary frame, as a browser shows it to whoever asked for that.  @param {Buffer} bytes */
  bring(bytes) {
    if (this.binaryType !== "arraybuffer") throw new Error(`a frame as a ${this.binaryType ?? "blob"}`);
    this.onmessage({ data: new Uint8Array(bytes).buffer });
  }

  hangUp(code) {
    this.onclose({ code });
  }
}

export const welcome = (more = {}) => ({
  type: "welcome",
  id: 1,
  session: "s1",
  member: 2,
  next_shape: 1,
  resumed: false,
  epoch: 1,
  seq: 10,
  last_id: 0,
  now_ms: 1_790_000_005_000,
  limits: { frame_bytes: 65_536, chat_chars: 2_000, points_a_message: 256, absence_s: 60, evaluation_s: 120 },
  evaluation: "not_due",
  room: {
    id: "r-1",
    form: "one_to_many",
    subject: "mathematics",
    topic: "Fractions",
    state: "waiting",
    opened_at_ms: 1_790_000_000_000,
    ends: { in_ms: 900_000, reason: "no_show" },
    members: [
      { member: 1, name: "王老师", role: "teacher", can: ["chat", "draw", "speak", "camera", "screen"] },
      { member: 2, name: "小明", role: "student", can: ["chat"] },
      { member: 3, name: "小红", role: "student", can: ["chat"], muted: ["microphone"], away: true },
    ],
    hands: [],
    stage: [1],
    chat: [{ seq: 4, at: 100, member: 1, text: "hello" }],
    tracks: [],
  },
  board: { current: 1, free: false, locked: false, pages: [{ page: 1, background: "blank", locked: false, shapes: [], chunks: 0 }] },
  ...more,
});

/** What a tab keeps. */
export class Store extends Map {
  getItem(key) {
    return this.get(key) ?? null;
  }
  setItem(key, value) {
    this.set(key, value);
  }
  removeItem(key) {
    this.delete(key);
  }
}
