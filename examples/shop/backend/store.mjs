/** Everything the shop keeps in PostgreSQL. */
import { Pool } from "pg";

const schema = `
  create table if not exists products (
    id integer generated always as identity primary key,
    name text not null unique,
    price_cents integer not null check (price_cents >= 0)
  );
  create table if not exists orders (
    id uuid primary key,
    product text not null,
    ordered_at timestamptz not null default now()
  );
  insert into products (name, price_cents) values ('Teapot', 2400), ('Lantern', 3900), ('Notebook', 700)
    on conflict (name) do nothing;
`;

export function openStore(url) {
  const pool = new Pool({ connectionString: url, max: 4 });
  // Without a listener an idle connection lost to a database restart would end the whole process.
  pool.on("error", (error) => console.error(`database connection lost: ${error.message}`));
  return {
    /** Creates what is missing, in one transaction (a simple query is one). The lock lets server and worker start at the same moment. */
    migrate: () => pool.query(`select pg_advisory_xact_lock(7415); ${schema}`),
    ping: () => pool.query("select 1"),
    products: async () => (await pool.query("select id, name, price_cents from products order by id")).rows,
    addProduct: async (name, priceCents) => {
      const added = await pool.query(
        "insert into products (name, price_cents) values ($1, $2) on conflict (name) do update set price_cents = excluded.price_cents returning id, name, price_cents",
        [name, priceCents],
      );
      return added.rows[0];
    },
    orders: async () => (await pool.query("select id, product, ordered_at from orders order by ordered_at desc limit 20")).rows,
    /** Writing the same order twice leaves one row, so an order may be delivered more than once. */
    addOrder: (order) => pool.query("insert into orders (id, product) values ($1, $2) on conflict (id) do nothing", [order.id, order.product]),
    close: () => pool.end(),
  };
}
