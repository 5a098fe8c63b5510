// A line of JSON in, the messages that one client has heard; the picture that they lead to out, as canonical text.
import { createInterface } from "node:readline";

import { Board } from "../../roomserver/web/board/model.js";
import { isPacked, read, unpacked } from "../../roomserver/web/frames.js";

for await (const line of createInterface({ input: process.stdin })) {
  const board = new Board();
  for (const frame of JSON.parse(line)) {
    const heard = read(JSON.stringify(frame));
    const message = isPacked(heard) ? await unpacked(heard) : heard;
    if (message.type === "welcome" && message.board) board.load(message.board);
    else if (message.type === "board.chunk") board.chunk(message.shapes);
    else board.apply(message);
  }
  console.log(board.canonical());
}
