/** PUT and GET of `/<name>`; GET of `/` lists the names. */
import { readFile, readdir, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const [port, directory = "."] = process.argv.slice(2);

createServer(async (request, response) => {
  const name = encodeURIComponent(decodeURIComponent((request.url ?? "/").slice(1)));
  const file = join(directory, `${name}.object`);
  try {
    if (name === "") {
      const names = (await readdir(directory)).filter((one) => one.endsWith(".object"));
      response.setHeader("content-type", "application/json").end(JSON.stringify(names.map((one) => decodeURIComponent(one.slice(0, -".object".length)))));
    } else if (request.method === "PUT") {
      await writeFile(`${file}.new`, request);
      await rename(`${file}.new`, file);
      response.writeHead(204).end();
    } else response.end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(port), "127.0.0.1");
