/**
 * What a Supabase has inside its PostgreSQL before a project adds anything, as far as an application and its migrations see it:
 * roles, schemas, the functions of row level security, and the tables policies refer to. Idempotent: every statement leaves
 * what is there as it is. Source: the images' own scripts and the platform's documentation of roles and helper functions.
 */
import { hashOf } from "../model/hash.ts";
import { quotedName } from "./postgres-settings.ts";
import { supabaseUser } from "./supabase-settings.ts";

/** Name → attributes. */
const roles: Readonly<Record<string, string>> = {
  [supabaseUser]: "login createdb createrole replication bypassrls",
  anon: "nologin noinherit",
  authenticated: "nologin noinherit",
  service_role: "nologin noinherit bypassrls",
  authenticator: "login noinherit",
  supabase_auth_admin: "login noinherit createrole",
  supabase_storage_admin: "login noinherit createrole",
  supabase_realtime_admin: "nologin noinherit",
  supabase_functions_admin: "login noinherit createrole",
  supabase_replication_admin: "login replication",
  supabase_read_only_user: "login bypassrls",
  dashboard_user: "nologin createdb createrole replication",
};

const loginRoles = Object.entries(roles).filter(([, attributes]) => attributes.startsWith("login")).map(([name]) => name);

const belongings = `
alter database postgres owner to postgres;
alter schema public owner to postgres;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor to postgres;
grant pg_read_all_data to supabase_read_only_user;
`;

const roleSettings = `
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role supabase_auth_admin set search_path = 'auth';
alter role supabase_storage_admin set search_path = 'storage';
alter database postgres set search_path = "$user", public, extensions;
`;

const schemas = `
create schema if not exists auth authorization supabase_auth_admin;
create schema if not exists storage authorization supabase_storage_admin;
create schema if not exists extensions authorization postgres;
create schema if not exists realtime authorization supabase_realtime_admin;
create schema if not exists graphql_public;
grant usage on schema public, auth, storage, extensions, realtime, graphql_public to postgres, anon, authenticated, service_role;
grant create on schema auth, storage, realtime, graphql_public to postgres;
grant all on schema public to service_role;
`;

/** Not every server has them; a migration that needs one that is missing says so itself. */
const extensions = ["uuid-ossp", "pgcrypto", "pg_stat_statements"]
  .map((name) => `do $$ begin if exists (select 1 from pg_available_extensions where name = '${name}') then create extension if not exists ${quotedName(name)} schema extensions; end if; end $$;`)
  .join("\n");

const defaultPrivileges = ["tables", "functions", "sequences"]
  .flatMap((kind) => ["postgres", "supabase_admin"].map((owner) => `alter default privileges for role ${owner} in schema public grant all on ${kind} to postgres, anon, authenticated, service_role;`))
  .join("\n");

/** A claim of the token a request came with: the gateway's API sets them all at once, older ones one by one. */
function claimFunction(name: string, claim: string, type: string): string {
  return `create or replace function auth.${name}() returns ${type} language sql stable as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claim.${claim}', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> '${claim}'), '')::${type}
$$;
alter function auth.${name}() owner to supabase_auth_admin;`;
}

const rlsHelpers = `
create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;
alter function auth.jwt() owner to supabase_auth_admin;
${claimFunction("uid", "sub", "uuid")}
${claimFunction("role", "role", "text")}
${claimFunction("email", "email", "text")}
`;

/** The columns that policies, foreign keys and seeds refer to; whoever serves auth and storage makes the rest itself. */
const stubs = `
create table if not exists auth.users (
  instance_id uuid, id uuid primary key default gen_random_uuid(), aud varchar(255), role varchar(255), email varchar(255) unique, encrypted_password varchar(255),
  email_confirmed_at timestamptz, phone text unique, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
  created_at timestamptz default now(), updated_at timestamptz default now(), banned_until timestamptz, deleted_at timestamptz, is_anonymous boolean not null default false
);
alter table auth.users owner to supabase_auth_admin;
grant all on auth.users to postgres, dashboard_user;
create table if not exists storage.buckets (
  id text primary key, name text not null unique, owner uuid, owner_id text, public boolean default false, file_size_limit bigint, allowed_mime_types text[],
  created_at timestamptz default now(), updated_at timestamptz default now()
);
create table if not exists storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets, name text, owner uuid, owner_id text, metadata jsonb, user_metadata jsonb,
  version text, path_tokens text[] generated always as (string_to_array(name, '/')) stored, created_at timestamptz default now(), updated_at timestamptz default now(), last_accessed_at timestamptz default now(),
  unique (bucket_id, name)
);
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to postgres, anon, authenticated, service_role;
grant supabase_storage_admin to postgres;
create or replace function storage.foldername(name text) returns text[] language sql immutable as $$ select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $$;
create or replace function storage.filename(name text) returns text language sql immutable as $$ select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)] $$;
create or replace function storage.extension(name text) returns text language sql immutable as $$ select reverse(split_part(reverse(storage.filename(name)), '.', 1)) $$;
do $$ begin if not exists (select 1 from pg_publication where pubname = 'supabase_realtime') then create publication supabase_realtime; end if; end $$;
alter publication supabase_realtime owner to postgres;
`;

/** All of it, for a server that is a PostgreSQL like any other; run as the superuser in one transaction. */
export function supabaseBootstrap(password: string): string {
  return [roleStatements(password), belongings, roleSettings, schemas, extensions, defaultPrivileges, rlsHelpers, stubs].join("\n");
}

/** For the server of Supabase's image, which has all but passwords and the place where the changes feed keeps its own. */
export function imageBootstrap(password: string): string {
  return `${roleStatements(password)}\n${belongings}\ncreate schema if not exists _realtime authorization supabase_admin;`;
}

/** Tells one bootstrap from another without holding its password. */
export function bootstrapMark(bootstrap: string): string {
  return `envctl ${hashOf(bootstrap)}`;
}

function roleStatements(password: string): string {
  const made = Object.entries(roles).map(([name, attributes]) => `do $$ begin if not exists (select 1 from pg_roles where rolname = '${name}') then create role ${name} ${attributes}; end if; end $$;`);
  return [...made, ...loginRoles.map((name) => `alter role ${name} password '${password.replaceAll("'", "''")}';`)].join("\n");
}
