import type postgres from 'postgres';

/** Tables with the keys that the real ones need, in a schema of their own. */
export async function createTables(sql: postgres.Sql): Promise<void> {
  await dropTables(sql);
  await sql.unsafe(`
    create schema parts;
    create table parts.raw (id bigint primary key, bytes bytea not null);
    alter table parts.raw alter bytes set storage external;
    create table parts.inbound (id bigint primary key, status text not null);
    insert into parts.inbound select id, 'received' from generate_series(0, 99999) id;
    create table parts.contact (id bigint generated always as identity primary key, address text not null unique);
    create table parts.ticket (id bigint primary key, contact_id bigint not null references parts.contact, subject text not null);
    create table parts.entry (id bigint primary key, ticket_id bigint not null references parts.ticket, message_id text not null, body text not null);
    create index on parts.entry (message_id);
    create table parts.decision (id bigint primary key, verdict text not null, trace jsonb not null);
    create table parts.event (id bigint primary key, ticket_id bigint not null references parts.ticket, kind text not null);
    create table parts.notification (id bigint primary key, event_id bigint not null references parts.event, recipient text not null, view jsonb not null);
    create index on parts.notification (recipient);
    analyze;
  `);
}

/** Takes them away again. */
export async function dropTables(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`set client_min_messages = warning; drop schema if exists parts cascade`);
}
