import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import en from "../../roomserver/web/i18n/en.js";
import zh from "../../roomserver/web/i18n/zh.js";
import { setLanguage, t } from "../../roomserver/web/i18n/i18n.js";
import { DOORS } from "../../roomserver/web/door.js";
import { FINAL } from "../../roomserver/web/codes.js";
import { TOOL_KEYS } from "../../roomserver/web/ui/board/keys.js";
import { wrongFormula } from "../../roomserver/web/ui/board/wrong.js";
import { FONTS, MARKER_COLORS, PEN_COLORS, TEXT_HEIGHTS } from "../../roomserver/web/ui/palette.js";

const WEB = new URL("../../roomserver/web/", import.meta.url);
const sources = readdirSync(WEB, { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("i18n"))
  .map((name) => readFileSync(new URL(name, WEB), "utf8"));
const all = sources.join("\n");

test("both languages have the same sentences, with the same values in them", () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  const values = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(values(zh[key]), values(en[key]), key);
});

test("and each of them once", () => {
  for (const name of ["zh", "en", "zh-board", "en-board"]) {
    const keys = [...readFileSync(new URL(`i18n/${name}.js`, WEB), "utf8").matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
    assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) < i), [], name);
  }
});

test("every sentence that the client names exists", () => {
  const named = [...all.matchAll(/(?<![\w.])t(?:\.has)?\("([^"]+)"/g)].map(([, key]) => key);
  assert.ok(named.length > 80);
  assert.deepEqual(named.filter((key) => !(key in zh)), []);
  const chosen = [...all.matchAll(/(?<![\w.])t\([^()`]*\? "([\w.]+)" : "([\w.]+)"/g)].flatMap(([, a, b]) => [a, b]);
  assert.deepEqual(chosen.filter((key) => !(key in zh)), []);
});

test("and every family of sentences is whole", () => {
  const product = (...lists) => lists.reduce((keys, list) => keys.flatMap((key) => list.map((part) => [key, part].filter(Boolean).join("."))), [""]);
  const forms = [...readFileSync(new URL("../../config.toml", import.meta.url), "utf8").matchAll(/^\[forms\.(\w+)\]/gm)].map(([, name]) => name);
  assert.ok(forms.length >= 5);
  const families = [
    product(["device"], ["insecure", "denied", "missing", "busy", "unknown", "gone"], ["microphone", "camera"]),
    all.match(/const KINDS = (\{[^}]*"page\.added"[^}]*\})/)[1].match(/"[a-z.]+"(?=:)/g).map((type) => `moment.${type.slice(1, -1)}`),
    product(["kind"], ["page", "hand", "chat", "asked", "comment", "stage", "teacher", "room"]),
    product(["replay"], ["lost", "unauthorized", "forbidden", "not_found", "conflict", "gone"]),
    product(["lamp"], ["microphone", "camera", "screen"], ["on", "off", "held", "barred", "waiting"]),
    product(["media"], ["held", "barred"], ["microphone", "camera", "screen"]),
    ["lamp.microphone.paused", "media.paused.microphone"],
    product(["alarm"], ["over_use", "teacher_lost", "ended_by_force"]),
    product(["rule"], ["GONE-2", "WORD-5", "HEAD-1", "RIGHT-7"]),
    product(["held"], ["microphone", "camera"], ["on", "off"]),
    product(["right"], ["draw", "speak", "screen"], ["on", "off"]),
    product(["role"], ["teacher", "assistant", "student", "observer", "classroom"]),
    product(["until"], ["duration", "window", "quota", "booking", "no_show", "teacher_lost", "ended", "other"]),
    product(["door"], [...DOORS.flatMap((code) => [code, `${code}_text`]), "when", "days", "by_itself", "coming"]),
    product(["lobby"], ["when", "by_itself", "coming"]),
    product(["rule"], ["CALL-12"]),
    product(["door"], ["WHO-9", "WHO-9_text", "REMOVE-1_text"]),
    product(["form"], forms),
    product(["closed"], ["duration", "window", "quota", "booking", "no_show", "teacher_lost", "ended", "other"]),
    product(["watch.column"], ["lesson", "state", "people", "left", "quality", "alarms"]),
    product(["watch.quality"], ["1", "2", "3", "4", "5", "none"]),
    product(["watch.alarm"], ["over_use", "teacher_lost", "ended_by_force"]),
    product(["watch.pick"], ["form", "subject", "state"]),
    product(["watch.state"], ["waiting", "live", "paused"]),
    product(["stopped"], ["no_inspector", "no_inspector_text"]),
    product(["score"], ["1", "2", "3", "4", "5"]),
    product(["tool"], Object.keys(TOOL_KEYS)),
    product(["kind"], ["line", "arrow", "rectangle", "ellipse", "polygon", "text", "formula", "image"]),
    product(["outline"], ["pen", "highlighter"]),
    readFileSync(new URL("ui/board/wrong.js", WEB), "utf8").match(/(?<=, ")\w+(?="\],)/g).map((key) => `formula.wrong.${key}`),
    product(["barred"], ["right", "page", "board", "closed", "size"]),
    product(["background"], ["blank", "grid", "ruled", "dark"]),
    product(["font"], FONTS),
    product(["size"], [...TEXT_HEIGHTS.keys()].map(String)),
    product(["width"], ["0", "1", "2", "3"]),
    product(["color"], [...PEN_COLORS, ...MARKER_COLORS]),
    product(["stopped"], [...new Set(Object.values(FINAL)), "no_link", "damaged", "left", "evaluation_missed"].flatMap((why) => [why, `${why}_text`])),
    product(["line"], ["open", "back", "lost"].flatMap((how) => [how, `${how}_text`])),
    all.match(/TAGS = (\[.*\])/)[1].match(/\w+(?=")/g).map((tag) => `tag.${tag}`),
  ];
  assert.deepEqual(families.flat().filter((key) => !(key in zh)), []);
});

test("every error code of the wire has its sentence", () => {
  const codes = readFileSync(new URL("../../protocol/codes.py", import.meta.url), "utf8").split("class CloseCode")[0];
  const names = [...codes.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map(([, name]) => name);
  assert.ok(names.length >= 15);
  assert.deepEqual(names.filter((name) => !(`error.${name}` in zh)), []);
});

test("and every title of a problem of the HTTP interface", () => {
  const shell = new URL("../../roomserver/shell/", import.meta.url);
  const python = readdirSync(shell).filter((name) => name.endsWith(".py")).map((name) => readFileSync(new URL(name, shell), "utf8"));
  const names = [...python.join("\n").matchAll(/Problem\(\d+, "(\w+)"/g)].map(([, name]) => name);
  assert.ok(names.length >= 30);
  assert.deepEqual(names.filter((name) => !(`error.${name}` in zh)), []);
});

test("what is wrong with a formula is said in the reader's language, whatever the server says", () => {
  const python = ["studio/formula.py", "shell/studio.py"].map((name) => readFileSync(new URL(`../${name}`, WEB), "utf8")).join("\n");
  const table = python.match(/SAID.*?\{(.*?)\n\}/s)[1];
  const raised = python.split("\n").filter((line) => line.includes("raise Unfit("));
  const literals = raised.flatMap((line) => [...line.matchAll(/(f?)"([^"]{4,})"/g)]);
  const sentences = [...[...table.matchAll(/: r?"(.*)"/g)].map(([, text]) => text), ...literals.map(([, f, text]) => (f ? text.replace(/\{.*\}/, "foo") : text))];
  assert.ok(sentences.length >= 25, String(sentences.length));
  setLanguage("zh");
  for (const sentence of sentences) assert.notEqual(wrongFormula(sentence), t("formula.wrong", { what: sentence }), sentence);
  assert.equal(wrongFormula("\\foo is not known here"), "这里不认识 \\foo");
  assert.equal(wrongFormula("no font here has ☃ ☂"), "没有能显示 ☃ ☂ 的字体");
  assert.equal(wrongFormula("something new"), "公式有误：something new");
});

test("every icon that is named is drawn", async () => {
  const drawn = readFileSync(new URL("ui/icons.js", WEB), "utf8");
  const named = [...all.matchAll(/(?:icon|iconButton)\("([\w-]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.filter((name) => !new RegExp(`["\\s]${name}"?: "`).test(drawn)), []);
});

test("values are put in, and a missing key shows itself", () => {
  setLanguage("en");
  assert.equal(t("you", { name: "Ann" }), "Ann (you)");
  setLanguage("zh");
  assert.equal(t("you", { name: "小明" }), "小明（我）");
  assert.equal(t("no.such.key"), "no.such.key");
});
