import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { startDovecot } from './dovecot.ts';
import type { Dovecot } from './dovecot.ts';
import { generateLoad } from './load.ts';
import { freshDatabase } from './postgres.ts';
import type { FreshDatabase } from './postgres.ts';
import { startSmtpSink } from './smtp-sink.ts';
import type { SmtpSink } from './smtp-sink.ts';
import { measureParts, PARTS } from '../bench/parts/measure-parts.ts';

describeDovecot('the parts that the bench compares with', () => {
  let dovecot: Dovecot;
  let database: FreshDatabase;
  let sink: SmtpSink;

  beforeAll(async () => {
    dovecot = await startDovecot();
    database = await freshDatabase();
    sink = await startSmtpSink();
  });
  afterAll(async () => {
    await Promise.all([dovecot.stop(), database.drop(), sink.stop()]);
  });

  test('each does its work on every message and has its figure', async () => {
    const messages = [...generateLoad({ count: 60 })];
    for (const round of [1, 2]) {
      const figures = await measureParts({ messages, dovecot, pgUrl: database.url, sinkPort: sink.port });
      for (const part of PARTS) expect(figures[part.id], part.id).toBeGreaterThan(0);
      expect(figures['store_tickets_postgres']).toBeGreaterThanOrEqual(0);
      const taken = await sink.accepted();
      expect(taken).toHaveLength(60 * round);
      expect(taken.at(-1)).toMatchObject({ messageId: '<part.59@desk.test>', to: ['ana.59@customer.example'] });
    }
  });
});
