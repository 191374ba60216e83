/** The licences of the packages that were bundled, from the bundler's own list of inputs. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const separator = `\n${"=".repeat(100)}\n`;

/** One section per package that put at least a byte into an output: name, version, licence, its text. */
export function licencesText(root, metafile) {
  const directories = new Set(Object.values(metafile.outputs).flatMap((output) => usedInputs(output).map(packageDirectory).filter(Boolean)));
  const sections = [...directories].map((directory) => section(join(root, directory))).sort();
  return ["envctl contains code of the following packages.\n", ...new Set(sections)].join(separator);
}

function usedInputs(output) {
  return Object.entries(output.inputs).filter(([, input]) => input.bytesInOutput > 0).map(([path]) => path);
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`; undefined for our own files. */
function packageDirectory(path) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function section(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = files.map((file) => readFileSync(join(directory, file), "utf8").trim());
  return `${name} ${version} (${typeof license === "string" ? license : "see its text"})\n\n${texts.join("\n\n") || "The package carries no licence text of its own."}\n`;
}
