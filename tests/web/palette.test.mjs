import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCENT } from "../../roomserver/web/board/shapes.js";
import { MARKER_COLORS, PEN_COLORS } from "../../roomserver/web/ui/palette.js";

const PAPER = "#ffffff";
const SLATE = "#1f2a30";
/** How the three kinds of colour blindness see linear light: Machado, Oliveira and Fernandes 2009, severity 1. */
const EYES = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const light = (color) =>
  [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));

/** WCAG 2.2, contrast ratio. */
function contrast(one, other) {
  const [low, high] = [one, other].map((color) => light(color).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0.05)).sort((a, b) => a - b);
  return high / low;
}

/** CIE 1976 L*a*b* as an eye sees a colour. */
function lab(color, eye) {
  const rgb = EYES[eye].map((row) => row.reduce((sum, weight, i) => sum + weight * light(color)[i], 0)).map((part) => Math.min(1, Math.max(0, part)));
  const [x, y, z] = [[0.4124, 0.3576, 0.1805, 0.9505], [0.2126, 0.7152, 0.0722, 1], [0.0193, 0.1192, 0.9505, 1.089]]
    .map(([r, g, b, white]) => (r * rgb[0] + g * rgb[1] + b * rgb[2]) / white)
    .map((part) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const apart = (one, other, eye) => Math.hypot(...lab(one, eye).map((part, i) => part - lab(other, eye)[i]));

function nearest(colors, eye) {
  const pairs = colors.flatMap((one, i) => colors.slice(i + 1).map((other) => apart(one, other, eye)));
  return Math.min(...pairs);
}

test("every ink is seen on white paper, and on the dark page, where black is shown light", () => {
  for (const color of PEN_COLORS) assert.ok(contrast(color, PAPER) >= 3, color);
  for (const color of [...PEN_COLORS.slice(1), ACCENT]) assert.ok(contrast(color, SLATE) >= 3.4, color);
  assert.ok(contrast(ACCENT, PAPER) >= 3);
});

test("inks stay apart for every eye, and so do markers", () => {
  for (const eye of Object.keys(EYES)) {
    assert.ok(nearest(PEN_COLORS, eye) > 20, `inks, ${eye}: ${nearest(PEN_COLORS, eye)}`);
    assert.ok(nearest(MARKER_COLORS, eye) > 15, `markers, ${eye}: ${nearest(MARKER_COLORS, eye)}`);
  }
});
