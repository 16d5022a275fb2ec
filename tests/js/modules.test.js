import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("../../static", import.meta.url)), templates = fileURLToPath(new URL("../../templates", import.meta.url));
const LAYERS = ["lib", "core", "views", "panels", "pages"];
const text = (path) => readFileSync(path, "utf8");
const importsOf = (path) => [...text(path).matchAll(/^(?:import|export)\b[^"]*?from "(\.[^"]+)";$/gm)].map(([, to]) => normalize(join(dirname(path), to)));
const modules = readdirSync(join(root, "js"), { recursive: true }).map(String).filter((name) => name.endsWith(".js")).map((name) => join(root, "js", name));
const layerOf = (path) => relative(join(root, "js"), path).split("/")[0];

function reached(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const other of importsOf(path)) reached(other, seen);
  return seen;
}

test("the page preloads exactly the modules that it imports", () => {
  const preloaded = [...text(join(templates, "lab/_modules.html")).matchAll(/static '([^']+)'/g)].map(([, name]) => name);
  const needed = [...reached(join(root, "js/pages/lab.js"))].map((path) => relative(root, path));
  assert.deepEqual(preloaded.sort(), needed.sort());
});

test("every style sheet is linked", () => {
  const pages = readdirSync(templates, { recursive: true }).map(String).filter((name) => name.endsWith(".html")).map((name) => text(join(templates, name)));
  pages.push(text(join(root, "../trainer/export/pocket.html")));
  const linked = new Set([...pages.join("").matchAll(/css\/([\w-]+\.css)/g)].map(([, name]) => name));
  assert.deepEqual([...linked].sort(), readdirSync(join(root, "css")).sort());
});

test("imports run one way: lib and core, views, panels, pages", () => {
  for (const path of modules) {
    for (const other of importsOf(path)) {
      const [from, to] = [path, other].map((one) => LAYERS.indexOf(layerOf(one)));
      assert.ok(to <= from || (layerOf(path) === "lib" && layerOf(other) === "core"), `${relative(root, path)} imports ${relative(root, other)}`);
    }
  }
});

test("no import comes back to where it began: hashed names need an end", () => {
  for (const path of modules) for (const other of importsOf(path)) assert.ok(!reached(other).has(path), `${relative(root, path)} ↔ ${relative(root, other)}`);
});

test("core knows no document", () => {
  for (const path of modules.filter((one) => layerOf(one) === "core")) assert.doesNotMatch(text(path), /\b(document|window|getComputedStyle|addEventListener)\b/, path);
});

test("no template holds an inline script, an inline style or a foreign address", () => {
  for (const name of readdirSync(templates, { recursive: true }).map(String).filter((one) => one.endsWith(".html"))) {
    const page = text(join(templates, name));
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/, name);
    assert.doesNotMatch(page, /\sstyle=|\son\w+=|https?:\/\//, name);
  }
});

test("no module is longer than can be read at a sitting", () => {
  for (const path of modules) assert.ok(text(path).split("\n").length <= 300, path);
});
