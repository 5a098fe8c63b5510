/**
 * Two canvases, one above the other: `ink` holds the page and what is finished and is painted anew only where it must be,
 * `live` holds what moves (open strokes, one's own unconfirmed ink, what a tool is about to do, pointers) and is painted
 * anew in every frame that changes it.  It shows a lesson or a replay: whoever is a `BoardHost`.
 */
import { boundsOf, outlineOf, overlap, union } from "./geometry.js";
import { HEIGHT, WIDTH } from "./model.js";
import { Reveal } from "./reveal.js";
import { drawBackground, drawPart, drawShape, isDark, paperOf } from "./shapes.js";
import { Still } from "./still.js";
import { Trails } from "./trails.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").BoardHost} BoardHost */
/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("./model.js").Damage} Damage */
/** @typedef {import("./geometry.js").Bounds} Bounds */

const CHASE_MS = 140; // from one view of the teacher to the next; they come every 100 ms

export class Painter {
  /** @param {{ink: HTMLCanvasElement, live: HTMLCanvasElement}} canvases @param {BoardHost} host */
  constructor(canvases, host) {
    this.canvases = canvases;
    this.ink = /** @type {CanvasRenderingContext2D} */ (canvases.ink.getContext("2d"));
    this.live = /** @type {CanvasRenderingContext2D} */ (canvases.live.getContext("2d"));
    this.host = host;
    this.view = new View();
    this.reveal = new Reveal();
    this.trails = new Trails();
    /** What a tool is about to do.  @type {(context: CanvasRenderingContext2D) => void} */
    this.sketch = () => {};
    this.frame = 0;
    this.shown = host.shown;
    /** @type {"all"|Bounds|null} what of the page is to be painted */
    this.dirty = "all";
    /** @type {Map<string, Shape>} finished strokes of others whose last points are still being revealed */
    this.drying = new Map();
    this.still = new Still(() => this.page());
    this.transform = { k: 1, tx: 0, ty: 0 }; // from board units to the pixels of the canvases, as they are painted
    /** @type {{from: import("./view.js").Box, to: {x: number, y: number, width: number}, at: number}|null} */
    this.chase = null;
    this.offs = [
      host.on("damage", (damage) => this.damage(damage)),
      host.on("look", () => this.#turned()),
      host.on("pointer", (pointer) => this.#pointed(pointer)),
      host.on("view", (told) => this.#led(told)),
      host.assets.watch(() => this.page()),
      this.view.watch(() => this.#moved()),
    ];
  }

  /** Fit into a frame of CSS pixels, with a border around it.  @param {number} width @param {number} height */
  resize(width, height) {
    this.view.resize(Math.max(1, width - 2), Math.max(1, height - 2));
    this.page();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.still.stop();
    for (const off of this.offs) off();
  }

  /** The whole page is to be painted. */
  page() {
    this.dirty = "all";
    this.moved();
  }

  /** What moves is to be painted. */
  moved() {
    this.frame ||= requestAnimationFrame((now) => this.#paint(now));
  }

  /** @param {Damage} damage */
  damage({ kind, shapes }) {
    if (kind === "pages") return this.#turned();
    const here = shapes.filter(({ page }) => page === this.host.shown);
    if (kind === "live") for (const shape of here) this.#grew(shape);
    else if (kind === "ink") this.#lay(here);
    else if (kind === "page") this.#spoil(here);
    if (here.length || kind === "live") this.moved();
  }

  /** Another page is looked at, or the same one is another now. */
  #turned() {
    if (this.shown !== this.host.shown) {
      this.shown = this.host.shown;
      this.host.assets.forgive();
      this.drying.clear();
      this.reveal = new Reveal();
      this.chase = null;
      this.view.fit(false);
    }
    this.page();
  }

  get #page() {
    return this.host.board.page(this.host.shown);
  }

  get #scene() {
    return { dark: isDark(this.#page?.background ?? "blank"), assets: this.host.assets };
  }

  // The page

  /** A stroke was begun, or its points have come.  @param {Shape} shape */
  #grew(shape) {
    if (!this.host.ink?.strokes.has(shape.id)) this.reveal.grow(shape, performance.now());
  }

  /** Finished shapes on top of the page.  @param {readonly Shape[]} shapes */
  #lay(shapes) {
    const now = performance.now();
    const dry = shapes.filter(({ id }) => this.reveal.isWhole(id, now));
    for (const shape of shapes) {
      if (dry.includes(shape)) this.reveal.forget(shape.id);
      else this.drying.set(shape.id, shape);
    }
    if (this.dirty || this.still.isRough) return this.#spoil(dry);
    this.#on(this.ink, () => {
      for (const shape of dry) if (!this.host.edits?.hidden.has(shape.id)) drawShape(this.ink, shape, this.#scene);
    });
  }

  /** What these cover or covered is to be painted anew.  @param {readonly Shape[]} shapes */
  #spoil(shapes) {
    if (this.dirty === "all" || !shapes.length) return;
    const boxes = shapes.map(boundsOf);
    this.dirty = union(this.dirty ? [this.dirty, ...boxes] : boxes);
  }

  /** @param {number} now */
  #paint(now) {
    this.frame = 0;
    this.#follow(now);
    if (this.dirty === "all") this.#paintPage();
    else if (this.dirty) this.#paintPart(this.dirty);
    this.dirty = null;
    this.#paintLive(performance.now());
  }

  #paintPage() {
    this.#fit();
    const { ink, still } = this;
    if (still.isRough) return still.draw(ink, this.transform, paperOf(this.#page?.background ?? "blank"));
    const begun = performance.now();
    this.#on(ink, () => this.#shapes(null));
    still.painted(performance.now() - begun, this.transform);
  }

  /** @param {Bounds} region   board units */
  #paintPart({ x0, y0, x1, y1 }) {
    const { k, tx, ty } = this.transform;
    const edge = (/** @type {number} */ value, /** @type {number} */ shift, /** @type {(x: number) => number} */ round) => round(value * k + shift);
    const [left, top] = [edge(x0, tx, Math.floor) - 1, edge(y0, ty, Math.floor) - 1];
    const [right, bottom] = [edge(x1, tx, Math.ceil) + 1, edge(y1, ty, Math.ceil) + 1];
    const { ink } = this;
    ink.save();
    ink.beginPath();
    ink.rect(left, top, right - left, bottom - top); // whole pixels, or the edge of the part would show
    ink.clip();
    this.#on(ink, () => this.#shapes({ x0: (left - tx) / k, y0: (top - ty) / k, x1: (right - tx) / k, y1: (bottom - ty) / k }));
    ink.restore();
  }

  /** @param {Bounds|null} region */
  #shapes(region) {
    const { ink, host } = this;
    const page = this.#page;
    const scene = this.#scene;
    drawBackground(ink, page?.background ?? "blank", host.assets);
    const { x, y, width, height } = this.view.box;
    const seen = region ?? { x0: x, y0: y, x1: x + width, y1: y + height };
    for (const shape of host.edits?.seen(host.shown) ?? page?.shapes.values() ?? []) {
      if (!shape.open && !this.drying.has(shape.id) && overlap(boundsOf(shape), seen)) drawShape(ink, shape, scene);
    }
  }

  // What moves

  /** @param {number} now */
  #paintLive(now) {
    const { live, host } = this;
    live.clearRect(0, 0, live.canvas.width, live.canvas.height);
    const { dark } = this.#scene;
    const wet = this.#wet();
    // What lies on a canvas of its own can be multiplied only by its element.
    const marker = wet.some(({ kind }) => kind === "highlighter");
    live.canvas.style.mixBlendMode = !marker ? "normal" : dark ? "screen" : "multiply";
    /** @type {Shape[]} */
    const lay = [];
    let again = false;
    this.#on(live, () => {
      for (const shape of wet) {
        drawPart(live, shape, this.#pointsOf(shape, now), dark);
        if (!this.reveal.isWhole(shape.id, now)) again = true;
        else if (this.drying.delete(shape.id)) lay.push(shape);
      }
      this.sketch(live);
      const name = (/** @type {number} */ member) => (member === host.state.me ? "" : (host.state.known.get(member)?.name ?? ""));
      again = this.trails.draw(live, host.shown, now, 1 / this.view.scale, name) || again;
    });
    if (lay.length) this.#lay(lay);
    if (again || lay.length || this.chase) this.moved();
  }

  /** Strokes of the page that are not painted on it yet. */
  #wet() {
    const { board, ink, edits, shown } = this.host;
    for (const id of this.drying.keys()) if (!board.shapes.has(id)) this.drying.delete(id);
    const others = [...board.open.values(), ...this.drying.values()].filter(({ id }) => !ink?.strokes.has(id));
    const own = [...(ink?.strokes.values() ?? [])].filter(({ id }) => board.shapes.get(id)?.open ?? true);
    return [...others, ...own].filter(({ id, page }) => page === shown && !edits?.hidden.has(id));
  }

  /** @param {Shape} shape @param {number} now */
  #pointsOf(shape, now) {
    const { ink } = this.host;
    if (ink?.wet === shape && ink.guess.length) return [...outlineOf(shape), ...ink.guess];
    return ink?.strokes.has(shape.id) ? outlineOf(shape) : this.reveal.points(shape, now);
  }

  /** @param {any} pointer */
  #pointed(pointer) {
    this.trails.push(pointer, performance.now());
    this.moved();
  }

  // The view

  #moved() {
    this.still.moved(this.canvases.ink);
    this.page();
  }

  /** Somebody leads: go where they look.  @param {{page: number, x: number, y: number, width: number}} told */
  #led({ page, x, y, width }) {
    if (page !== this.host.shown) return;
    this.chase = { from: this.view.box, to: { x, y, width }, at: performance.now() };
    this.moved();
  }

  /** @param {number} now */
  #follow(now) {
    if (!this.chase) return;
    const { from, to, at } = this.chase;
    const t = Math.max(0, Math.min(1, (now - at) / CHASE_MS));
    const width = Math.min(WIDTH, Math.max(from.width, (from.height * WIDTH) / HEIGHT));
    const part = (/** @type {number} */ a, /** @type {number} */ b) => a + t * (b - a);
    const [x, y] = [from.x + (from.width - width) / 2, from.y + (from.height - (width * HEIGHT) / WIDTH) / 2];
    if (t === 1) this.chase = null;
    this.view.follow({ x: part(x, to.x), y: part(y, to.y), width: part(width, to.width) });
  }

  /** Make the canvases as large as what is seen. */
  #fit() {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const [w, h] = [Math.round(this.view.width), Math.round(this.view.height)];
    for (const canvas of [this.canvases.ink, this.canvases.live]) {
      const [width, height] = [Math.round(w * ratio), Math.round(h * ratio)];
      if (canvas.width === width && canvas.height === height) continue;
      Object.assign(canvas.style, { width: `${w}px`, height: `${h}px` });
      Object.assign(canvas, { width, height });
    }
    const k = this.view.scale * ratio;
    const { x, y } = this.view.box;
    this.transform = { k, tx: -x * k, ty: -y * k };
  }

  /** @param {CanvasRenderingContext2D} context @param {() => void} draw */
  #on(context, draw) {
    const { k, tx, ty } = this.transform;
    context.setTransform(k, 0, 0, k, tx, ty);
    draw();
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}

/** A page as an image of `width` pixels: thumbnails.
 *  @param {CanvasRenderingContext2D} context @param {import("./model.js").Page} page
 *  @param {import("./assets.js").Assets|null} assets @param {number} width */
export function paintPage(context, page, assets, width) {
  const k = width / WIDTH;
  context.setTransform(k, 0, 0, k, 0, 0);
  drawBackground(context, page.background, assets);
  const scene = { dark: isDark(page.background), assets };
  for (const shape of page.shapes.values()) drawShape(context, shape, scene);
  context.setTransform(1, 0, 0, 1, 0, 0);
}
