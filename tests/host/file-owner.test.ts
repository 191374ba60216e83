/** Whose files are, and where other users of the machine keep a state of the same repository. */
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ownerOf, ownName, statesOfOthers } from "../../src/host/file-owner.ts";
import { noRun } from "../../src/ui/words.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("the owner of what is not there is that of what is above it", () => {
  const directory = temporaryDirectory(onTestFinished, "owner");
  expect([ownerOf(join(directory, "not", "there")), ownName()]).toEqual([userInfo().username, userInfo().username]);
});

test.skipIf(userInfo().uid !== 0)("states of root and of the repository's owner are found, and one's own is not among them", () => {
  const directory = temporaryDirectory(onTestFinished, "owner");
  const at = (name: string): string => join(directory, name);
  const [own, ofRoot, home, repository] = [at("own"), at("root"), at("home"), at("repository")];
  const places = { ofRoot, accounts: join(directory, "passwd") };
  writeFileSync(places.accounts, `root:x:0:0::/root:/bin/sh\njane:x:12345:12345:Jane:${home}:/bin/sh\njoe:x:12346:1::${ofRoot}:/bin/sh\n`);
  const states = [join(ofRoot, "repo-1"), join(home, ".local/state/envctl/repo-1")] as const;
  for (const path of [own, repository, ...states]) mkdirSync(path, { recursive: true });
  chownSync(repository, 12_345, 12_345);
  expect([statesOfOthers(join(own, "repo-1"), repository, places), statesOfOthers(states[0], repository, places), statesOfOthers(join(own, "repo-2"), repository, places)]).toEqual([states, [states[1]], []]);
});

test("who has started nothing is told of what others keep", () => {
  expect(noRun(["jane keeps a state of it in /x"]).message).toBe("You have not started anything in this repository yet; jane keeps a state of it in /x.");
});
