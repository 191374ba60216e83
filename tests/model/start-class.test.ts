import { expect, test } from "vitest";
import type { Failure, StartClass } from "../../src/model/failure.ts";
import { startClassOf } from "../../src/model/start-class.ts";

const ended = (...logTail: readonly string[]): Failure => ({ reason: "process_exited", message: "", logTail });

test.each<[Failure, StartClass]>([
  [{ reason: "port_taken_by_stranger", message: "" }, "bind_conflict_retryable"],
  [{ reason: "port_unavailable", message: "" }, "bind_conflict_retryable"],
  [ended("Error: listen EADDRINUSE: address already in use 127.0.0.1:5432"), "bind_conflict_retryable"],
  [ended('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', "FATAL:  could not create any TCP/IP sockets"), "bind_conflict_retryable"],
  [{ reason: "readiness_timeout", message: "" }, "transient_probe_timeout_retryable"],
  [{ reason: "server_unreachable", message: "" }, "transient_probe_timeout_retryable"],
  [{ reason: "bootstrap_failed", message: "" }, "bootstrap_soft_failure"],
  [ended("out of memory"), "hard_start_failure"],
  [{ reason: "process_exited", message: "" }, "hard_start_failure"],
  // Only a server that ended is told by its log.
  [{ reason: "prepare_failed", message: "", logTail: ["EADDRINUSE"] }, "hard_start_failure"],
  [{ reason: "credentials_refused", message: "" }, "hard_start_failure"],
])("%j is %s", (failure, expected) => {
  expect(startClassOf(failure)).toBe(expected);
});

test("what an adapter says of a log is stronger than what is generally so", () => {
  const complaints = [{ pattern: /in use by an other postmaster/, startClass: "transient_probe_timeout_retryable" } as const];
  expect(startClassOf(ended("in use by an other postmaster", "EADDRINUSE"), complaints)).toBe("transient_probe_timeout_retryable");
  expect(startClassOf(ended("EADDRINUSE"), complaints)).toBe("bind_conflict_retryable");
});
