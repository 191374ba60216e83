import { mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { makeOwnDirectory } from "../../src/requirements/engines/account.ts";
import type { Requirement } from "../../src/requirements/adapter.ts";
import { embeddedPostgres, postgres } from "../../src/requirements/postgres.ts";
import type { PostgresSettings } from "../../src/requirements/postgres-settings.ts";
import { freePorts } from "../rig/ports.ts";
import { bind, configOf, createBench, revealed, startServer, type Bench, type Bound } from "./bench.ts";

const adapter: Requirement<PostgresSettings> = postgres;

/** Copies the data of one project to the place of another's and prepares them for it. */
async function copied(bench: Bench, from: Bound<PostgresSettings>, to: Bound<PostgresSettings>, isLive: boolean): Promise<void> {
  mkdirSync(dirname(to.input.dataDirectory), { recursive: true, mode: 0o711 });
  makeOwnDirectory(to.input.dataDirectory, bench.host.machine.serverAccount);
  await embeddedPostgres.copy?.({ ...from.input, to: to.input.dataDirectory, isLive }, bench.host);
  await to.prepare();
}

async function twoProjects(settings: Readonly<Record<string, unknown>> = {}): Promise<readonly [Bench, Bound<PostgresSettings>, Bound<PostgresSettings>]> {
  const bench = createBench(onTestFinished);
  const [port, ours] = [await freePorts(1), await freePorts(1)];
  const main = await bind(bench, adapter, configOf("postgres", settings), port);
  await main.prepare();
  return [bench, main, await bind(bench, adapter, configOf("postgres", settings), ours, "feature")];
}

async function connected(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Money that only moves: whatever moment is looked at, the sum is the same. */
const bank = "create table account as select n as id, 1000 as money, repeat('x', 200) as padding from generate_series(1, 5000) n; create table transfer (id bigserial, amount int)";
const sum = "select sum(money)::int as sum, count(*)::int as accounts from account";

/** Does something again and again until told to stop; resolves with how often. */
function again(turn: (index: number) => Promise<unknown>): () => Promise<number> {
  const told = new AbortController();
  const work = (async () => {
    let index = 0;
    for (; !told.signal.aborted; index += 1) await turn(index);
    return index;
  })();
  return () => {
    told.abort();
    return work;
  };
}

async function move(client: Client, index: number): Promise<void> {
  await client.query("begin");
  await client.query("update account set money = money - 7 where id = $1", [(index * 7919) % 5000 + 1]);
  await client.query("update account set money = money + 7 where id = $1", [(index * 104_729) % 5000 + 1]);
  await client.query("insert into transfer (amount) values (7)");
  await client.query("commit");
}

test.each([14, 16])("a copy of a running PostgreSQL %i that is written to is of one moment", { timeout: 120_000 }, async (version) => {
  const [bench, main, feature] = await twoProjects({ version });
  await startServer(bench, adapter, main.input, onTestFinished);
  const writer = await connected(revealed(adapter, main.input)["url"] ?? "");
  await writer.query(bank);
  await writer.query("checkpoint");
  const [mover, flusher] = [await connected(revealed(adapter, main.input)["url"] ?? ""), await connected(revealed(adapter, main.input)["url"] ?? "")];
  const stop = again((index) => move(mover, index));
  // Where a server would begin to recover moves on while its files are read.
  const stopFlushing = again(() => flusher.query("checkpoint"));
  await expect.poll(async () => Number((await writer.query("select count(*) from transfer")).rows[0]?.count)).toBeGreaterThan(20);
  await copied(bench, main, feature, true);
  expect([await stop(), await stopFlushing()].every((turns) => turns > 2)).toBe(true);

  await startServer(bench, adapter, feature.input, onTestFinished);
  const reader = await connected(revealed(adapter, feature.input)["url"] ?? "");
  expect((await reader.query(sum)).rows).toEqual([{ sum: 5_000_000, accounts: 5000 }]);
  // An index and a whole reading agree: no page is torn.
  await reader.query("create extension amcheck");
  expect((await reader.query("select count(bt_index_check(c.oid))::int > 100 as checked from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam where a.amname = 'btree' and c.relpersistence = 'p' and i.indisvalid")).rows).toEqual([{ checked: true }]);
  expect((await reader.query("select count(*) = max(id) as gapless from transfer")).rows).toEqual([{ gapless: true }]);
  expect((await reader.query("select count(*)::int as slots from pg_replication_slots")).rows).toEqual([{ slots: 0 }]);
  expect((await writer.query("select count(*)::int as slots from pg_replication_slots")).rows, "the original keeps nothing of the copy").toEqual([{ slots: 0 }]);
  expect(revealed(adapter, feature.input)["password"]).not.toBe(revealed(adapter, main.input)["password"]);
});

test("a copy of a stopped server has its rows; one that runs unknown to us is not copied", { timeout: 60_000 }, async () => {
  const [bench, main, feature] = await twoProjects();
  const server = await startServer(bench, adapter, main.input, onTestFinished);
  const writer = new Client(revealed(adapter, main.input)["url"] ?? "");
  await writer.connect();
  await writer.query("create table note as select 'kept' as text");
  await writer.end();
  await expect(copied(bench, main, feature, false)).rejects.toMatchObject({ failures: [{ message: expect.stringContaining(`a server that this run does not know uses it (pid ${server.child.pid})`) }] });
  expect(readdirSync(feature.input.dataDirectory)).toEqual([]);
  await server.stop();
  await embeddedPostgres.copy?.({ ...main.input, to: feature.input.dataDirectory, isLive: false }, bench.host);
  await feature.prepare();
  await startServer(bench, adapter, feature.input, onTestFinished);
  const reader = await connected(revealed(adapter, feature.input)["url"] ?? "");
  expect((await reader.query("select text from note")).rows).toEqual([{ text: "kept" }]);
});
