import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { openEventLog, readEventLog, readLogEnd } from "../../src/state/event-log.ts";
import { disk, events, runId } from "./disk.ts";

const path = "events.jsonl";

test("events come back as they were written, from a private file", () => {
  const { repository, file } = disk(8);
  expect(repository.events(runId)).toEqual(events);
  expect(statSync(file(path)).mode & 0o777).toBe(0o600);
});

test("a torn last line is left out, and closed off before the next event", () => {
  const { file, append, repository } = disk(3);
  append(path, '{"type":"run_st');
  expect(readEventLog(file(path))).toEqual({ events: events.slice(0, 3), damaged: 1 });
  const log = repository.open(runId);
  log.append(events.slice(3, 5));
  log.close();
  expect(readEventLog(file(path))).toEqual({ events: events.slice(0, 5), damaged: 1 });
});

test("damaged lines are counted and the rest is read", () => {
  const { file, damage } = disk(0);
  const [first, second] = events.map((event) => JSON.stringify(event));
  damage(path, `${first}\nnot json\n\n{"no":"event"}\n\u0000\u0000\nnull\n${second}\n`);
  expect(readEventLog(file(path))).toEqual({ events: events.slice(0, 2), damaged: 4 });
});

test("an event written twice, or out of order, counts once", () => {
  const { file, append } = disk(3);
  for (const event of [events[2], events[0], events[3], events[3]]) append(path, `${JSON.stringify(event)}\n`);
  expect(readEventLog(file(path)).events).toEqual(events.slice(0, 4));
});

test("events recorded together count together or not at all", () => {
  const { file, append } = disk(3);
  const group = events.slice(3, 5).map((event, index) => (index === 0 ? { ...event, isContinued: true } : event));
  const [begun = "", ended = ""] = group.map((event) => JSON.stringify(event));
  append(path, `${begun}\n${ended.slice(0, 20)}`);
  expect(readEventLog(file(path))).toEqual({ events: events.slice(0, 3), damaged: 1 });
  append(path, `\n${begun}\n`);
  expect(readEventLog(file(path)).events).toEqual(events.slice(0, 3));
  append(path, `${begun}\n${ended}\n`);
  expect(readEventLog(file(path)).events).toEqual([...events.slice(0, 3), ...group]);
});

test("the end alone is read when it reaches back far enough", () => {
  const { file } = disk(8);
  const size = statSync(file(path)).size;
  expect(readLogEnd(file(path), 6)?.events).toEqual(events.slice(6));
  expect(readLogEnd(file(path), 6, 700)?.events).toEqual(events.slice(6));
  expect(readLogEnd(file(path), 1, 700)).toBeUndefined();
  expect(readLogEnd(file(path), 0, size)?.events).toEqual(events);
  expect(readLogEnd(file(path), 8)?.events).toEqual([]);
});

test("a log that is not there is empty", () => {
  expect(readEventLog("/nonexistent/events.jsonl")).toEqual({ events: [], damaged: 0 });
});

test("a full device is an error each time", () => {
  const log = openEventLog("/dev/full");
  const [event] = events;
  if (event === undefined) throw new Error("no event");
  expect(() => log.append([event])).toThrow(/ENOSPC/);
  expect(() => log.append([event])).toThrow(/ENOSPC/);
  log.close();
});
