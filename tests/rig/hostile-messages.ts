/** Messages nobody of good will sends: half right, of wrong types, too deep, too long, about what every object has. None of them asks for anything that may be done. */

export interface HostileMessage {
  /** Without its line break. */
  readonly line: string;
  /** It is no request at all: whoever sends it is cut off. */
  readonly isGarbage: boolean;
}

/** The same seed gives the same messages. */
export function hostileMessages(seed: number): () => HostileMessage {
  const random = randomFrom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <T>(all: readonly [T, ...T[]]): T => all[below(all.length)] ?? all[0];
  let id = 0;
  return () => {
    id += 1;
    const kind = below(100);
    if (kind < 3) return { line: pick(garbage), isGarbage: true };
    const value = pick(values);
    if (kind < 15) return text(`{"id":${id},"method":${JSON.stringify(pick(words))},"order":${value},"intent":${value}}`);
    if (kind < 30) return text(`{"id":${id},"method":${JSON.stringify(pick(["submit", "preview", "data", "jobs", "shutdown", "hello", "events"]))},"intent":${value},"order":${value},"fromSeq":${pick(notNumbers)},"version":${pick(notTexts)},"because":${pick(notTexts)}}`);
    if (kind < 45) return text(`{"id":${id},"method":"jobs","order":{"action":${JSON.stringify(pick(words))},"drafts":${value},"ids":${value},"__proto__":{"action":"submit"}}}`);
    if (kind < 60) return text(`{"id":${id},"method":"services","order":{"action":"call","target":${JSON.stringify(pick(targets))},"method":${JSON.stringify(pick(words))},"args":${pick(payloads)},"timeoutMs":${pick(["1000", "-1", "1e99", '"1"', "null"])},"search":${pick(["[]", '["/"]', value])}}}`);
    if (kind < 75) return text(`{"id":${id},"method":"services","order":{"action":${JSON.stringify(pick(["new", "reserve", "shutdown", "drop", "release", "list", ...words]))},"service":${JSON.stringify(pick(targets))},"handle":${pick(notTexts)},"args":${pick(payloads)},"owner":${value}}}`);
    if (kind < 85) return text(`{"id":${id},"method":"agents","order":{"action":${JSON.stringify(pick(["join", "wait", ...words]))},"name":${JSON.stringify(pick(words))},"count":${pick(notNumbers)},"forMs":${pick(notNumbers)},"gone":1,"role":"root","pid":-1,"project":"","directory":""}}`);
    if (kind < 92) return text(`{"id":${id},"method":"cancel","target":${pick(["1", "-1", "1e308", '"x"'])}}`);
    return text(`{"id":${id},"method":"pushes","filter":${pick(["null", '"x"', '{"service":1}', "[]"])}}`);
  };
}

function text(line: string): HostileMessage {
  return { line, isGarbage: false };
}

const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
const words = ["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "eval", "import", "require", "process", "load", "create", "dispose", "order", "push", "", " ", "secret", "\u0000", "\ud800", "../../x", "x".repeat(199), "$bytes"] as const;
const targets = ["echo", "echo/Echo", "echo/constructor", "echo/__proto__", "__proto__", "constructor", "../echo", "svc_echo", "echo@000000000000", "@", "", "/etc/passwd", "echo/../../x"] as const;
const notNumbers = ["null", '"1"', "[]", "{}", "-1", "true", "1e400"] as const;
const notTexts = ["null", "1", "[]", '{"toString":"x"}', "true"] as const;
const values = ["null", "[]", "{}", '{"__proto__":{"isAdmin":true,"action":"submit"}}', '{"constructor":{"prototype":{"isAdmin":true}}}', deep, `"${"x".repeat(20_000)}"`, "1e400", '[{"__proto__":null}]', '{"kind":"start"}', '{"pid":1,"startTime":"0","bootId":"","pidNamespace":7}'] as const;
const payloads = ['{"text":"[]"}', '{"text":"not json"}', '{"text":"{\\"__proto__\\":{\\"isAdmin\\":true}}"}', '{"file":"../../../../etc/passwd","bytes":1,"sha256":"x"}', '{"file":"00000000000000000000000000000000","bytes":-5,"sha256":"0"}', "null", "[]", '{"text":5}', '{"text":"[{\\"$bytes\\":{\\"file\\":\\"/etc/passwd\\",\\"bytes\\":1,\\"sha256\\":\\"\\"}}]"}'] as const;
const garbage = ["not json", "{", '"text"', "null", "[]", "{}", '{"id":"x","method":"state"}', '{"id":1.5,"method":"state"}', '{"id":1,"method":7}', '{"method":"state"}', "GET / HTTP/1.1", "\u0000\u0001\u0002", '{"id":1,"id":{},"method":"state"}'] as const;

/** A linear congruential generator (Numerical Recipes): enough for variety, the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
