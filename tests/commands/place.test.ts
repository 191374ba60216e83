import { expect, test } from "vitest";
import { composeRuntime } from "../../src/cli/compose.ts";

test("a directory named with --repo that is not there is told so", async () => {
  await expect(composeRuntime({ repo: "/nonexistent/shop", environment: {}, directory: "/" })).rejects.toMatchObject({ message: "/nonexistent/shop does not exist" });
});
