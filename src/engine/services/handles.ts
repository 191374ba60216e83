/** Handles: names of objects for those who hold them. Several on a singleton are aliases of one object. */
import { randomBytes } from "node:crypto";
import { exitCodes, UserError } from "../../model/failure.ts";
import type { HandleRow } from "../../model/service.ts";
import { holderText, isSameHolder, type Holder } from "./holders.ts";
import type { Instance } from "./living-services.ts";

export interface Handle {
  readonly id: string;
  readonly instance: Instance;
  readonly owner: Holder;
}

/** Whoever makes more than this has forgotten to drop them. */
const maximumHandles = 10_000;

/** Begins empty. */
export class Handles {
  readonly #handles = new Map<string, Handle>();

  add(instance: Instance, owner: Holder): Handle {
    const handle: Handle = { id: `${instance.service}@${randomBytes(6).toString("hex")}`, instance, owner };
    this.#handles.set(handle.id, handle);
    return handle;
  }

  /** Throws a UserError when there is no room for one more. */
  assertRoom(): void {
    if (this.#handles.size >= maximumHandles) throw new UserError({ reason: "conflict", message: `there are ${maximumHandles} handles already`, hint: "drop those that are needed no more: `envctl svc handles` lists them" });
  }

  /** Throws a UserError, exit 2, for one that was never made or is gone. */
  find(id: string): Handle {
    const handle = this.#handles.get(id);
    if (handle === undefined) throw new UserError({ reason: "unknown_target", message: `unknown handle ${id}`, hint: "it was dropped, its holder or its service ended, or a new daemon began: make one with `envctl svc new`" }, exitCodes.interrupted);
    return handle;
  }

  remove(id: string): void {
    this.#handles.delete(id);
  }

  /** Those on objects of the module at this path. */
  on(path: string): readonly Handle[] {
    return this.all().filter(({ instance }) => instance.path === path);
  }

  heldBy(holder: Holder): readonly Handle[] {
    return this.all().filter(({ owner }) => isSameHolder(owner, holder));
  }

  all(): readonly Handle[] {
    return [...this.#handles.values()];
  }
}

/** For others. */
export function handleRow({ id, instance, owner }: Handle): HandleRow {
  return { handle: id, instance: instance.id, service: instance.service, className: instance.class.name, instanceMode: instance.class.instanceMode, holder: holderText(owner) };
}
