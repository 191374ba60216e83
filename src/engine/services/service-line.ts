/** What the daemon and the process of a service say to each other, over the process's own channel. JSON-RPC; see docs/decisions/2026-11-21-calls-of-services.md. */
import { NotificationType, RequestType } from "vscode-jsonrpc/node";
import type { Payload, RemoteError, ServiceClass, ServiceOrder } from "../../model/service.ts";

/** `edition` counts how often the module was read anew. */
export const loadRequest = new RequestType<{ readonly edition: number }, readonly ServiceClass[], RemoteError>("load");
export const createRequest = new RequestType<{ readonly instance: string; readonly className: string; readonly args: Payload }, null, RemoteError>("create");
export const callRequest = new RequestType<{ readonly instance: string; readonly method: string; readonly args: Payload }, Payload, RemoteError>("call");
export const disposeRequest = new RequestType<{ readonly instance: string }, null, RemoteError>("dispose");

/** Of the service, to others: answered with what the order answers. */
export const orderRequest = new RequestType<ServiceOrder, unknown, RemoteError>("order");
export const pushNotification = new NotificationType<{ readonly instance: string; readonly topic: string; readonly value: Payload }>("push");

/** The code of every error a module throws; what it is stands in the data. */
export const thrownCode = 1;
