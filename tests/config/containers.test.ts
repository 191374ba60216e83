import { expect, test } from "vitest";
import { directoryWith, failuresIn, resolveIn } from "./scratch.ts";

function configured(service: string) {
  return resolveIn(directoryWith({ ".envctl": `services: { web: ${service} }\n` })).resolved.config.services["web"];
}

test("an image or a build makes a service a container", () => {
  expect(configured("{ image: 'nginx:1.27', port: 8080, container_port: 80, volumes: { data: /data } }")).toMatchObject({ executor: "container", command: [], container: { image: "nginx:1.27", port: 80, volumes: { data: "/data" }, network: "project" } });
  expect(configured("{ build: ., dockerfile: Dockerfile.dev, args: { NODE: 22 }, run: npm start, network: host }")).toMatchObject({ executor: "container", command: "npm start", container: { build: { context: ".", dockerfile: "Dockerfile.dev", args: { NODE: "22" } }, network: "host" } });
});

test.each([
  ["{ image: a, command: b }", "`services.web` has a command beside its image"],
  ["{ image: a, build: . }", "`services.web` has an image and a build"],
  ["{ image: a, executor: thread }", "`services.web.executor` is thread, but the service has an image"],
  ["{ image: a, dockerfile: b }", "`services.web.dockerfile` is about a build, and the service has an image"],
  ["{ image: a, network: host, container_port: 80 }", "`services.web.container_port` says what is published, and in the machine's network nothing is"],
  ["{ image: a, volumes: { data: data } }", '`services.web.volumes.data` is "data"'],
  ["{ command: a, volumes: { data: /data } }", "`services.web.volumes` is about a container, and the service is none"],
])("%s is no container that can be run", (service, message) => {
  expect(failuresIn(directoryWith({ ".envctl": `services: { web: ${service} }\n` })).map((failure) => failure.message)).toContain(message);
});
