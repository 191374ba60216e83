/**
 * Proves that a user may connect to a database: the login of PostgreSQL's protocol 3.0, and nothing after it.
 * Sources: PostgreSQL's "Message Flow" and "SASL Authentication"; RFC 5802 and 7677 for SCRAM-SHA-256.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { Failure } from "../model/failure.ts";
import { unreachable, type Turn } from "./engines/ask.ts";

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

const waiting: Turn = { kind: "wait" };

/** What to say next, for a conversation that began with the startup message. */
export function postgresLogin(login: Login): (answer: Buffer) => Turn {
  const nonce = randomBytes(18).toString("base64");
  return (answer) => {
    for (const message of messagesIn(answer)) {
      if (message.type === "E") return { kind: "done", outcome: refusal(login, message.body) };
      // Whether the database is there is told after the password was taken.
      if (message.type === "Z") return { kind: "done", outcome: `${login.host}:${login.port} took the login of ${login.user} to ${login.database}` };
      if (message.type === "R") {
        const turn = authentication(login, nonce, message.body);
        if (turn !== waiting) return turn;
      }
    }
    return waiting;
  };
}

/** Whole messages: a letter, the length of what follows with itself, the body. */
function messagesIn(answer: Buffer): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 5 <= answer.length; ) {
    const end = at + 1 + answer.readUInt32BE(at + 1);
    if (end <= at + 1 || end > answer.length) break;
    messages.push({ type: answer.toString("latin1", at, at + 1), body: answer.subarray(at + 5, end) });
    at = end;
  }
  return messages;
}

function authentication(login: Login, nonce: string, body: Buffer): Turn {
  switch (body.readUInt32BE(0)) {
    case 3:
      return say("p", Buffer.from(`${login.password}\0`));
    case 5:
      return say("p", Buffer.from(`md5${md5(Buffer.concat([Buffer.from(md5(Buffer.from(login.password + login.user))), body.subarray(4)]))}\0`));
    case 10:
      return say("p", firstOf(nonce));
    case 11:
      return say("p", Buffer.from(finalOf(login.password, nonce, body.toString("utf8", 4))));
    // The login is taken; before, the server's own proof.
    case 0:
    case 12:
      return waiting;
    default:
      return { kind: "done", outcome: { reason: "credentials_refused", message: `${login.host}:${login.port} asks for a way to log in that envctl does not know`, hint: "allow scram-sha-256 or md5 for this user in pg_hba.conf" } };
  }
}

function say(type: string, body: Buffer): Turn {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return { kind: "send", bytes: Buffer.concat([head, body]) };
}

function firstOf(nonce: string): Buffer {
  const text = Buffer.from(`n,,n=,r=${nonce}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length, 0);
  return Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), length, text]);
}

/** `server`: `r=<nonce>,s=<salt>,i=<iterations>`. */
function finalOf(password: string, nonce: string, server: string): string {
  const fields = new Map(server.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
  const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(fields.get("s") ?? "", "base64"), Number(fields.get("i")), 32, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const withoutProof = `c=biws,r=${fields.get("r") ?? ""}`;
  const signature = hmac(createHash("sha256").update(clientKey).digest(), `n=,r=${nonce},${server},${withoutProof}`);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  return `${withoutProof},p=${proof.toString("base64")}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** Fields are a letter and text, ended by zeros; `C` is the SQLSTATE, `M` the message. */
function refusal({ host, port }: Login, body: Buffer): Failure {
  const fields = new Map(body.toString("utf8").split("\0").map((field) => [field.slice(0, 1), field.slice(1)]));
  const said = fields.get("M") ?? "no reason given";
  // 57P03: it starts up; 53300: too many connections.
  if (["57P03", "53300"].includes(fields.get("C") ?? "")) return unreachable({ host, port }, said);
  return { reason: "credentials_refused", message: `${host}:${port} refuses the login: ${said}`, hint: "correct the URL it is configured with: user, password, database" };
}
