/** The rows of the commands about services with remote objects, and agents. */
import type { CommandSpec } from "../cli/command.ts";
import { projectFlag } from "../cli/global-flags.ts";
import { agentRoles } from "../model/agent.ts";

export const serviceCommands: readonly CommandSpec[] = [
  {
    name: "svc", family: "jobs", needs: "repository",
    about: "Objects of services of the repository, for tests and scripts: make them, call their methods, share and reserve them.",
    args: [
      { name: "ACTION", about: "What to do.", isRequired: true, choices: ["list", "show", "new", "call", "drop", "handles", "reserve", "release", "stats", "shutdown"] },
      { name: "WORD", about: "A service, a handle or a reservation; with call HANDLE.method or NAME.method, then arguments: JSON, text, or @FILE for its bytes.", many: true },
    ],
    flags: [
      { name: "name", value: "GLOB", about: "With list: whose name fits." },
      { name: "type", value: "NAME", about: "With list: of this type." },
      { name: "cap", value: "NAME", about: "With list: with this capability." },
      { name: "timeout", value: "S", about: "With call and new: wait no longer than so many seconds; 300 unless given." },
      { name: "wait", value: "S", about: "With reserve: wait so long for room." },
      { name: "alone", about: "With reserve: every place of it, as soon as nobody else has one." },
      { name: "out", value: "FILE", about: "With call: write the bytes it returns to this file." },
      { name: "reload", about: "With call and new, and --debug: read a changed module anew; objects that live stay what they are." },
    ],
    examples: ["envctl svc list", "envctl svc call mailbox.last", "H=$(envctl svc new counter) && envctl svc call $H.add 2 && envctl svc drop $H", "envctl svc reserve gpu --wait 60"],
    load: async () => (await import("./svc.ts")).body,
  },
  {
    name: "agent", family: "jobs", needs: "repository", streams: true,
    about: "Join the repository's daemon under a name, until this command ends; a daemon that begins anew is joined again.",
    args: [{ name: "ACTION", about: "What to do.", isRequired: true, choices: ["join"] }],
    flags: [{ name: "name", value: "NAME", about: "Under which name." }, { name: "role", value: "NAME", choices: agentRoles, about: "What it is; agent unless given." }, projectFlag],
    examples: ["envctl agent join --name reviewer &"],
    load: async () => (await import("./agent.ts")).body,
  },
  {
    name: "agents", family: "jobs", needs: "repository",
    about: "Who has joined, by pid; wait until so many have.",
    args: [{ name: "ACTION", about: "wait: until so many have joined, or with --gone until no more are left.", choices: ["wait"] }],
    flags: [
      { name: "count", value: "N", about: "With wait: how many; 1 unless given, with --gone 0." },
      { name: "timeout", value: "S", about: "With wait: no longer than so many seconds; 10 unless given." },
      { name: "gone", about: "With wait: until no more than so many are there." },
    ],
    examples: ["envctl agents wait --count 3 --timeout 10", "envctl agents --json"],
    load: async () => (await import("./agents.ts")).body,
  },
];
