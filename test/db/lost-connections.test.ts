import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction, isConnectionTrouble, listen, openDb } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { freshDatabase, startCluster } from '../support/postgres.ts';
import type { Cluster, FreshDatabase } from '../support/postgres.ts';

const MAX_CONNECTIONS = 4;
const USERS = 8;
const ROWS_A_TRANSACTION = 4;

/** Transactions and queries of eight users on a pool of four, until told to end; what was acknowledged is remembered. */
class Load {
  readonly acknowledged = new Set<number>();
  troubles = 0;
  #begun = 0;
  #isEnding = false;
  readonly #db: Db;
  readonly #users: Promise<void>[];
  #progress = Promise.withResolvers<void>();

  constructor(db: Db) {
    this.#db = db;
    this.#users = Array.from({ length: USERS }, () => this.#use());
  }

  /** Resolves when `count` more transactions have been acknowledged. */
  async progress(count: number): Promise<void> {
    for (const goal = this.acknowledged.size + count; this.acknowledged.size < goal;) await this.#progress.promise;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#users);
  }

  async #use(): Promise<void> {
    while (!this.#isEnding) {
      const id = ++this.#begun;
      try {
        if (id % 3 === 0) await this.#db.sql`select ${id}::int as id, pg_sleep(0.001)`;
        await this.#transact(id);
        this.acknowledged.add(id);
        this.#progress.resolve();
        this.#progress = Promise.withResolvers();
      } catch (error) {
        if (!isConnectionTrouble(error)) throw error;
        this.troubles++;
      }
    }
  }

  /** One after the other, or all at once: then they are queued in the driver when the connection goes. */
  #transact(id: number): Promise<unknown> {
    return inTransaction(this.#db, async ({ sql }) => {
      const add = (position: number) =>
        sql`insert into entries values (${id}, ${position}, pg_current_xact_id()::text)`;
      if (id % 2 === 0) return Promise.all(Array.from({ length: ROWS_A_TRANSACTION }, (_, position) => add(position)));
      for (let position = 0; position < ROWS_A_TRANSACTION; position++) await add(position);
      return [];
    });
  }
}

const createEntries = (db: Db) =>
  db.sql`create table entries (id int, position int, xact text, primary key (id, position))`;

/** All or nothing of each transaction, within one transaction of the server, and all of each acknowledged one. */
async function expectWhole(db: Db, load: Load): Promise<void> {
  const broken = await db.sql`
    select id from entries group by id having count(*) <> ${ROWS_A_TRANSACTION} or count(distinct xact) <> 1`;
  expect(broken).toEqual([]);
  const shared = await db.sql`select xact from entries group by xact having count(distinct id) > 1`;
  expect(shared).toEqual([]);
  const kept = new Set((await db.sql<{ id: number }[]>`select distinct id from entries`).map((row) => row.id));
  expect([...load.acknowledged].filter((id) => !kept.has(id))).toEqual([]);
  const open = await db.sql`select pid from pg_stat_activity
    where application_name = current_setting('application_name') and state like 'idle in transaction%'`;
  expect(open).toEqual([]);
}

/** All its connections are used at once, and answer. */
async function expectAlive(db: Db): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: 3 * MAX_CONNECTIONS }, (_, n) => inTransaction(db, ({ sql }) => sql`select ${n}::int as n`)),
  );
  expect(answers.map(([row]) => row?.['n'])).toEqual(answers.map((_, n) => n));
}

describe('connections killed under load', () => {
  let fresh: FreshDatabase;
  let admin: Db;
  beforeAll(async () => {
    fresh = await freshDatabase(MAX_CONNECTIONS);
    admin = openDb({ url: fresh.url, maxConnections: 1, applicationName: 'killer' });
    await createEntries(fresh.db);
  });
  afterAll(async () => {
    await admin.close();
    await fresh.drop();
  });

  const killOne = async (applicationName: string): Promise<number> => {
    const killed = await admin.sql`
      select pg_terminate_backend(pid) from
        (select pid from pg_stat_activity
          where application_name = ${applicationName} and datname = current_database()
          order by random() limit 1)`;
    return killed.length;
  };

  test('200 of them cost no acknowledged commit, no half transaction and not the pool', async () => {
    const [row] = await fresh.db.sql<{ name: string }[]>`select current_setting('application_name') as name`;
    const load = new Load(fresh.db);
    for (let kills = 0; kills < 200;) {
      kills += await killOne(row?.name ?? '');
      await load.progress(2);
    }
    await load.end();
    await expectAlive(fresh.db);
    await expectWhole(fresh.db, load);
    expect(load.troubles).toBeGreaterThan(50);
  });

  test('a transaction goes on after its connection went and another took its place: nothing of it is applied', async () => {
    const name = 'replaced';
    const db = openDb({ url: fresh.url, maxConnections: 1, applicationName: name });
    const isBack = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const run = inTransaction(db, async (tx) => {
      await tx.sql`select 1`;
      await killOne(name);
      await isBack.promise;
      late.resolve(await tx.sql`insert into entries values (-2, 0, '')`.catch((error: unknown) => error));
    });
    expect(isConnectionTrouble(await run.catch((error: unknown) => error))).toBe(true);
    await db.sql`select 1`;
    isBack.resolve();
    expect(isConnectionTrouble(await late.promise)).toBe(true);
    expect(await db.sql`select 1 from entries where id = -2`).toEqual([]);
    await db.close();
  });

  test('a listener listens again, and is told that it missed something', async () => {
    const heard: (string | null)[] = [];
    let next = Promise.withResolvers<void>();
    const hear = async (count: number) => {
      while (heard.length < count) await next.promise;
    };
    const ending = new AbortController();
    const note = (payload: string | null) => {
      heard.push(payload);
      next.resolve();
      next = Promise.withResolvers();
    };
    await listen(fresh.db, 'desk', note, ending.signal);
    await fresh.db.sql`select pg_notify('desk', 'one')`;
    await hear(1);
    for (const kill of [1, 2, 3]) {
      while ((await killOne('deskbell listen')) === 0);
      await hear(2 * kill);
      await fresh.db.sql`select pg_notify('desk', 'more')`;
      await hear(2 * kill + 1);
    }
    expect(heard).toEqual(['one', null, 'more', null, 'more', null, 'more']);
    ending.abort();
    const remaining = () => admin.sql`select 1 from pg_stat_activity where application_name = 'deskbell listen'`;
    await expect.poll(remaining).toEqual([]);
    expect(heard).toHaveLength(7);
  });
});

describe('a server stopped under load', () => {
  let cluster: Cluster;
  let db: Db;
  beforeAll(async () => {
    cluster = await startCluster();
    db = openDb({ url: cluster.url, maxConnections: MAX_CONNECTIONS, applicationName: 'restart' });
    await createEntries(db);
  });
  afterAll(async () => {
    await db.close();
    await cluster.remove();
  });

  test('three times, at once or in order, costs no acknowledged commit and no half transaction', async () => {
    const load = new Load(db);
    const ending = new AbortController();
    let wasTold = Promise.withResolvers<void>();
    await listen(db, 'desk', () => wasTold.resolve(), ending.signal);
    for (const mode of ['immediate', 'fast', 'immediate'] as const) {
      await load.progress(50);
      wasTold = Promise.withResolvers();
      await cluster.kill(mode);
      await cluster.start();
      await Promise.all([load.progress(50), wasTold.promise]);
    }
    ending.abort();
    await load.end();
    await expectAlive(db);
    await expectWhole(db, load);
  });
});
