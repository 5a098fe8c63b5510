import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory, claims, isDamaged, readLink } from "../../roomserver/web/entry.js";
import { Store } from "./support.mjs";

const token = (payload) => `h.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.s`;

test("a link names room and token; the token may name the room", () => {
  const made = token({ room: "r-9" });
  assert.deepEqual(readLink(`#room=r-7k2m&token=${made}`), { room: "r-7k2m", token: made });
  assert.deepEqual(readLink(`#token=${made}`), { room: "r-9", token: made });
  for (const hash of ["", "#", "#room=r-1", "#token=garbage"]) assert.equal(readLink(hash), null);
});

test("a link that was cut off is damaged; no link at all is not", () => {
  const made = token({ room: "r-9" });
  for (const hash of ["#token=abc", "#room=r-1", "#room=r-1&token=", "#room=r-1&token=a.b.c"]) assert.equal(isDamaged(hash), true, hash);
  for (const hash of ["", "#", `#token=${made}`, `#room=r-1&token=${made}`]) assert.equal(isDamaged(hash), false, hash);
});

test("claims are read as UTF-8, and a token that is none says nothing", () => {
  assert.deepEqual(claims(token({ name: "王老师", role: "teacher" })), { name: "王老师", role: "teacher" });
  for (const bad of ["", "a", "a.b.c", "a.!!!.c", `h.${btoa('"text"')}.s`, `h.${btoa("null")}.s`]) assert.deepEqual(claims(bad), {});
});

test("another link forgets the session of the one before, the same link keeps it", () => {
  const memory = new Memory(new Store());
  memory.enter({ room: "r-1", token: "a" });
  memory.keep({ session: "s", epoch: 1, seq: 5 });
  memory.enter({ room: "r-1", token: "a" });
  assert.deepEqual(memory.session, { session: "s", epoch: 1, seq: 5 });
  memory.enter({ room: "r-1", token: "b" });
  assert.equal(memory.session, null);
});

test("what is broken in the store is nothing remembered", () => {
  const store = new Store([["classroom.session", "{"]]);
  assert.equal(new Memory(store).session, null);
});

test("to whom one writes is remembered for the session, not longer", () => {
  const memory = new Memory(new Store());
  assert.equal(memory.addressee, "all");
  memory.addressee = "7";
  assert.equal(new Memory(memory.store).addressee, "7");
  memory.forget();
  assert.equal(memory.addressee, "all");
});
