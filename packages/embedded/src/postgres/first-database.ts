import pg from 'pg';

/** @param name of our own choice: it stands in the statement as it is */
export async function createDatabaseIfMissing(url: string, name: 'culprit'): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'culprit-embedded' });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}
