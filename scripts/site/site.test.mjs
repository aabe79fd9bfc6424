/** The site as a visitor gets it: built, served, and looked at with a real browser, in light and in dark. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runQuietly } from "../bootstrap/step.mjs";
import { tool } from "../commands/tools.mjs";
import { findChromium, openBrowser, serve } from "./visit.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = join(root, ".cache/site");
const repository = "https://github.com/quorate/redlock/blob/main/";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** It costs more than all other tests of the documents: only where it is asked for. */
const isWanted = process.env.SITE_CHECK !== undefined;
const chromium = isWanted ? await findChromium() : undefined;

let site;
let browser;
let pages;

beforeAll(async () => {
  if (chromium === undefined) return;
  await runQuietly(await tool(root, "vitepress", "build", "docs"), { cwd: root });
  pages = (await readdir(built, { recursive: true })).filter((name) => name.endsWith(".html") && name !== "404.html");
  site = await serve(built);
  browser = await openBrowser(chromium);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(({ skip }) => {
  skip(!isWanted, "npm run site:check looks at the site with a browser");
  skip(chromium === undefined, "no chromium here: install it, or say CHROMIUM_BIN");
});

/** Runs `look` with a page of a new visitor; returns the addresses outside of the site that it asked for. */
async function visit(options, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const outside = [];
  const problems = [];
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.origin) && !/^(?:data|blob):/.test(url)) outside.push(url);
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await look(page);
  } finally {
    await context.close();
  }
  expect(problems).toEqual([]);
  return outside;
}

/** Of each page, by its name: what axe objects to in light and in dark, the headings that links can lead to, and its links. */
const seen = new Map();
const outside = [];

async function look(page, name) {
  await page.goto(`${site.origin}/${name}`, { waitUntil: "load" });
  // The page's own code has run when the switch between light and dark has its name.
  await page.waitForSelector('.VPSwitchAppearance:not([title=""])', { state: "attached" });
  await page.evaluate(axe);
  const objections = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const violations = await page.evaluate(() => globalThis.axe.run().then((result) => result.violations));
    for (const { id, nodes } of violations)
      objections.push(`${colorScheme}: ${id}: ${nodes.length} x ${nodes[0].html}`);
  }
  const found = await page.evaluate(() => ({
    ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    hrefs: [...document.querySelectorAll("a[href]")].map(({ href }) => href),
  }));
  seen.set(name, { ...found, objections });
}

describe("every page", () => {
  beforeAll(async () => {
    if (chromium === undefined) return;
    const asked = await visit({}, async (page) => {
      for (const name of pages) await look(page, name);
    });
    outside.push(...asked);
  }, 600_000);

  test("passes axe, in light and in dark", () => {
    expect(seen.size).toBeGreaterThan(25);
    expect([...seen].flatMap(([name, { objections }]) => objections.map((each) => `${name}: ${each}`))).toEqual([]);
  });

  test("loads nothing from elsewhere", () => {
    expect(outside).toEqual([]);
  });

  test("leads only to pages, headings and files of the repository that are there", () => {
    const links = [...seen].flatMap(([name, { hrefs }]) => hrefs.map((href) => [name, href]));
    expect(links.length).toBeGreaterThan(500);
    expect(links.filter(([, href]) => !isThere(href)).map(([name, href]) => `${name}: ${href}`)).toEqual([]);
  });

  test("stands in the sidebar", () => {
    const listed = new Set(seen.get("index.html").hrefs.map(pageOf));
    expect(pages.filter((name) => !listed.has(name))).toEqual([]);
  });
});

function pageOf(href) {
  const { pathname } = new URL(href);
  return pathname === "/" ? "index.html" : pathname.slice(1);
}

/** Links to the outside are nobody's to keep. */
function isThere(href) {
  if (href.startsWith(repository))
    return existsSync(join(root, new URL(href.slice(repository.length), "file:///").pathname));
  if (!href.startsWith(site.origin)) return true;
  const page = seen.get(pageOf(href));
  const id = decodeURIComponent(new URL(href).hash.slice(1));
  return page !== undefined && (id === "" || page.ids.includes(id));
}

describe("the playground", { timeout: 180_000 }, () => {
  const verdict = (page) => page.getByTestId("verdict").innerText();
  const secondsOf = (text) => Number(/^[\d.]+/.exec(text)[0]);
  const open = async (page, link) => {
    await page.goto("about:blank");
    await page.goto(`${site.origin}/playground.html${link}`, { waitUntil: "networkidle" });
    await page.getByTestId("speed").selectOption("4");
  };
  /** Looks until so much of the playground's time is over. */
  const until = (page, seconds) =>
    expect.poll(() => verdict(page).then(secondsOf), { timeout: 150_000 }).toBeGreaterThan(seconds);

  test("two of five nodes are killed: work goes on, and two never hold at once", async () => {
    await visit({}, async (page) => {
      await open(page, "");
      for (const node of [0, 1]) await page.getByTestId(`kill-${node}`).click();
      await until(page, 6);
      expect(await verdict(page)).toContain("never two holders");
      const cards = await page.locator(".card").allInnerTexts();
      expect(cards.filter((text) => text.includes("dead"))).toHaveLength(2);
      expect(cards.some((text) => /holds, fencing token/.test(text))).toBe(true);
    });
  });

  // The same deeds with the guard and without it: the holder stands still, and three nodes forget that it holds.
  const emptied = ["500.pause.0", ...[0, 1, 2].map((node) => `500.empty.${node}`)].join("~");

  test("three nodes that forget give nobody a second lock", async () => {
    await visit({}, async (page) => {
      await open(page, `#seed=1&do=${emptied}`);
      await until(page, 6);
      expect(await verdict(page)).toContain("never two holders");
    });
  });

  test("without the guard they do, and the overlap is seen", async () => {
    await visit({}, async (page) => {
      await open(page, `#seed=1&off=restart&do=${emptied}`);
      await expect.poll(() => verdict(page), { timeout: 150_000 }).toMatch(/two holders for \d+ ms/);
      expect(await page.getByTestId("notes").innerText()).toContain("two workers hold the lock at once");
    });
  });

  test("the guard can be switched off by hand", async () => {
    await visit({}, async (page) => {
      await open(page, "#seed=7");
      await page.getByTestId("guard-restart").uncheck();
      expect(await page.evaluate(() => location.hash)).toBe("#seed=7&off=restart");
      await expect
        .poll(
          async () => {
            for (const node of [0, 1, 2]) await page.getByTestId(`empty-${node}`).click();
            return verdict(page);
          },
          { timeout: 150_000 },
        )
        .toMatch(/two holders for \d+ ms/);
    });
  });

  test("its link holds the seed and what was done, and plays it again to the millisecond", async () => {
    await visit({}, async (page) => {
      await open(page, "#seed=42");
      await until(page, 1);
      await page.getByTestId("kill-4").click();
      await page.getByTestId("pause-0").click();
      await until(page, 6);
      await page.getByTestId("time").click();
      const [link, notes, toldAt] = [
        await page.evaluate(() => location.hash),
        await page.getByTestId("notes").innerText(),
        secondsOf(await verdict(page)),
      ];
      expect(link).toMatch(/^#seed=42&do=\d+\.kill\.4(?:~|%7E)\d+\.pause\.0$/);
      await open(page, link);
      expect(await page.getByTestId("seed").inputValue()).toBe("42");
      await until(page, toldAt);
      await page.getByTestId("time").click();
      expect(await page.getByTestId("notes").innerText()).toContain(notes);
    });
  });
});
