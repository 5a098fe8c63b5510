// The golden vectors, read and sent by the client.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { Edits } from "../../roomserver/web/board/edits.js";
import { outlineOf } from "../../roomserver/web/board/geometry.js";
import { Ink } from "../../roomserver/web/board/ink.js";
import { Board } from "../../roomserver/web/board/model.js";
import { Classroom } from "../../roomserver/web/classroom.js";
import { read } from "../../roomserver/web/frames.js";
import { Media } from "../../roomserver/web/media/media.js";
import { NOTHING, reduce } from "../../roomserver/web/state.js";
import { Wire } from "../../roomserver/web/wire.js";
import { World } from "./support.mjs";

const here = (path) => new URL(path, import.meta.url);
const load = (path) => JSON.parse(readFileSync(here(path), "utf8"));
const COMMANDS = load("../vectors/commands.json");
const EVENTS = load("../vectors/events.json");
const NOTICES = load("../vectors/notices.json");
const SCHEMA = load("../../docs/schema.json").$defs;
const WELCOME = NOTICES.find(({ name }) => name === "welcome into a lesson");
const CHUNK = NOTICES.find(({ name }) => name === "the finished shapes of a page"); // behind it
const CHUNK_FRAME = new Uint8Array(Buffer.from(CHUNK.value.shapes, "base64")).buffer;
const NOW = 50_000;

const called = (vectors, name) => vectors.find((vector) => vector.name === name) ?? assert.fail(`no vector is called ${name}`);

/** A room that has been welcomed, as the page holds it: the connection, both folds, and what came. */
class Visit {
  constructor({ resume = null, token = "T", room = "r-7k2m" } = {}) {
    this.world = new World();
    this.state = NOTHING;
    this.board = new Board();
    this.messages = [];
    this.idle = []; // what changed neither room nor board
    this.wire = new Wire({
      url: "ws://here/v1/ws",
      room,
      token,
      resume,
      env: this.world.env,
      onMessage: (message) => this.#fold(message),
      onStatus: () => {},
    });
    this.wire.start();
    this.world.socket.open();
  }

  #fold(message) {
    this.messages.push(message);
    const before = this.state;
    this.state = reduce(this.state, message, NOW);
    if (message.board) this.board.load(message.board);
    else if (message.type === "board.chunk") this.board.chunk(message.shapes);
    else if (this.board.apply(message).kind === "none" && this.state === before) this.idle.push(message.type);
  }

  /** A frame comes, to the letter. */
  hear(frame) {
    this.world.socket.onmessage({ data: frame });
    return this;
  }

  /** All that came has been handled, chunks too.  @returns {Promise<this>} */
  async settled() {
    while (this.wire.inbox.length) await new Promise(setImmediate);
    return this;
  }

  get sent() {
    return this.world.socket.sent[this.world.socket.sent.length - 1];
  }
}

const visit = () => new Visit().hear(WELCOME.json).hear(CHUNK_FRAME).settled();

/** What a frame says, its arrays by the names that the schema gives. */
function spoken({ class: name, value }) {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(SCHEMA[name]["x-array"].map((field, i) => [field, value[i] ?? null]));
}

describe("frames from the server", () => {
  for (const vector of [...EVENTS, ...NOTICES]) {
    test(`are read: ${vector.type}, ${vector.name}`, async () => {
      assert.deepEqual(read(vector.json), spoken(vector));
      for (const frame of vector.also ?? []) {
        const [one, other] = [await visit(), await visit()];
        for (const seen of [one, other]) seen.wire.seen = 0;
        assert.deepEqual(one.hear(frame).state, other.hear(vector.json).state);
        assert.deepEqual(one.board, other.board);
      }
    });
  }

  test("of a type that is new are ignored", async () => {
    const [{ state, board, idle }, other] = [(await visit()).hear('{"type":"dance.begun","seq":900,"at":1,"poll":1}').hear('["dots",1,[2,3]]'), await visit()];
    assert.deepEqual(idle, ["dance.begun"]);
    assert.deepEqual([state, board], [other.state, other.board]);
  });
});

describe("a lesson", () => {
  const LESSON = EVENTS.filter(({ value }) => (value.seq ?? value[1]) > WELCOME.value.seq);
  const until = async (name) => {
    const seen = await visit();
    for (const { json } of LESSON.slice(0, LESSON.indexOf(called(LESSON, name)) + 1)) seen.hear(json);
    return seen.settled();
  };

  test("is taken whole: every event changes what is shown", async () => {
    const seen = await until(LESSON.at(-1).name);
    assert.deepEqual(seen.messages.slice(2).map(({ type }) => type), LESSON.map(({ type }) => type));
    assert.deepEqual(seen.idle, []);
  });

  test("begins as the snapshot says", async () => {
    const { state, board } = await visit();
    assert.deepEqual([...state.members.keys()], [1, 2, 3]);
    assert.deepEqual(state.members.get(2), { member: 2, name: "小明", role: "student", can: ["chat"], muted: ["microphone"], away: true, device: false });
    assert.deepEqual([state.me, state.hands, state.stage, state.locked, state.phase], [3, [2], [1, 2], true, "live"]);
    assert.equal(state.known.get(7).name, "小刚");
    assert.deepEqual(state.tracks.get("t0"), { track: "t0", member: 1, source: "camera", layers: ["low", "high"], muted: true });
    assert.deepEqual(outlineOf(board.shape("1.1")), [8000, 4500, 8127, 4628, 8095, 4595]);
    assert.deepEqual([[...board.open.keys()], board.loading, board.current, board.free, board.locked], [["2.7"], 0, 1, false, false]);
    assert.deepEqual(board.pages.map(({ page, background, locked }) => [page, background, locked]), [[1, "blank", false], [2, "grid", true]]);
  });

  test("has ink that grows, is erased and comes back", async () => {
    const { board } = await until("a stroke finished");
    assert.deepEqual(outlineOf(board.shape("3.1")), [0, 9000, 12, 8995, 12, 8868, 140, 8836]);
    assert.deepEqual(outlineOf(board.shape("2.7")), [100, 200, 105, 205, 234, 333, 362, 0]);
    assert.deepEqual(board.shape("2.7").pressure, [0, 255, 255]);
    assert.deepEqual([...(await until("shapes erased")).board.shapes.keys()], ["1.1"]);
    const back = (await until("an erasure taken back")).board;
    for (const id of ["2.7", "3.1"]) assert.deepEqual(outlineOf(back.shape(id)), outlineOf(board.shape(id))); // one in a chunk
  });

  test("has shapes that are put, changed, cut and copied", async () => {
    const at = async (name) => (await until(name)).board;
    assert.deepEqual((await at("a shape moved and turned")).shape("3.7").turn, 3_599);
    assert.deepEqual("turn" in (await at("a change taken back by staff")).shape("3.7"), false);
    assert.deepEqual([...(await at("shapes laid below all others")).page(1).shapes.keys()], ["3.7", "3.8", "3.9"]);
    const cut = await at("strokes cut by an area eraser");
    assert.deepEqual([...cut.shapes.keys()], ["3.7", "3.9.1", "3.9.2"]);
    assert.deepEqual([cut.shape("3.9.1").points, cut.shape("3.9.2").from, cut.shape("3.9.2").points], [[12, -5, 0, -64], [76, -148], [64, -16]]);
    assert.deepEqual([...(await at("a cut taken back")).page(1).shapes.keys()], ["3.7", "3.8", "3.9"]);
    assert.deepEqual((await at("a student's shape shown to all")).shape("1.4").author, 3);
  });

  test("ends as it must", async () => {
    const { state, board, wire } = await until(LESSON.at(-1).name);
    assert.deepEqual([...state.members].map(([id, { away }]) => [id, away]), [[1, false], [2, true], [3, true], [10, false]]);
    assert.deepEqual([...state.members.get(3).can].sort(), ["camera", "draw", "speak"]);
    assert.deepEqual([state.members.get(2).muted, state.members.get(3).muted], [["microphone"], []]);
    assert.deepEqual([state.hands, state.stage, [...state.tracks.keys()]], [[2], [1, 2, 3], []]);
    assert.deepEqual(state.chat.map(({ seq, to }) => [seq, to]), [[4, "all"], [9, "staff"], [12, 3], [823, "staff"], [824, 3], [905, "staff"], [909, "all"]]);
    assert.deepEqual([state.held, state.members.get(10).heads], [[], 0]);
    assert.deepEqual([state.phase, state.closed.reason, state.evaluation], ["closed", "ended", "done"]);
    assert.deepEqual(state.scores, [{ score: 5, member: undefined }, { score: 4, member: 3 }]);
    assert.deepEqual(board.pages.map(({ page, background, locked, owner }) => [page, background, locked, owner]), [
      [4, "0123456789abcdef0123456789abcdef", false, undefined], [3, "grid", true, undefined], [1, "ruled", false, undefined], [5, "blank", false, 3],
    ]);
    assert.deepEqual([board.current, board.shapes.size, board.open.size, board.free, board.locked], [3, 0, 0, true, true]);
    assert.deepEqual(wire.bookmark, { session: "s-9f3c", epoch: 2, seq: Number.MAX_SAFE_INTEGER });
  });
});

describe("notices and signals", () => {
  const notice = (name) => called(NOTICES, name);

  test("welcome back keeps the place", () => {
    const seen = new Visit({ resume: { session: "s-9f3c", epoch: 1, seq: 845 } }).hear(notice("welcome back: the events that were missed follow").json);
    assert.deepEqual(seen.wire.bookmark, { session: "s-9f3c", epoch: 1, seq: 845 });
    assert.equal(seen.wire.command("hand.raise").id, 128);
  });

  test("welcome into a room that is over shows that it is", () => {
    const { state } = new Visit().hear(notice("welcome into a room that is over").json);
    assert.deepEqual([state.phase, state.closed.reason, state.evaluation], ["closed", "no_show", "due"]);
  });

  test("a snapshot replaces room and board", async () => {
    const { state, board, wire } = (await visit()).hear(notice("a snapshot for one who has fallen behind").json);
    assert.deepEqual([state.id, state.members.size, board.shapes.size, wire.bookmark.seq], ["r-1", 0, 0, 4096]);
  });

  test("ok, with and without an answer, and errors settle what was asked", async () => {
    const seen = await visit();
    const settled = async (id, type, frame) => {
      seen.wire.nextId = id;
      const { done } = seen.wire.command(type);
      seen.hear(frame);
      return done;
    };
    const answer = notice("ok with the answer to an offer");
    assert.deepEqual(await settled(3, "chat.delete", notice("a refusal").json), {
      ok: false, code: "not_found", message: "no such line of chat", rule: undefined, retry_in_s: undefined, until_ms: undefined, room: undefined,
    });
    assert.deepEqual(await settled(5, "media.publish", answer.json), { ok: true, sdp: answer.value.sdp });
    assert.deepEqual(await settled(6, "chat.send", notice("a refusal by a rule, cured by time").json), {
      ok: false, code: "rate_limited", message: "太快了", rule: "LIMIT-2", retry_in_s: 0.5, until_ms: undefined, room: undefined,
    });
    assert.deepEqual(await settled(4_294_967_295, "hand.raise", notice("ok for everything up to here").json), { ok: true });
  });

  test("goodbye and where to go are kept until the line closes", async () => {
    const seen = (await visit()).hear(notice("goodbye for a while").json).hear(notice("the room lives elsewhere").json);
    assert.deepEqual(seen.wire.bye, notice("goodbye for a while").value);
    assert.equal(seen.wire.movedTo, "wss://node-2.school.example/v1/ws");
  });

  test("offers, pointers and views are passed on, sounds and lines folded", async () => {
    const seen = await visit();
    for (const { json } of NOTICES.filter(({ type }) => ["media.offer", "media.carries", "media.layers", "media.used", "pointer", "view", "pong", "speaking", "quality"].includes(type))) seen.hear(json);
    assert.deepEqual(seen.idle, ["media.offer", "media.offer", "media.carries", "media.carries", "media.used", "pointer", "pointer", "view"]);
    assert.deepEqual([seen.state.speaking, [...seen.state.quality]], [[], [[3, 0], [1, 5]]]);
    assert.deepEqual([...seen.state.layers], []);
    assert.deepEqual([...seen.hear(notice("one picture sharp, one paused").json).state.layers], [["t2", "high"], ["t5", "off"]]);
    assert.equal(seen.state.offset, 1_790_000_005_000 - NOW);
  });
});

describe("what the client sends", () => {
  /** The vector itself, or another way to say it. */
  function assertSays(sent, { value, also = [] }) {
    const ways = [value, ...also.map((frame) => JSON.parse(frame))];
    assert.deepEqual(sent, ways.find((way) => JSON.stringify(sorted(way)) === JSON.stringify(sorted(sent))) ?? value);
  }
  const sorted = (value) => (Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
  const command = (name) => called(COMMANDS, name);
  const from = ({ wire }, { value }) => (wire.nextId = value.id ?? value[1]);

  test("hello", () => {
    const token = command("hello with a token").value.token;
    assertSays(new Visit({ token }).sent, command("hello with a token"));
    assertSays(new Visit({ token, resume: { session: "s-9f3c", epoch: 2, seq: 0 } }).sent, command("hello of a page that was loaded again"));
  });

  for (const vector of COMMANDS.filter(({ value, type }) => value.id && type !== "hello")) {
    test(`${vector.type}: ${vector.name}`, async () => {
      const seen = await visit();
      const { type, id, ...fields } = vector.value;
      seen.wire.nextId = id;
      const room = Object.assign(Object.create(Classroom.prototype), { wire: seen.wire, emit() {} });
      void room.ask(type, fields);
      assertSays(seen.sent, vector);
    });
  }

  test("ink: begun, gone on, finished", async () => {
    const seen = await visit();
    const ink = new Ink(seen.wire, () => {}, () => {});
    const [begun, more, finished] = ["a stroke begun with the pen", "a stroke goes on", "a stroke finished"].map(command);
    ink.meet(3, 1);
    from(seen, begun);
    ink.begin(1, { kind: "pen", color: "#1c2430", width: 36 }, 0, 9_000, false);
    assertSays(seen.sent, begun);
    for (const [x, y] of [[12, 8_995], [12, 8_868], [140, 8_836]]) ink.move(x, y, 0.5);
    from(seen, more);
    ink.flush();
    assertSays(seen.sent, more);
    from(seen, finished);
    ink.finish();
    assertSays(seen.sent, finished);
  });

  test("ink under a pen that feels pressure", async () => {
    const seen = await visit();
    const vector = command("a stroke goes on under a pen that feels pressure");
    const [, id, shape, points, pressure] = vector.value;
    seen.wire.nextId = id;
    seen.wire.extend(shape, points, pressure);
    assertSays(seen.sent, vector);
  });

  test("edits: put, changed, reordered, cut, copied, erased", async () => {
    const seen = await visit();
    const ink = new Ink(seen.wire, () => {}, () => {});
    const edits = new Edits(seen.wire, seen.board, ink, () => {}, () => {});
    const shapes = (...ids) => ids.map((id) => ({ id, page: 1, author: 3, start: [0, 0] }));
    const put = (/** @type {any} */ { shape, type, id, ...body }) => (ink.meet(3, (ink.next = Number(shape.split(".")[1]))), edits.put(body));
    const ways = {
      "a line put there": put,
      "a whole stroke put there": put,
      "a text put there": put,
      "a picture put there": put,
      "shapes changed in everything that can be": ({ set }) => edits.change(set),
      "shapes laid above all others": ({ shapes, to }) => edits.order(shapes, to),
      "strokes cut by an area eraser": ({ cuts }) => edits.cut(new Map(Object.entries(cuts)), []),
      "shapes copied to another page": ({ page, by, first }) => (ink.meet(3, (ink.next = first)), edits.copy(shapes("3.2", "3.3"), page, by)),
      "shapes erased": ({ shapes }) => edits.erase(shapes),
    };
    for (const [name, act] of Object.entries(ways)) {
      from(seen, command(name));
      act(command(name).value);
      assertSays(seen.sent, command(name));
    }
  });

  test("media: an offer, an answer, one's own microphone closed", async () => {
    const seen = await visit();
    const media = new Media({ wire: seen.wire, state: () => seen.state, choice: {}, onChange() {}, onTrouble() {} });
    const [offer, answer, closed] = ["the publishing connection offered", "the receiving connection answered", "one's own microphone closed"].map(command);
    from(seen, offer);
    void media.publisher.publish({ sdp: offer.value.sdp, tracks: { 0: "microphone", 1: "screen_audio" } });
    assertSays(seen.sent, offer);
    from(seen, answer);
    void media.receiver.reply({ offer: 3, sdp: answer.value.sdp });
    assertSays(seen.sent, answer);
    from(seen, closed);
    media.local.set("microphone", {});
    media.publisher.onPublished();
    assertSays(seen.sent, closed);
  });

  test("signals", async () => {
    const seen = await visit();
    seen.wire.pings = -1;
    seen.wire.hurry();
    assertSays(seen.sent, command("a ping"));
    seen.wire.signal(["pointer", 1, 8_000, 4_500, true]);
    assertSays(seen.sent, command("a laser pointer"));
    seen.wire.signal(["view", 1, 4_000, 2_250, 8_000]);
    assertSays(seen.sent, command("what a teacher looks at"));
  });
});

/** Every call in the client's sources that asks the room, by the types that are written there. */
function* asked() {
  const root = here("../../roomserver/web/");
  for (const path of readdirSync(root, { recursive: true }).filter((name) => name.endsWith(".js"))) {
    const source = readFileSync(new URL(path, root), "utf8");
    for (const [call, inside] of source.matchAll(/\b(?:ask|command|back)\(((?:[^()]|\([^()]*\))*)\)/g)) {
      const [, head, fields] = inside.match(/^([^{]*)({.*})?/s);
      for (const [, type] of head.matchAll(/(?<!=== )"([a-z_.]+)"/g)) yield { path, call, type, fields };
    }
  }
}

describe("the pages", () => {
  const byType = Object.fromEntries(COMMANDS.map((vector) => [vector.type, SCHEMA[vector.class]]));
  const calls = [...asked()];

  test("ask for many things", () => assert.ok(new Set(calls.map(({ type }) => type)).size > 20));

  for (const { path, call, type, fields } of calls) {
    test(`ask for what there is, with its fields: ${path}, ${call}`, () => {
      const schema = byType[type] ?? assert.fail(`there is no command ${type}`);
      if (!fields && call.includes(",")) return; // built elsewhere
      const named = [...(fields ?? "").matchAll(/[{,]\s*([a-z_]+)(?=\s*[,:}])/g)].map(([, name]) => name);
      for (const name of named) assert.ok(name in schema.properties, `${type} has no field ${name}`);
      for (const name of schema.required) assert.ok(["type", "id", ...named].includes(name), `${type} needs ${name}`);
    });
  }
});

test("the patterns of the schema are JavaScript's too", () => {
  const id = new RegExp(SCHEMA.FinishStroke.properties.shape.pattern, "u");
  assert.deepEqual(["3.1", "1000000.9999999999", "03.1", "3.1\n", "3.1Z", "3"].map((text) => id.test(text)), [true, true, false, false, false, false]);
  assert.deepEqual(["#1c2430", "#1C2430", "#1c243"].map((text) => new RegExp(SCHEMA.BeginStroke.properties.color.pattern, "u").test(text)), [true, false, false]);
});
