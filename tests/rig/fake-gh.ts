/** A program called `gh` that answers from files and writes down how it was called. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const program = `#!/bin/sh
d="$FAKE_GH"
printf '%s\\n' "$*" >> "$d/calls"
head() { if [ -f "$d/head" ]; then cat "$d/head"; else git rev-parse HEAD; fi; }
case "$1 $2" in
  "auth status") if [ -f "$d/logged-out" ]; then echo 'You are not logged into any GitHub hosts.' >&2; exit 1; fi ;;
  "pr list") if [ -f "$d/open" ]; then printf '[{"number":7,"url":"%s","baseRefName":"main","headRefOid":"%s"}]\\n' "$(cat "$d/open")" "$(head)"; else echo '[]'; fi ;;
  "pr create")
    cat > "$d/body"
    if [ -f "$d/refuses" ]; then cat "$d/refuses" >&2; exit 1; fi
    echo https://forge.test/shop/pull/7 | tee "$d/open" ;;
  "pr checks")
    for n in 1 2 3; do
      [ -f "$d/checks.$n" ] || continue
      cat "$d/checks.$n"
      [ -f "$d/checks.$((n + 1))" ] && rm "$d/checks.$n"
      exit 8
    done
    echo "no checks reported on the '$3' branch" >&2; exit 1 ;;
  *) echo "unknown command $*" >&2; exit 2 ;;
esac
`;

export interface FakeGh {
  /** PATH and what the program needs. */
  readonly env: Readonly<Record<string, string>>;
  /** How it was called so far, one line a call. */
  calls(): readonly string[];
  /** The body the pull request was opened with. */
  body(): string;
  /** A file its answers depend on: `logged-out`, `open`, `refuses`, `head`, `checks.1` and on. */
  set(name: string, content: string): void;
}

/** Below a directory of the test. */
export function fakeGh(directory: string): FakeGh {
  const [programs, state] = [join(directory, "bin"), join(directory, "gh")];
  for (const path of [programs, state]) mkdirSync(path, { recursive: true });
  writeFileSync(join(programs, "gh"), program);
  chmodSync(join(programs, "gh"), 0o755);
  const read = (name: string): string => (existsSync(join(state, name)) ? readFileSync(join(state, name), "utf8") : "");
  return {
    env: { PATH: `${programs}:${process.env["PATH"] ?? ""}`, FAKE_GH: state },
    calls: () => read("calls").split("\n").filter((line) => line !== ""),
    body: () => read("body"),
    set: (name, content) => writeFileSync(join(state, name), content),
  };
}

/** What `gh pr checks --json` prints. */
export function checks(...all: readonly (readonly [name: string, bucket: string])[]): string {
  return JSON.stringify(all.map(([name, bucket]) => ({ name, bucket, link: `https://forge.test/checks/${name}` })));
}
