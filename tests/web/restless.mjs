// Restless hands: whatever they do at the board, with all tools, in any place, too often and too long.
// A line of JSON out for each frame that the client would send.  The argument: how many pairs of hands, each a seed.
import { writeSync } from "node:fs";

import { write } from "../../roomserver/web/frames.js";
import { begin, drag, finger, key, pen, point, room, sent, tools, view } from "./desk.mjs";

const TOOLS = ["select", "pen", "highlighter", "eraser", "area", "line", "arrow", "rectangle", "ellipse", "polygon", "text", "laser", "hand"];
const KEYS = ["ArrowLeft", "ArrowUp", "Enter", " ", "]", "[", "Delete", "Escape"];

/** The same numbers in every run. */
function chance(seed) {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) | 0;
    return ((state >>> 8) % 1_000_003) % below;
  };
}

function act(any) {
  const place = () => [any(20_000) - 2_000, any(13_000) - 2_000]; // also beside the board
  const shift = { shiftKey: any(2) === 0 };
  const acts = [
    () => tools.take(TOOLS[any(TOOLS.length)]),
    () => drag([place(), place(), place()], shift),
    () => (tools.take(any(2) ? "line" : "arrow"), drag([[0, 0], [16_000, 3_500 + any(3_000)]], { shiftKey: true })),
    () => drag(Array.from({ length: 600 }, place), any(2) ? pen : { after: 1 }),
    () => hatch(any),
    () => point("down", ...place(), finger(1 + any(2))),
    () => point("up", ...place(), finger(1 + any(2))),
    () => key(KEYS[any(KEYS.length)], shift),
    () => tools.selectAll(),
    () => pull(any, place, shift),
    () => one(any) && tools.copy() && again(130, () => tools.paste()),
    () => one(any) && again(40, () => tools.duplicate()),
    () => tools.placeText("😀".repeat(1_000 + any(3)) + "字".repeat(any(2_000)), place()),
    () => tools.placeText(`x${"😀".repeat(1_500)}`, place()),
    () => tools.placeImage({ asset: "0123456789abcdef0123456789abcdef", width: 1 + any(4_000), height: 1 + any(4_000) }, place()),
    () => tools.placeFormula({ latex: "x", width: 1 + any(90_000), height: 1 + any(90_000) }, place()),
    () => tools.restyle({ color: "#dc4432", width: 72, fill: "#ffe14d", height: 1_000 }),
    () => view.zoomBy([0.1, 0.5, 2, 9][any(4)]),
    () => view.panBy(any(3_000) - 1_500, any(3_000) - 1_500),
    () => tools.remove(),
  ];
  acts[any(acts.length)]();
}

/** Something to select. */
function one(any) {
  const shapes = tools.desk.shapes();
  if (shapes.length) tools.select([shapes[any(shapes.length)].id]);
  return shapes.length > 0;
}

const again = (times, run) => {
  for (let i = 0; i < times; i++) run();
};

/** A stroke to and fro, and an area eraser through all its turns at once. */
function hatch(any) {
  view.fit();
  tools.take("pen");
  drag(Array.from({ length: 500 }, (_, i) => [1_000 + 28 * i, i % 2 ? 2_000 : 6_000]), { after: 1 });
  room.board.apply({ type: "board.put", seq: 1, at: 0, member: 2, body: { ...[...room.ink.strokes.values()].at(-1), id: `2.${900_000 + any(99_999)}`, open: undefined } });
  tools.take("area");
  drag([[0, 4_000], [16_000, 4_000]]);
}

/** Handles of what is selected, far away. */
function pull(any, place, shift) {
  const { box } = tools;
  if (!box) return;
  const [x, y] = [[box.x0, box.x1, (box.x0 + box.x1) / 2][any(3)], [box.y0, box.y1, (box.y0 + box.y1) / 2][any(3)]];
  again(1 + any(6), () => drag([[x, y], place(), place()], shift));
}

/** To a pipe that may be full. */
function say(message) {
  const bytes = Buffer.from(`${write(message)}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

for (let seed = 1; seed <= Number(process.argv[2]); seed++) {
  begin();
  const any = chance(seed);
  for (let i = 0; i < 60 && room.edits.sent.size < 150; i++) act(any);
  tools.stop();
  sent.forEach(([type, ...fields], i) => {
    if (type === "pointer") say([type, ...fields, true]);
    else if (type === "board.extend") say([type, i + 2, ...fields.filter((field) => field !== null)]);
    else say({ type, id: i + 2, ...fields[0] });
  });
}
process.exit(0); // timers of strokes that were never finished
