/** Services with remote objects: classes of a module that live in a process of its own and are called by others. Words and pure rules. */
import type { ProcessHandle } from "./unit.ts";

/** Whether every handle has an object of its own, or all of them share one. */
export const instanceModes = ["per_connection", "singleton"] as const;
export type InstanceMode = (typeof instanceModes)[number];

/** What a service says of itself without being loaded: `service.json` beside its module. */
export interface ServiceManifest {
  readonly about: string;
  readonly version?: string;
  /** A free word to find it by. */
  readonly type?: string;
  readonly capabilities: readonly string[];
  /** How many may hold a reservation at once; no limit unless given. */
  readonly capacity?: number;
}

/** One class of a loaded service. */
export interface ServiceClass {
  readonly name: string;
  readonly instanceMode: InstanceMode;
  /** Only these can be called. */
  readonly methods: readonly string[];
}

export interface ServiceListing extends ServiceManifest {
  readonly name: string;
  /** Of its module. */
  readonly path: string;
  readonly origin: "repository" | "external" | "plug-in";
  /** Nothing of it runs before `envctl trust`. */
  readonly isTrusted: boolean;
  /** Known once it was loaded, which the first use does. */
  readonly classes?: readonly ServiceClass[];
  readonly pid?: number;
  readonly reserved: number;
  /** Who has its places: `job seed (…)`, `process 4711 (lease-…)`. */
  readonly holders: readonly string[];
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** A value on its way, as JSON text: small ones in the message, others in a file of the payload directory. See host/payload.ts. */
export type Payload = { readonly text: string } | PayloadFile;

export interface PayloadFile {
  /** A name inside the payload directory. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What was thrown in the service's process. */
export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly service: string;
  /** The object it was thrown in; absent while it was made. */
  readonly instance?: string;
  readonly cause?: { readonly name: string; readonly message: string };
}

export interface HandleRow {
  readonly handle: string;
  /** The object; several handles on a singleton have the same one. */
  readonly instance: string;
  readonly service: string;
  readonly className: string;
  readonly instanceMode: InstanceMode;
  /** A connection, or a process by its pid, with which it goes. */
  readonly holder: string;
}

export interface LeaseRow {
  readonly lease: string;
  readonly service: string;
  readonly holder: string;
  readonly since: string;
  /** It has all of its places. */
  readonly alone: boolean;
}

export interface MethodFigures {
  readonly service: string;
  readonly method: string;
  readonly count: number;
  readonly errors: number;
  readonly avgMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p95Ms: number;
}

/** Something a service tells whoever listens. */
export interface ServicePush {
  readonly service: string;
  readonly instance: string;
  readonly topic: string;
  readonly value: Payload;
  /** Counts per service, so that a listener sees what it missed. */
  readonly seq: number;
}

/** Where else services are looked for, and who holds what is made: the connection unless a process is named. */
interface OfCaller {
  /** Directories of ENVCTL_EXTERNAL_SERVICES_PATH of the caller. */
  readonly search?: readonly string[];
  readonly owner?: ProcessHandle;
}

/** What can be asked about services, by action: the order, and its answer. */
export interface ServiceActions {
  readonly list: { readonly order: OfCaller; readonly answer: readonly ServiceListing[] };
  readonly new: { readonly order: OfCaller & ServiceTarget & { readonly args: Payload; readonly timeoutMs: number; readonly reload?: boolean }; readonly answer: HandleRow };
  readonly call: { readonly order: OfCaller & { /** A handle, or a service for an object of the call's own or the singleton. */ readonly target: string; readonly method: string; readonly args: Payload; readonly timeoutMs: number; readonly reload?: boolean }; readonly answer: Payload };
  readonly drop: { readonly order: { readonly handle: string }; readonly answer: HandleRow };
  readonly handles: { readonly order: object; readonly answer: readonly HandleRow[] };
  readonly reserve: { readonly order: OfCaller & { readonly service: string; readonly waitMs?: number; /** All of its places. */ readonly alone?: boolean; /** What whoever waits behind it is told. */ readonly label?: string }; readonly answer: LeaseRow };
  readonly release: { readonly order: { readonly lease: string }; readonly answer: LeaseRow };
  readonly leases: { readonly order: object; readonly answer: readonly LeaseRow[] };
  readonly stats: { readonly order: object; readonly answer: readonly MethodFigures[] };
  readonly shutdown: { readonly order: OfCaller & { readonly service: string; readonly timeoutMs: number }; readonly answer: { readonly service: string; readonly handles: number; readonly instances: number } };
}

export interface ServiceTarget {
  /** `NAME`, or `NAME/Class` where it has several. */
  readonly service: string;
}

export type ServiceAction = keyof ServiceActions;
export type ServiceOrderOf<A extends ServiceAction> = { readonly action: A } & ServiceActions[A]["order"];
export type ServiceOrder = { [A in ServiceAction]: ServiceOrderOf<A> }[ServiceAction];

/** Above this a value goes by file. */
export const inlinePayloadBytes = 64 * 1024;
export const defaultCallMs = 300_000;

/** Whether the word is one for a service: `mailbox`, `fake-pay`. */
export function isServiceName(word: string): boolean {
  return /^[a-z][a-z0-9_-]{0,63}$/.test(word);
}

/** `mailbox/Outbox` → its service and class. */
export function splitTarget(word: string): { readonly service: string; readonly className?: string } {
  const [service = "", className] = word.split("/");
  return className === undefined ? { service } : { service, className };
}

const lockPrefix = "svc:";

/** The lock whose places are those of a service. */
export function serviceLock(service: string): string {
  return `${lockPrefix}${service}`;
}

/** The service a lock belongs to, if any. */
export function serviceOfLock(lock: string): string | undefined {
  return lock.startsWith(lockPrefix) ? lock.slice(lockPrefix.length) : undefined;
}

/** Handles carry a mark that no name of a service can have. */
export function isHandle(word: string): boolean {
  return word.includes("@");
}

/** Whether a method of this name may be offered at all: nothing that every object has, nothing private, nothing that is asked for when an object is awaited or written as JSON. */
export function isCallableName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(name) && !(name in Object.prototype) && !["then", "toJSON", "prototype", "shutdown"].includes(name);
}
