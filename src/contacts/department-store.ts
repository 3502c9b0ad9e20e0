import { eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import { sqlState } from '../db/client.ts';
import { departments } from '../db/schema/contacts.ts';

export interface DepartmentRow {
  readonly name: string;
  readonly contactCount: number;
}

/** Departments by name with how many people are in each, at most 1,000. */
export async function listDepartments(db: Queryable): Promise<readonly DepartmentRow[]> {
  return db.sql<DepartmentRow[]>`
    select d.name, coalesce(c.count, 0)::int as "contactCount"
    from departments d
    left join (select department, count(*) from contacts where department is not null group by department) c
      on c.department = d.name
    order by lower(d.name) limit 1000`;
}

/** The names alone, at most 1,000. */
export async function listDepartmentNames(db: Queryable): Promise<readonly string[]> {
  const rows = await db.sql<{ name: string }[]>`select name from departments order by lower(name) limit 1000`;
  return rows.map(({ name }) => name);
}

const isCalled = (name: string) => sql`lower(${departments.name}) = lower(${name})`;

/** How the department is written, whatever the case asked for; it stays until the transaction ends. Null: there is none. */
export async function holdDepartment(tx: Tx, name: string): Promise<string | null> {
  const [row] = await tx.orm.select().from(departments).where(isCalled(name)).for('key share');
  return row?.name ?? null;
}

/** The same, ours to change: nobody joins it meanwhile. */
export async function lockDepartment(tx: Tx, name: string): Promise<string | null> {
  const [row] = await tx.orm.select().from(departments).where(isCalled(name)).for('update');
  return row?.name ?? null;
}

/** A new department; false when there is one of that name, whatever the case. */
export async function insertDepartment(tx: Tx, name: string): Promise<boolean> {
  const rows = await tx.orm
    .insert(departments)
    .values({ name })
    .onConflictDoNothing()
    .returning({ name: departments.name });
  return rows.length > 0;
}

/** The department has another name, and so have its people. @returns false: there is one of that name */
export async function renameDepartment(tx: Tx, name: string, newName: string): Promise<boolean> {
  try {
    await tx.sql.savepoint(() => tx.orm.update(departments).set({ name: newName }).where(eq(departments.name, name)));
    return true;
  } catch (error) {
    if (sqlState(error) === '23505') return false;
    throw error;
  }
}

export async function deleteDepartment(tx: Tx, name: string): Promise<void> {
  await tx.orm.delete(departments).where(eq(departments.name, name));
}

/** How many people are in it. */
export async function countInDepartment(db: Queryable, name: string): Promise<number> {
  const [row] = await db.sql<
    { count: number }[]
  >`select count(*)::int as count from contacts where department = ${name}`;
  return row?.count ?? 0;
}
