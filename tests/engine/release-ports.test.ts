import { expect, test } from "vitest";
import { freePorts } from "../rig/ports.ts";
import { playing, workshop } from "./workshop.ts";

test("ports of units that are gone, and ports a unit does not use any more, are given back with the next intent", async () => {
  const port = await freePorts(3);
  const shop = await workshop({ api: { command: playing({ listen: port }), port } });
  const { reservations } = shop.engine;
  await shop.submit("start");
  await reservations.reserve([{ port: port + 1, unitId: "Main/api" }, { port: port + 2, unitId: "Main/gone" }]);
  await shop.submit("start");
  expect(reservations.own().map((one) => one.port)).toEqual([port]);
});
