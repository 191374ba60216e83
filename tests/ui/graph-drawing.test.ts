import { expect, test } from "vitest";
import { graphLines, graphMermaid, graphSvg } from "../../src/ui/graph-drawing.ts";

const drawn = { nodes: [{ id: "postgres" }, { id: "migrate", status: "pass" }, { id: "seed <1>", status: "" }, { id: "lint", status: "fail" }], edges: [["postgres", "migrate"], ["migrate", "seed <1>"]] } as const;

test("a graph is drawn in levels, as text, Mermaid and SVG", () => {
  expect(graphLines(drawn)).toEqual(["postgres", "lint (fail)", "  migrate (pass) ← postgres", "    seed <1> ← migrate"]);
  expect(graphMermaid(drawn)).toEqual(["flowchart LR", '  u0(["postgres"])', '  u1["migrate"]', '  u2["seed &lt;1&gt;"]', '  u3["lint"]', "  u0 --> u1", "  u1 --> u2"]);
  const svg = graphSvg(drawn).join("\n");
  expect([svg.match(/<rect /g)?.length, svg.match(/marker-end/g)?.length, svg.includes("seed &lt;1&gt;")]).toEqual([4, 2, true]);
});

test("what goes round comes last, and nothing is drawn as such", () => {
  expect(graphLines({ nodes: [{ id: "a", status: "" }, { id: "b", status: "" }, { id: "c", status: "" }], edges: [["a", "b"], ["b", "a"]] })).toEqual(["c", "  a ← b", "  b ← a"]);
  expect(graphLines({ nodes: [], edges: [] })).toEqual(["No unit."]);
  expect(graphSvg({ nodes: [], edges: [] }).join()).toContain("<svg");
});
