import type { System } from '@culprit/api';
import { counted, formatBytes, formatShare } from '../../format/numbers.ts';

const STORES = { postgres: 'PostgreSQL', clickhouse: 'ClickHouse' } as const;

function Schema({ schema }: { schema: NonNullable<System['schema']> }) {
  return (
    <section className="sec" aria-labelledby="h-schema">
      <header>
        <h2 id="h-schema">Schema</h2>
      </header>
      <dl className="kv">
        {schema.stores.map(({ store, newest, pending }) => (
          <div key={store} className="pair-row">
            <dt>{STORES[store]}</dt>
            <dd>
              {newest === null ? 'nothing applied' : newest.replace(/\.sql$/, '')}
              {pending > 0 && `; ${counted(pending, 'file', 'files')} not applied`}
            </dd>
          </div>
        ))}
        <div className="pair-row">
          <dt>Code</dt>
          <dd>
            version {schema.codeVersion}; the schema takes {schema.minCodeVersion} or newer
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Disk({ disk }: { disk: NonNullable<System['disk']> }) {
  return (
    <section className="sec" aria-labelledby="h-disk">
      <header>
        <h2 id="h-disk">Disk</h2>
        <span className="n">{formatShare(1 - disk.freeBytes / Math.max(1, disk.totalBytes))} used</span>
      </header>
      <Sizes of={disk.folders} />
    </section>
  );
}

function Sizes({ of }: { of: readonly { readonly name: string; readonly bytes: number }[] }) {
  return (
    <dl className="kv sizes">
      {of.map(({ name, bytes }) => (
        <div key={name} className="pair-row">
          <dt>{name}</dt>
          <dd>{formatBytes(bytes)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The large ones: by month, so that one sees what retention will free. */
const MOST_TABLES = 12;

function Tables({ tables }: { tables: NonNullable<System['tables']> }) {
  const rows = [
    ...tables.clickhouse.map(({ name, month, bytes }) => ({
      name: month === 'all' ? name : `${name} ${month.slice(0, 4)}-${month.slice(4)}`,
      bytes,
    })),
    ...tables.postgres,
  ].sort((a, b) => b.bytes - a.bytes);
  return (
    <section className="sec" aria-labelledby="h-tables">
      <header>
        <h2 id="h-tables">Tables</h2>
      </header>
      <Sizes of={rows.slice(0, MOST_TABLES)} />
    </section>
  );
}

/** What is installed here, and what it takes. */
export function Side({ system: { versions, schema, disk, tables } }: { system: System }) {
  return (
    <aside>
      <section className="sec" aria-labelledby="h-versions">
        <header>
          <h2 id="h-versions">Versions</h2>
        </header>
        <dl className="kv">
          <dt>Culprit</dt>
          <dd>{versions.culprit}</dd>
          <dt>Node</dt>
          <dd>{versions.node}</dd>
          <dt>PostgreSQL</dt>
          <dd>{versions.postgres ?? 'did not answer'}</dd>
          <dt>ClickHouse</dt>
          <dd>{versions.clickhouse ?? 'did not answer'}</dd>
          <dt>Log records</dt>
          <dd>format {versions.logRecords.join(', ')}</dd>
        </dl>
      </section>
      {schema !== null && <Schema schema={schema} />}
      {disk !== null && <Disk disk={disk} />}
      {tables !== null && tables !== undefined && <Tables tables={tables} />}
    </aside>
  );
}
