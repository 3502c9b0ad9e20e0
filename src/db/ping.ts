import postgres from 'postgres';

/** Connects once, hears one answer and leaves. Throws what the driver or the server said. */
export async function ping(url: string): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'deskbell ping' },
  });
  try {
    await sql`select 1`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
