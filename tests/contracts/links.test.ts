/** Pages that are made and pages that are written name each other's files and headings: all of them are there. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["README.md", "CONTRIBUTING.md", ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md")).map((path) => join("docs", path))].map((path) => join(root, path));

test("every link of every page leads somewhere", () => {
  const links = pages.flatMap((page) => [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ page, target })).filter(({ target }) => !/^[a-z]+:/.test(target)));
  expect(links.length).toBeGreaterThan(40);
  expect(links.filter(({ page, target }) => !leads(page, target)).map(({ page, target }) => `${relative(root, page)}: ${target}`)).toEqual([]);
});

function leads(page: string, target: string): boolean {
  const [file = "", heading] = target.split("#");
  const path = file === "" ? page : resolve(dirname(page), file);
  return existsSync(path) && (heading === undefined || headings(path).includes(heading));
}

/** As hosts of repositories name them. */
function headings(path: string): readonly string[] {
  return [...readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}\- _]/gu, "").trim().replaceAll(" ", "-"));
}
