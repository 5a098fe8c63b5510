import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { Wants, layerFor } from "../../roomserver/web/media/wants.js";

/** A page with places whose width the test says. */
class Page {
  constructor() {
    this.told = [];
    this.widths = new Map();
    this.wants = new Wants(
      (track, layer) => this.told.push(`${track} ${layer}`),
      (element, onWidth) => {
        this.widths.set(element, onWidth);
        return () => this.widths.delete(element);
      },
    );
    this.wants.come(["t1", "t2"]);
  }

  /** What is told once everything has come to rest. */
  heard(ms = 300) {
    mock.timers.tick(ms);
    return this.told.splice(0).sort();
  }
}

describe("what is wanted of a picture", () => {
  beforeEach(() => {
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
  });

  test("follows the width of its place", () => {
    assert.deepEqual([0, 1, 384, 385, 768, 769].map(layerFor), ["off", "low", "low", "medium", "medium", "high"]);
    const page = new Page();
    const [one, other] = [{ isConnected: true }, { isConnected: true }];
    page.wants.show(one, "t1");
    page.wants.show(other, "t2");
    page.widths.get(one)(300);
    page.widths.get(other)(700);
    assert.deepEqual(page.heard(), ["t1 low", "t2 medium"]);
    page.widths.get(one)(1300);
    page.widths.get(one)(1400);
    assert.deepEqual(page.heard(), ["t1 high"]);
    assert.deepEqual(page.heard(), []);
  });

  test("is nothing where it is not shown, not seen, or shown no more", () => {
    const page = new Page();
    assert.deepEqual(page.heard(), ["t1 off", "t2 off"]);
    const place = { isConnected: true };
    page.wants.show(place, "t1");
    page.widths.get(place)(300);
    assert.deepEqual(page.heard(), ["t1 low"]);
    page.widths.get(place)(0);
    assert.deepEqual(page.heard(), ["t1 off"]);
    page.widths.get(place)(300);
    assert.deepEqual(page.heard(), ["t1 low"]);
    page.wants.show(place, "t2");
    assert.deepEqual(page.heard(), ["t1 off", "t2 low"]);
    place.isConnected = false;
    page.widths.get(place)(0);
    assert.deepEqual(page.heard(), ["t2 off"]);
    assert.equal(page.widths.size, 0);
  });

  test("is what the larger of two places needs, and of a screen all", () => {
    const page = new Page();
    const [one, other, screen] = [{ isConnected: true }, { isConnected: true }, { isConnected: true }];
    for (const place of [one, other]) page.wants.show(place, "t1");
    page.wants.show(screen, "t2", "high");
    page.widths.get(one)(200);
    page.widths.get(other)(500);
    page.widths.get(screen)(200);
    assert.deepEqual(page.heard(), ["t1 medium", "t2 high"]);
  });

  test("is nothing on a page that stays behind others", () => {
    const page = new Page();
    const place = { isConnected: true };
    page.wants.show(place, "t1");
    page.widths.get(place)(300);
    page.heard();
    page.wants.hide(true);
    assert.deepEqual(page.heard(4_000), []);
    page.wants.hide(false);
    assert.deepEqual(page.heard(5_000), []);
    page.wants.hide(true);
    assert.deepEqual(page.heard(5_000), ["t1 off"]);
    page.wants.hide(false);
    assert.deepEqual(page.heard(), ["t1 low"]);
  });

  test("is told again on a new line", () => {
    const page = new Page();
    page.heard();
    page.wants.restart();
    assert.deepEqual(page.heard(), []);
    page.wants.come(["t1"]);
    assert.deepEqual(page.heard(), ["t1 off"]);
  });
});
