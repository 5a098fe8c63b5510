import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import { read } from "../../roomserver/web/frames.js";
import { Wire } from "../../roomserver/web/wire.js";
import { World, welcome } from "./support.mjs";

let world, wire, messages, statuses;

function make(resume = null) {
  world = new World();
  messages = [];
  statuses = [];
  wire = new Wire({
    url: "ws://here/v1/ws",
    room: "r-1",
    token: "T",
    resume,
    env: world.env,
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
  });
  wire.start();
}

function connect(more = {}) {
  world.socket.open();
  world.socket.say(welcome(more));
}

const types = (socket) => socket.sent.map((message) => (Array.isArray(message) ? message[0] : message.type));

beforeEach(() => make());

describe("hello", () => {
  test("is the first message, with room and token", () => {
    world.socket.open();
    assert.deepEqual(world.socket.sent, [
      { type: "hello", id: 1, room: "r-1", token: "T", client: { name: "web", version: "0.1.0" } },
    ]);
  });

  test("asks for a snapshot in the old place after a reload", () => {
    make({ session: "s1", epoch: 2, seq: 0 });
    world.socket.open();
    assert.deepEqual(world.socket.sent[0].resume, { session: "s1", epoch: 2, seq: 0 });
  });

  test("is said again when no welcome comes", () => {
    world.socket.open();
    world.pass(10_000);
    assert.equal(world.sockets.length, 2);
  });
});

describe("commands", () => {
  test("have rising ids and are answered by a cumulative ok", async () => {
    connect();
    const [a, b] = [wire.command("chat.send", { text: "a" }), wire.command("hand.raise")];
    assert.deepEqual([a.id, b.id], [2, 3]);
    world.socket.say({ type: "ok", id: 3 });
    assert.deepEqual(await Promise.all([a.done, b.done]), [{ ok: true }, { ok: true }]);
  });

  test("an error answers its own command only", async () => {
    connect();
    const [a, b] = [wire.command("page.add"), wire.command("hand.raise")];
    world.socket.say({ type: "error", id: a.id, code: "forbidden", message: "no", rule: "RIGHT-1" });
    world.socket.say({ type: "ok", id: b.id });
    assert.deepEqual(await a.done, { ok: false, code: "forbidden", message: "no", rule: "RIGHT-1", retry_in_s: undefined, until_ms: undefined, room: undefined });
    assert.deepEqual(await b.done, { ok: true });
  });

  test("ids go on after those of an earlier page of the same session", () => {
    connect({ last_id: 40 });
    assert.equal(wire.command("hand.raise").id, 41);
  });

  test("media.publish waits for its own answer, which carries the SDP", async () => {
    connect();
    const publish = wire.command("media.publish", { sdp: "offer", tracks: {} });
    const hand = wire.command("hand.raise");
    world.socket.say({ type: "ok", id: hand.id });
    assert.deepEqual(await hand.done, { ok: true });
    world.socket.say({ type: "ok", id: publish.id, sdp: "answer" });
    assert.deepEqual(await publish.done, { ok: true, sdp: "answer" });
  });

  test("media.want and media.mute are answered with the rest", async () => {
    connect();
    const want = wire.command("media.want", { track: "t1", layer: "off" });
    const hand = wire.command("hand.raise");
    world.socket.say({ type: "ok", id: hand.id });
    assert.deepEqual(await Promise.all([want.done, hand.done]), [{ ok: true }, { ok: true }]);
  });

  test("strokes travel as arrays, pressure only when there is one", () => {
    connect();
    wire.extend("2.1", [1, 2], null);
    wire.extend("2.1", [3, 4], [200]);
    assert.deepEqual(world.socket.sent.slice(1), [
      ["board.extend", 2, "2.1", [1, 2]],
      ["board.extend", 3, "2.1", [3, 4], [200]],
    ]);
  });
});

describe("a lost line", () => {
  test("is given up after a second of silence when the network has just changed", () => {
    connect();
    wire.moved();
    assert.deepEqual(types(world.socket), ["hello", "ping"]);
    world.pass(999);
    assert.equal(wire.isOpen, true);
    world.pass(1);
    assert.equal(wire.isOpen, false);
  });

  test("is none when it answers", () => {
    connect();
    wire.moved();
    world.pass(500);
    world.socket.say({ type: "pong", n: 1, now_ms: 1 });
    world.pass(4_400);
    wire.hurry();
    world.pass(3_000);
    assert.equal(wire.isOpen, true);
  });

  test("is found by a ping after 4 s of silence and given up after 4 s more", () => {
    connect();
    world.pass(4_000);
    assert.deepEqual(types(world.socket), ["hello", "ping"]);
    world.pass(3_900);
    assert.equal(world.sockets.length, 1);
    world.pass(1_100);
    assert.equal(world.sockets.length, 2);
  });

  test("is not found while the server answers", () => {
    connect();
    for (let i = 0; i < 10; i++) {
      world.pass(4_000);
      world.socket.say({ type: "pong", n: i, now_ms: 0 });
    }
    assert.equal(world.sockets.length, 1);
  });

  test("a page whose timers slept asks before it gives up", () => {
    connect();
    world.time += 60_000;
    world.pass(0);
    assert.deepEqual(types(world.socket), ["hello", "ping"]);
    assert.equal(world.sockets.length, 1);
  });

  test("comes back at once, then with back-off, never later than 5 s", () => {
    connect();
    world.chance = 1;
    const waits = [];
    for (let i = 0; i < 7; i++) {
      world.socket.hangUp(1006);
      waits.push(wire.status.retryAt - world.time);
      world.pass(5_000);
    }
    assert.deepEqual(waits, [0, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  test("a line that held for a while starts the back-off anew", () => {
    connect();
    world.socket.hangUp(1006);
    world.pass(0);
    connect({ resumed: true });
    world.pass(3_000);
    world.socket.say({ type: "pong", n: 1, now_ms: 0 });
    world.pass(3_000);
    world.socket.hangUp(1006);
    assert.equal(wire.status.retryAt, world.time);
  });

  test("what an old socket still says is not heard", () => {
    connect();
    const old = world.socket;
    wire.relink();
    world.pass(0);
    old.say({ type: "hand.raised", seq: 99, at: 1, member: 3 });
    old.hangUp(1006);
    assert.equal(messages.filter(({ type }) => type === "hand.raised").length, 0);
    assert.equal(world.sockets.length, 2);
  });
});

describe("resume", () => {
  test("names the newest event seen, and what was seen is not passed on twice", () => {
    connect();
    world.socket.say({ type: "hand.raised", seq: 12, at: 1, member: 3 });
    world.socket.say(["board.extended", 15, 2, "1.1", [1, 1]]);
    world.socket.hangUp(1006);
    world.pass(0);
    world.socket.open();
    assert.deepEqual(world.socket.sent[0].resume, { session: "s1", epoch: 1, seq: 15 });
    world.socket.say(welcome({ resumed: true, seq: 20, room: undefined, board: undefined }));
    world.socket.say({ type: "hand.raised", seq: 15, at: 1, member: 1 });
    world.socket.say({ type: "hand.lowered", seq: 16, at: 1, member: 3, by: 1 });
    assert.deepEqual(messages.slice(-1)[0].type, "hand.lowered");
    assert.equal(wire.bookmark.seq, 16);
  });

  test("a new epoch is remembered", () => {
    connect();
    world.socket.say({ type: "epoch.raised", seq: 11, at: 1, epoch: 4, durable: 10 });
    assert.equal(wire.bookmark.epoch, 4);
  });

  test("sends again what has no answer, in order, and never media", async () => {
    connect();
    const taken = wire.command("chat.send", { text: "taken" });
    const media = wire.command("media.publish", { sdp: "x", tracks: {} });
    const open = wire.command("chat.send", { text: "open" });
    world.socket.hangUp(1006);
    const offline = wire.command("chat.send", { text: "written while the line was lost" });
    assert.deepEqual(await media.done, { ok: false, code: "lost" });
    world.pass(0);
    connect({ resumed: true, last_id: taken.id });
    assert.deepEqual(world.socket.sent.slice(1).map(({ id, text }) => [id, text]), [
      [taken.id, "taken"], // and perhaps lost with the node: only an answer ends a command
      [open.id, "open"],
      [offline.id, "written while the line was lost"],
    ]);
  });

  test("in another session what was said is not said twice; what was only written is sent", async () => {
    connect();
    const ink = wire.command("board.begin", { shape: "2.1" });
    const talk = wire.command("chat.send", { text: "perhaps heard" });
    world.socket.hangUp(1006);
    const offline = wire.command("chat.send", { text: "written while the line was lost" });
    world.pass(0);
    connect({ session: "s2" });
    assert.deepEqual(await ink.done, { ok: false, code: "lost" });
    assert.deepEqual(await talk.done, { ok: false, code: "lost" });
    assert.deepEqual(types(world.socket), ["hello", "chat.send"]);
    assert.equal(world.socket.sent[1].id, offline.id);
  });

  test("media commands are not taken while the line is lost", async () => {
    assert.deepEqual(await wire.command("media.mute", { source: "microphone", on: true }).done, { ok: false, code: "lost" });
  });
});

describe("a board in chunks", () => {
  const page = (chunks) => ({ page: 1, background: "blank", locked: false, shapes: [], chunks });
  const board = (...pages) => ({ board: { current: 1, free: false, locked: false, pages } });
  const packed = (...ids) => deflateSync(JSON.stringify(ids.map((id) => ({ id }))));
  const heard = () => messages.map(({ type, shapes }) => (shapes ? shapes.map(({ id }) => id).join() : type));
  /** Until everything that came has been handled. */
  const settled = () => new Promise((resolve) => {
    const look = () => (wire.inbox.length ? setImmediate(look) : resolve());
    look();
  });

  test("is unpacked, and what comes behind a chunk is handled behind it", async () => {
    connect(board(page(2)));
    const { id, done } = wire.command("hand.raise");
    let answered = false;
    void done.then(() => (answered = true));
    world.socket.bring(packed("1.1", "1.2"));
    world.socket.bring(packed("1.3"));
    world.socket.say({ type: "hand.raised", seq: 11, at: 1, member: 2 });
    world.socket.say({ type: "ok", id });
    assert.deepEqual(heard(), ["welcome"]);
    await settled();
    assert.deepEqual(heard(), ["welcome", "1.1,1.2", "1.3", "hand.raised"]);
    await done;
    assert.equal(answered, true);
  });

  test("so is what is taken back in chunks, and what comes behind it is handled behind it", async () => {
    connect();
    const chunk = (...ids) => [ids, packed(...ids).toString("base64")];
    const back = { type: "board.restored", member: 1, undo: true, shapes: [{ id: "1.1" }] };
    world.socket.say({ ...back, seq: 11, at: 1, chunks: [chunk("1.2", "1.3"), chunk("1.4")] });
    world.socket.say({ type: "hand.raised", seq: 12, at: 2, member: 2 });
    assert.deepEqual([heard(), wire.bookmark.seq], [["welcome"], 10]);
    await settled();
    assert.deepEqual([heard(), wire.bookmark.seq], [["welcome", "1.1,1.2,1.3,1.4", "hand.raised"], 12]);
    assert.equal(messages[1].chunks, undefined);
  });

  test("is asked for again from the start until its last chunk is in", async () => {
    connect(board(page(1), page(1)));
    assert.equal(wire.bookmark.seq, 0);
    world.socket.bring(packed("1.1"));
    await settled();
    assert.equal(wire.bookmark.seq, 0);
    world.socket.hangUp(1006);
    world.pass(0);
    world.socket.open();
    assert.deepEqual(world.socket.sent[0].resume, { session: "s1", epoch: 1, seq: 0 });
    world.socket.say(welcome({ seq: 20, ...board(page(1)) }));
    world.socket.bring(packed("1.1"));
    world.socket.say({ type: "hand.raised", seq: 21, at: 1, member: 2 });
    await settled();
    assert.equal(wire.bookmark.seq, 21);
  });

  test("so is one in mid-connection, and an event that was seen before it is not passed on", async () => {
    connect();
    assert.equal(wire.bookmark.seq, 10);
    world.socket.say({ type: "snapshot", seq: 40, room: {}, ...board(page(1)) });
    assert.equal(wire.bookmark.seq, 0);
    world.socket.bring(packed("1.1"));
    world.socket.say({ type: "hand.raised", seq: 40, at: 1, member: 2 });
    await settled();
    assert.deepEqual([heard(), wire.bookmark.seq], [["welcome", "snapshot", "1.1"], 40]);
  });

  test("an empty one is whole at once", () => {
    connect(board(page(0)));
    assert.equal(wire.bookmark.seq, 10);
  });

  test("that does not unpack is a lost line, and comes again from the start", async () => {
    connect(board(page(1)));
    world.socket.bring(Buffer.from("nothing"));
    world.socket.say({ type: "hand.raised", seq: 11, at: 1, member: 2 });
    await settled();
    world.pass(0);
    assert.deepEqual([world.sockets.length, wire.bookmark.seq, heard()], [2, 0, ["welcome"]]);
  });

  test("a line that closes behind a chunk is lost when the chunk has been handled", async () => {
    connect(board(page(1)));
    world.socket.bring(packed("1.1"));
    world.socket.say({ type: "room.closed", seq: 11, at: 1, reason: "ended" });
    world.socket.say({ type: "bye", code: 4410, reason: "" });
    world.socket.hangUp(1006);
    await settled();
    assert.deepEqual([heard(), wire.status.why], [["welcome", "1.1", "room.closed"], "room_closed"]);
  });
});

describe("the end of a connection", () => {
  for (const [code, why] of [[1007, "broken"], [1009, "broken"], [4400, "broken"], [4401, "token"], [4403, "refused"], [4404, "no_room"], [4409, "replaced"], [4410, "room_closed"], [4411, "removed"]]) {
    test(`${code}: stops, because ${why}`, () => {
      connect();
      world.socket.say({ type: "bye", code, reason: "said" });
      world.socket.hangUp(code);
      world.pass(60_000);
      assert.equal(world.sockets.length, 1);
      assert.deepEqual([wire.status.phase, wire.status.why, wire.status.reason], ["stopped", why, "said"]);
    });
  }

  test("a refused hello keeps the reason", () => {
    world.socket.open();
    world.socket.say({ type: "error", id: 1, code: "evaluation_due", message: "…", retry_in_s: 30 });
    world.socket.say({ type: "bye", code: 4403, reason: "…" });
    world.socket.hangUp(4403);
    assert.deepEqual([wire.status.refusal.code, wire.status.refusal.retry_in_s], ["evaluation_due", 30]);
  });

  test("bye counts where the browser reports only that the line broke", () => {
    connect();
    world.socket.say({ type: "bye", code: 4411, reason: "" });
    world.socket.hangUp(1006);
    assert.equal(wire.status.why, "removed");
  });

  test("1012: back within 0 to 3 s, by chance", () => {
    connect();
    world.chance = 0.9;
    world.socket.hangUp(1012);
    assert.equal(wire.status.retryAt - world.time, 2_700);
  });

  test("1011: not at once", () => {
    connect();
    world.socket.hangUp(1011);
    assert.ok(wire.status.retryAt > world.time);
  });

  test("4429: when the server said", () => {
    connect();
    world.socket.say({ type: "bye", code: 4429, reason: "", retry_in_s: 7 });
    world.socket.hangUp(4429);
    assert.equal(wire.status.retryAt - world.time, 7_000);
  });

  test("4421: to where the room lives now", () => {
    world.socket.open();
    world.socket.say({ type: "moved", url: "https://other/v1/ws" });
    world.socket.hangUp(4421);
    world.pass(0);
    assert.equal(world.socket.url, "wss://other/v1/ws");
  });

  test("leaving says 1000, and whatever waits is settled", async () => {
    connect();
    const { done } = wire.command("hand.raise");
    wire.leave();
    assert.equal(world.socket.closedWith, 1000);
    assert.deepEqual(await done, { ok: false, code: "lost" });
    assert.equal(wire.status.why, "left");
  });
});

test("arrays are read into messages, unknown ones are not", () => {
  assert.deepEqual(read('["board.extended",5,10,"1.1",[1,2],[9]]'), {
    type: "board.extended", seq: 5, at: 10, shape: "1.1", points: [1, 2], pressure: [9],
  });
  assert.deepEqual(read('["view",1,2,0,0,8000]'), { type: "view", member: 1, page: 2, x: 0, y: 0, width: 8000 });
  assert.deepEqual(read('["pointer",1,1,20,30,true]'), { type: "pointer", member: 1, page: 1, x: 20, y: 30, laser: true });
  assert.equal(read('["what.is.this",1]'), null);
});

test("half a letter is written as none: the server would take it for no message", () => {
  connect();
  wire.command("chat.send", { text: "好\ud83d" });
  assert.equal(world.socket.sent.at(-1).text, "好\ufffd");
  wire.command("chat.send", { text: "好😀" });
  assert.equal(world.socket.sent.at(-1).text, "好😀");
});
