/** Writing a formula: the source, buttons for what is hard to type, and how the room will show it. */
import { t } from "../../i18n/i18n.js";
import { h, say } from "../dom.js";
import { sentence, sheet, textButton } from "../parts.js";
import { isDarkPage } from "./desk.js";
import { hand } from "./hand.js";
import { styleRows } from "./styles.js";
import { wrongFormula } from "./wrong.js";

const LATEX_CHARS = 2_000; // docs/protocol.md, "Limits"
const WAIT_MS = 250; // after the last key, before the server is asked
const SVG = "http://www.w3.org/2000/svg";

/** What the buttons show, and what they put in: `|` is where the caret goes, or what was selected. */
const PIECES = /** @type {[string, string][][]} */ ([
  [["a/b", "\\frac{|}{}"], ["x²", "^{|}"], ["xₙ", "_{|}"], ["√", "\\sqrt{|}"], ["ⁿ√", "\\sqrt[n]{|}"], ["( )", "\\left(|\\right)"], ["|x|", "\\left|#\\right|"], ["{ ", "\\begin{cases} | \\\\  \\end{cases}"]],
  [["∑", "\\sum_{|}^{}"], ["∫", "\\int_{|}^{}"], ["lim", "\\lim_{|\\to }"], ["→", "\\to "], ["x̄", "\\bar{|}"], ["v⃗", "\\vec{|}"], ["∠", "\\angle "], ["△", "\\triangle "], ["°", "^{\\circ}"], ["⊥", "\\perp "], ["∥", "\\parallel "]],
  [["×", "\\times "], ["÷", "\\div "], ["·", "\\cdot "], ["±", "\\pm "], ["≤", "\\le "], ["≥", "\\ge "], ["≠", "\\ne "], ["≈", "\\approx "], ["∞", "\\infty "], ["∈", "\\in "], ["⊂", "\\subset "], ["∪", "\\cup "], ["∩", "\\cap "], ["∴", "\\therefore "], ["∵", "\\because "]],
  [["π", "\\pi "], ["α", "\\alpha "], ["β", "\\beta "], ["γ", "\\gamma "], ["θ", "\\theta "], ["λ", "\\lambda "], ["μ", "\\mu "], ["ρ", "\\rho "], ["ω", "\\omega "], ["φ", "\\varphi "], ["Δ", "\\Delta "], ["Ω", "\\Omega "]],
]);

/** @typedef {import("../../board/tools.js").FormulaRequest} FormulaRequest */

/** @param {import("../../classroom.js").Classroom} room @param {FormulaRequest} request */
export function formulaDialog(room, request) {
  const style = { color: request.shape?.color ?? request.style.color, height: request.style.height };
  /** @type {{latex: string, width: number, height: number}|null} */
  let ready = null;
  let asked = 0;
  /** @type {any} */
  let timer = 0;
  const source = h("textarea", { class: "formula-source", rows: "2", maxlength: LATEX_CHARS, spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "\\frac{a+b}{2}", "aria-label": t("formula.source"), test: "formula-source" });
  source.value = request.shape?.latex ?? "";
  const preview = h("div", { class: "formula-preview", test: "formula-preview", role: "img", "aria-label": t("formula.preview") });
  const trouble = h("p", { class: "formula-trouble", role: "status", test: "formula-trouble" });
  const done = textButton(t("formula.place"), place, { test: "formula-place", class: "primary" });
  const rows = h("div", { class: "formula-style" });
  const fill = () => {
    const [colors, sizes] = styleRows("formula", style, (change) => {
      Object.assign(style, change);
      fill();
    }, isDarkPage(room));
    rows.replaceChildren(...(request.shape ? [colors] : [colors, sizes])); // one that stands there has its size by its corners
  };

  /** @param {string} piece */
  function put(piece) {
    const { selectionStart: from, selectionEnd: to, value } = source;
    const mark = piece.includes("#") ? "#" : "|";
    const inside = value.slice(from, to);
    const text = piece.replace(mark, inside);
    source.setRangeText(text, from, to, "end");
    if (piece.includes(mark) && !inside) source.setSelectionRange(from + piece.indexOf(mark), from + piece.indexOf(mark));
    source.focus();
    later();
  }

  function later() {
    clearTimeout(timer);
    ready = null;
    done.disabled = true;
    timer = setTimeout(() => void look(), WAIT_MS);
  }

  async function look() {
    const latex = source.value.trim();
    const mine = ++asked;
    if (!latex) return show(null, "");
    const answer = await room.assets.render(latex);
    if (mine !== asked) return; // something else was written meanwhile
    if (answer.ok) show({ ...answer, latex }, "");
    else show(null, answer.code === "invalid" ? wrongFormula(answer.message ?? "") : sentence(answer));
  }

  /** @param {{latex: string, width: number, height: number, path: string}|null} formula @param {string} why */
  function show(formula, why) {
    ready = formula;
    done.disabled = !formula;
    say(trouble, why);
    preview.replaceChildren(...(formula ? [drawn(formula)] : []));
  }

  async function place() {
    if (!ready) return;
    if (!request.shape) Object.assign(hand.styles.formula, style);
    request.commit({ latex: ready.latex, width: ready.width, height: ready.height, color: style.color });
    ready = null;
    dialog.close("placed");
  }

  source.addEventListener("input", later);
  source.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void place();
  });
  const keys = PIECES.map((row) => h("div", { class: "formula-keys" }, ...row.map(([sign, piece]) => textButton(sign, () => put(piece), { class: "small" }))));
  fill();
  const dialog = sheet(t("formula"), "formula", source, trouble, preview, ...keys, rows, h("div", { class: "dialog-buttons" }, textButton(t("cancel"), () => dialog.close(), { test: "formula-cancel" }), done));
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    if (dialog.returnValue !== "placed") request.cancel();
  });
  source.focus();
  if (source.value) void look();
  else done.disabled = true;
  return dialog;
}

/** @param {{width: number, height: number, path: string}} formula */
function drawn({ width, height, path }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.width = `${(width / 1_000) * 2}rem`;
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
