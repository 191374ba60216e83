import { expect, test } from "vitest";
import { isOnTheWay } from "../../src/host/glob.ts";

const directories = ["", "src", "src/api", "src/api/v1", "test", "lib", "packages", "packages/one", "packages/one/src", "packages/one/dist", "packages/one/src/deep"];

/** Directories that are watched for a glob. */
function watchedFor(glob: string): readonly string[] {
  return directories.filter((directory) => isOnTheWay(glob, directory));
}

test("only directories on the way of a glob can hold what it matches", () => {
  expect(watchedFor("config.json")).toEqual([""]);
  expect(watchedFor("src/*.ts")).toEqual(["", "src"]);
  expect(watchedFor("src/**/*.ts")).toEqual(["", "src", "src/api", "src/api/v1"]);
  expect(watchedFor("packages/*/src/*.ts")).toEqual(["", "packages", "packages/one", "packages/one/src"]);
  expect(watchedFor("packages/*/src/**")).toEqual(["", "packages", "packages/one", "packages/one/src", "packages/one/src/deep"]);
  expect(watchedFor("**/*.py")).toEqual(directories);
});
