/** How a program is told its port, read from its command or its source. */

/** What a service needs so that it listens where it should, and what is not sure about that. */
export interface Told {
  readonly env: Readonly<Record<string, string>>;
  /** The port it has of itself. */
  readonly port?: number;
  readonly guess?: string;
}

/** A port written into a command: `-p 3000`, `--port=3000`, `PORT=3000`, `-b 0.0.0.0:8000`. */
export const fixedPort = /(--port[= ]|-p[= ]?|\bPORT=|-b[= ]\S*?:|--bind[= ]\S*?:|--(?:server-)?addr(?:ess)?[= ]\S*?:|runserver (?:[\w.]+:)?)(\d{2,5})\b/;

const readers = "process\\.env|import\\.meta\\.env|Bun\\.env|Deno\\.env\\.get|[gG]et_?[eE]nv|LookupEnv|getenv|env::var(?:_os)?|ENV|ENV\\.fetch|environ(?:\\.get)?|GetEnvironmentVariable|\\benv|[cC]onfig(?:Service)?\\.get";
const variable = new RegExp(`(?:${readers})(?:<\\w+>)?[^A-Za-z0-9]{1,4}((?:[A-Z][A-Z0-9]*_)*PORT)\\b`, "g");
/** A configuration object that is checked as a whole: `PORT: z.coerce.number()`. */
const checkedObject = /^\s*PORT\s*[:=]\s*(?:z|Joi|num|port|str|Type|v)\b/m;
const foreign = /^(?:DB|DATABASE|PG|POSTGRES|REDIS|MYSQL|MONGO|SMTP|MAIL|CACHE|METRICS|DEBUG|HMR|RABBITMQ|KAFKA|ELASTIC)/;
const literal = /(?:listen|bind|serve|\brun|\bstart|addr|port)\w*\W{1,12}(?:[\w.[\]]*:)?(?:[\w.]+["'], )?(\d{4,5})\b/i;

/** From the texts of its source. A variable that is read leaves no doubt. */
export function toldBySource(texts: readonly string[]): Told {
  for (const text of texts) {
    const names = [...text.matchAll(variable)].map((match) => match[1] ?? "").filter((name) => !foreign.test(name));
    const name = names[0] ?? (checkedObject.test(text) ? "PORT" : undefined);
    if (name !== undefined) return { env: { [name]: "{port}" } };
  }
  const port = texts.map((text) => Number(literal.exec(text)?.[1])).find((one) => one > 1023);
  if (port === undefined) return { env: { PORT: "{port}" }, guess: "its source does not show how it is told its port; PORT is passed" };
  return { env: { PORT: "{port}" }, port, guess: `its source names port ${port} and reads no variable: make it read PORT` };
}
