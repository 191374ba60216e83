import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressText, engineCandidates, parseAddress, type AddressInput } from "../../src/host/docker-address.ts";
import { dockerConfiguration } from "../../src/host/docker-contexts.ts";
import { findEngine } from "../../src/host/docker-find.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { UserError } from "../../src/model/failure.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const linux: AddressInput = { environment: { HOME: "/home/a", XDG_RUNTIME_DIR: "/run/user/7" }, contexts: [], platform: "linux", uid: 7 };
const colima = { name: "colima", host: "unix:///home/a/.colima/docker.sock", skipVerify: false };

/** One candidate a line. */
function text(input: Partial<AddressInput>): string {
  return engineCandidates({ ...linux, ...input }).map(({ address, source }) => `${addressText(address)} — ${source}`).join("\n");
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing was thrown";
}

describe("who decides which engine it is", () => {
  test("without a word every usual socket is tried, Docker's before Podman's", () => {
    expect(text({})).toBe(`unix:///var/run/docker.sock — the default socket
unix:///run/user/7/docker.sock — the rootless Docker socket
unix:///home/a/.docker/run/docker.sock — Docker Desktop's socket
unix:///home/a/.docker/desktop/docker.sock — Docker Desktop's socket
unix:///run/user/7/podman/podman.sock — the rootless Podman socket
unix:///run/podman/podman.sock — the Podman socket`);
  });

  test("the configuration, then DOCKER_HOST, then DOCKER_CONTEXT, then the current context: each is the only one", () => {
    const said = { contexts: [colima, { ...colima, name: "other", host: "unix:///other.sock" }], currentContext: "colima", environment: { DOCKER_HOST: "unix:///host.sock", DOCKER_CONTEXT: "other" } };
    expect(text({ ...said, explicit: "tcp://box:1234" })).toBe("tcp://box:1234 — the configuration");
    expect(text({ ...said, explicit: "other" })).toBe('unix:///other.sock — the docker context "other"');
    expect(text(said)).toBe("unix:///host.sock — DOCKER_HOST");
    expect(text({ ...said, environment: { DOCKER_CONTEXT: "other" } })).toBe('unix:///other.sock — the docker context "other"');
    expect(text({ ...said, environment: {} })).toBe('unix:///home/a/.colima/docker.sock — the docker context "colima"');
  });

  test("the context called default is no context", () => {
    expect(text({ currentContext: "default" })).toBe(text({}));
    expect(text({ contexts: [colima], currentContext: "colima", environment: { ...linux.environment, DOCKER_CONTEXT: "default" } })).toBe(text({}));
  });

  test("a context that is not there is an error that names those that are", () => {
    expect(messageOf(() => text({ contexts: [colima], environment: { DOCKER_CONTEXT: "colma" } }))).toBe('there is no docker context "colma", which DOCKER_CONTEXT names');
  });
});

describe("addresses", () => {
  test.each([
    ["/a/b.sock", { kind: "unix", socket: "/a/b.sock" }],
    ["unix:///a/b.sock", { kind: "unix", socket: "/a/b.sock" }],
    ["tcp://box", { kind: "tcp", host: "box", port: 2375 }],
    ["tcp://[::1]:99", { kind: "tcp", host: "::1", port: 99 }],
    ["https://box", { kind: "tcp", host: "box", port: 2376, tls: { skipVerify: false } }],
    ["ssh://me@box:2222", { kind: "ssh", destination: "me@box", port: 2222, socket: "/var/run/docker.sock" }],
    ["ssh://box/run/user/7/docker.sock", { kind: "ssh", destination: "box", socket: "/run/user/7/docker.sock" }],
  ])("%s", (written, address) => {
    expect(parseAddress(written, "DOCKER_HOST")).toEqual(address);
  });

  test.each(["", "box:2375", "ftp://box", "unix://", "tcp://", "ssh://-oProxyCommand=x"])("%s is none", (written) => {
    expect(messageOf(() => parseAddress(written, "DOCKER_HOST"))).toMatch(/is no (address of an engine|name of a host)$/);
  });

  test("TLS material is where the docker CLI has it", () => {
    const [candidate] = engineCandidates({ ...linux, environment: { HOME: "/home/a", DOCKER_HOST: "tcp://box", DOCKER_TLS_VERIFY: "1" } });
    const tls = { ca: "/home/a/.docker/ca.pem", certificate: "/home/a/.docker/cert.pem", key: "/home/a/.docker/key.pem", skipVerify: false };
    expect(candidate?.address).toEqual({ kind: "tcp", host: "box", port: 2376, tls });
  });
});

test("contexts and the current one are read from the docker CLI's files", () => {
  const directory = temporaryDirectory(onTestFinished, "docker-config");
  const id = createHash("sha256").update("remote").digest("hex");
  for (const path of [`contexts/meta/${id}`, `contexts/tls/${id}/docker`, "contexts/meta/broken"]) mkdirSync(join(directory, path), { recursive: true });
  writeFileSync(join(directory, "config.json"), '{"currentContext":"remote","auths":{}}');
  writeFileSync(join(directory, `contexts/meta/${id}/meta.json`), '{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://box:2376","SkipTLSVerify":true}}}');
  writeFileSync(join(directory, "contexts/meta/broken/meta.json"), "{");
  writeFileSync(join(directory, `contexts/tls/${id}/docker/ca.pem`), "");
  const configuration = dockerConfiguration({ DOCKER_CONFIG: directory });
  expect(configuration).toEqual({ currentContext: "remote", contexts: [{ name: "remote", host: "tcp://box:2376", skipVerify: true, tls: { ca: join(directory, `contexts/tls/${id}/docker/ca.pem`) } }] });
  const [candidate] = engineCandidates({ ...linux, ...configuration });
  expect(candidate).toMatchObject({ source: 'the docker context "remote"', address: { kind: "tcp", host: "box", port: 2376, tls: { skipVerify: true } } });
  expect(dockerConfiguration({ HOME: join(directory, "nobody") })).toEqual({ contexts: [] });
});

test("where no engine answers, every place that was tried is named", async () => {
  const home = temporaryDirectory(onTestFinished, "home");
  const machine = observeMachine();
  const said = await findEngine({ environment: { DOCKER_HOST: `unix://${home}/none.sock` }, machine });
  expect(said).toMatchObject({ kind: "none", failure: { reason: "engine_unreachable", message: `no container engine answers. Tried:\n  unix://${home}/none.sock (DOCKER_HOST): its socket is not there`, hint: "DOCKER_HOST says where the engine is: start it there, or change that" } });
  const refused = await findEngine({ environment: {}, machine }, "tcp://127.0.0.1:1");
  expect(refused).toMatchObject({ kind: "none", failure: { message: "no container engine answers. Tried:\n  tcp://127.0.0.1:1 (the configuration): nothing listens there" } });
  const wrong = await findEngine({ environment: { DOCKER_HOST: "nonsense" }, machine });
  expect(wrong).toMatchObject({ kind: "none", failure: { reason: "configuration_invalid", message: 'DOCKER_HOST says "nonsense", which is no address of an engine' } });
});
