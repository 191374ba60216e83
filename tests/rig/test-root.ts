import { tmpdir } from "node:os";
import { join } from "node:path";

/** The one directory all temporary directories of a test run are below: made, looked at and removed by leftovers.ts. */
export const testRoot = process.env["ENVCTL_TEST_ROOT"] ?? join(tmpdir(), `envctl-test-${process.pid.toString(36)}`);
