import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Actor } from '../../src/access/actor.ts';
import { bodyField, secretField } from '../../src/access/fields.ts';
import { changed, changeOperation, perform, probeOperation, readOperation } from '../../src/access/operation.ts';
import { addOperator, showOperators } from '../../src/access/operations.ts';
import { PERMISSIONS } from '../../src/access/permissions.ts';
import { refusal } from '../../src/access/refusal.ts';
import { insertOperator } from '../../src/access/store.ts';
import type { OperatorId } from '../../src/db/ids.ts';
import { ROLES } from '../../src/db/schema/access.ts';
import { Secret } from '../../src/lib/crypto.ts';
import { err, ok } from '../../src/lib/result.ts';
import { address } from '../support/seed.ts';
import type { TestDesk } from './desk.ts';
import { CLI, openTestDesk } from './desk.ts';

let desk: TestDesk;
beforeAll(async () => void (desk = await openTestDesk()));
afterAll(() => desk.drop());

const operator = (role: (typeof ROLES)[number]): Actor => ({
  is: 'operator',
  id: 3 as OperatorId,
  name: 'Jonas Weil',
  address: address('jonas@desk.example'),
  role,
});

const auditOf = (name: string) => desk.db.sql<{ actor: string; input: unknown; outcome: string }[]>`
  select actor, input, outcome from audit_rows where operation = ${name} order by id`;

const matrix = PERMISSIONS.flatMap(({ id, says, roles }) =>
  ROLES.map((role) => ({ id, says, role, may: (roles as readonly string[]).includes(role) })),
);

test.each(matrix)('$role: may $says: $may', async ({ id, role, may }) => {
  const probe = readOperation({
    name: 'test.look',
    permission: id,
    input: z.strictObject({}),
    run: () => Promise.resolve(ok('seen')),
  });
  const result = await perform(desk.deps, operator(role), probe, {});
  expect(result.ok ? 'may' : result.error.code).toBe(may ? 'may' : 'not_allowed');
});

test('a refusal for want of a permission names who may', async () => {
  const { message, mend } = await desk.refused(
    addOperator,
    { address: 'x@desk.example', name: 'X' },
    operator('agent'),
  );
  expect(message).toBe('jonas@desk.example is agent and may not add, change and disable operators.');
  expect(mend).toBe('It takes an operator who is admin.');
  expect(await desk.done(showOperators, {})).toEqual([]);
});

test('an attempt without permission is in the audit, without its input', async () => {
  const rows = await auditOf('operator.add');
  expect(rows).toEqual([{ actor: 'operator:3', input: {}, outcome: 'refused: not_allowed' }]);
});

test('all problems of an input are told at once, each with its field', async () => {
  const { code, problems } = await desk.refused(addOperator, { address: 'nobody', role: 'boss', extra: 1 });
  expect(code).toBe('invalid_input');
  expect(problems.map(({ field, says }) => `${field} ${says}`)).toEqual([
    'address is an e-mail address such as ana@customer.example, not "nobody"',
    'name is missing',
    'role is admin or agent or read_only',
    'extra is not known here',
  ]);
});

test('whatever is refused has changed nothing, and the audit says so', async () => {
  const half = changeOperation({
    name: 'test.half',
    permission: 'operator.manage',
    input: z.strictObject({}),
    run: async ({ tx }) => {
      await insertOperator(tx, { address: address('half@desk.example'), name: 'Half', role: 'agent' });
      return err(refusal('no', 'No.', 'Never mind.'));
    },
  });
  expect(await desk.refused(half, {})).toMatchObject({ code: 'no' });
  expect(await desk.done(showOperators, {})).toEqual([]);
  expect(await auditOf('test.half')).toEqual([{ actor: 'system:cli', input: {}, outcome: 'refused: no' }]);
});

test('a bug in the middle rolls everything back and is thrown', async () => {
  const broken = changeOperation({
    name: 'test.broken',
    permission: 'operator.manage',
    input: z.strictObject({}),
    run: async ({ tx }) => {
      await insertOperator(tx, { address: address('half@desk.example'), name: 'Half', role: 'agent' });
      throw new Error('a bug');
    },
  });
  await expect(perform(desk.deps, CLI, broken, {})).rejects.toThrow('a bug');
  expect(await desk.done(showOperators, {})).toEqual([]);
  expect(await auditOf('test.broken')).toEqual([]);
});

test('the events of a change are stored with its actor, in its transaction', async () => {
  const eventful = changeOperation({
    name: 'test.eventful',
    permission: 'ticket.write',
    input: z.strictObject({}),
    run: () => {
      const nothing = { ticketId: null, entryId: null, contactId: null, inboundId: null };
      return Promise.resolve(changed('done', [{ kind: 'note_added', ...nothing }]));
    },
  });
  await desk.done(eventful, {}, operator('agent'));
  expect(await desk.db.sql`select kind, actor from events`).toEqual([{ kind: 'note_added', actor: 'operator:3' }]);
});

test.each(['change', 'probe'] as const)('the secrets of a %s reach neither the audit nor a refusal', async (kind) => {
  const name = `test.secret_${kind}`;
  const heard: string[] = [];
  const input = z.strictObject({ server: z.strictObject({ password: secretField }), text: bodyField });
  const hear = ({ server }: z.infer<typeof input>) => {
    heard.push(server.password.reveal());
    return refusal('no', `It was ${String(server.password)}.`, 'Never mind.');
  };
  const operation =
    kind === 'change'
      ? changeOperation({
          name,
          permission: 'mailbox.manage',
          input,
          run: (_, given) => Promise.resolve(err(hear(given))),
        })
      : probeOperation({
          name,
          permission: 'mailbox.manage',
          input,
          run: (_, given) => Promise.resolve(err(hear(given))),
        });
  const refused = await desk.refused(operation, { server: { password: 'hunter2-lantern' }, text: 'a'.repeat(5000) });
  expect(heard).toEqual(['hunter2-lantern']);
  const audited = JSON.stringify(await auditOf(name));
  expect(audited).toContain('[secret]');
  expect(audited.length).toBeLessThan(1000);
  expect(audited + JSON.stringify(refused)).not.toContain('hunter2');
});

test('a secret of the wrong form is not quoted', async () => {
  const operation = readOperation({
    name: 'test.secret_form',
    permission: 'mailbox.manage',
    input: z.strictObject({ password: secretField }),
    run: () => Promise.resolve(ok(new Secret('x'))),
  });
  const refused = await desk.refused(operation, { password: ['hunter2'], hunter3: 1 });
  expect(JSON.stringify(refused.problems)).toContain('password');
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

test('an address is one operator; the second hears who has it', async () => {
  await desk.done(addOperator, { address: 'Jonas@Desk.example', name: 'Jonas Weil', role: 'admin' });
  const { message } = await desk.refused(addOperator, { address: 'jonas@desk.example', name: 'Another' });
  expect(message).toBe('jonas@desk.example is an operator already: Jonas Weil, admin.');
});

test('a read may look at the desk as it is at one moment, whatever others write meanwhile', async () => {
  const count = readOperation({
    name: 'test.still',
    permission: 'audit.read',
    input: z.strictObject({}),
    run: async ({ db, atOneMoment }) =>
      ok(
        await atOneMoment(async (still) => {
          const before = await still.sql`select 1 from departments`;
          await db.sql`insert into departments (name) values ('Purchasing')`;
          const after = await still.sql`select 1 from departments`;
          return [before.count, after.count];
        }),
      ),
  });
  expect(await desk.done(count, {})).toEqual([0, 0]);
  expect(await desk.db.sql`select 1 from departments`).toHaveLength(1);
});
