/** JUnit XML as test runners write it: nested suites, CDATA, entities. Pure. https://llg.cubic.org/docs/junit */
import { resultsOf, type SuiteResults, type TestCase } from "../../model/suite-results.ts";

const tag = /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const attribute = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

type Attributes = Readonly<Record<string, string>>;

interface OpenCase {
  readonly attributes: Attributes;
  outcome: TestCase["status"];
  message: string | undefined;
  text: string;
}

/** Undefined when the text has no test suite, or ends within one. */
export function junitResults(xml: string): SuiteResults | undefined {
  const cases: TestCase[] = [];
  const suites: string[] = [];
  let open: OpenCase | undefined;
  let isSuite = false;
  for (const [, data, slash, name, words = "", isEmpty, text] of xml.matchAll(tag)) {
    if (open !== undefined) open.text += data ?? decoded(text ?? "");
    if (name === undefined) continue;
    const attributes = attributesOf(words);
    if (name === "testsuite" || name === "testsuites") {
      isSuite = true;
      if (slash === "/") suites.pop();
      else if (isEmpty !== "/") suites.push(name);
    } else if (name === "testcase") {
      if (slash !== "/") open = { attributes, outcome: "passed", message: undefined, text: "" };
      if ((slash === "/" || isEmpty === "/") && open !== undefined) {
        cases.push(caseOf(open));
        open = undefined;
      }
    } else if (slash !== "/" && open !== undefined) noteOutcome(open, name, attributes);
  }
  return isSuite && suites.length === 0 && open === undefined ? resultsOf(cases) : undefined;
}

/** node writes a failure beside `skipped` for a test that is still to be done. */
function noteOutcome(open: OpenCase, name: string, attributes: Attributes): void {
  if (name === "skipped") open.outcome = "skipped";
  if ((name !== "failure" && name !== "error") || open.outcome === "skipped") return;
  open.outcome = "failed";
  open.message ??= attributes["message"];
  open.text = "";
}

function caseOf({ attributes, outcome, message, text }: OpenCase): TestCase {
  const [group = "", name = ""] = [attributes["classname"], attributes["name"]];
  const seconds = Number(attributes["time"]);
  const said = message === undefined || message === "" ? text.trim() : message;
  const file = attributes["file"] ?? (/[/\\]|\.[cm]?[jt]sx?$/.test(group) ? group : undefined);
  return {
    name: nameOf(group, name, attributes["file"]),
    status: outcome,
    ...(file === undefined ? {} : { file }),
    ...(Number.isFinite(seconds) ? { durationMs: Math.round(seconds * 1000) } : {}),
    ...(outcome !== "failed" || said === "" ? {} : { message: said }),
  };
}

/** pytest names module and class in `classname`, the file apart: together they are the node id that pytest accepts again. */
function nameOf(group: string, name: string, file: string | undefined): string {
  if (file?.endsWith(".py") !== true) return group === "" || group === "test" || /[/\\]|\.[cm]?[jt]sx?$/.test(group) ? name : `${group} > ${name}`;
  const module = file.replace(/\.py$/, "").replaceAll("/", ".");
  const classes = group.startsWith(`${module}.`) ? group.slice(module.length + 1).split(".") : [];
  return [file, ...classes, name].join("::");
}

function attributesOf(words: string): Attributes {
  return Object.fromEntries([...words.matchAll(attribute)].map(([, name = "", double, single]) => [name, decoded(double ?? single ?? "")]));
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
