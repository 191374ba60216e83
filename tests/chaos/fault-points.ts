/** Every fault point of the sources. A test compares. */
export const faultPoints = [
  "event-log.unwritten",
  "event-log.torn",
  "event-log.written",
  "file.torn",
  "file.unnamed",
  "file.written",
  "lock.unnamed",
  "lock.linked",
  "reservations.reserve",
  "reservations.release",
  "log-piece.torn",
  "log-piece.unnamed",
  "log-piece.written",
  "log-hole.unmade",
  "log-hole.made",
  "log-index.torn",
  "log-index.unborn",
  "run.unborn",
  "run.born",
  "run.link",
  "slots.unwritten",
  "slots.written",
] as const;

export type FaultPoint = (typeof faultPoints)[number];
