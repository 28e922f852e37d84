import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const LEVELS: Readonly<Record<number, readonly [name: string, style: Style]>> = {
  10: ['trace', 'dim'],
  20: ['debug', 'dim'],
  30: ['info', 'green'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
  60: ['fatal', 'red'],
};
const SERVICES: Readonly<Record<string, Style>> = {
  ingest: 'cyan',
  processor: 'magenta',
  web: 'blue',
  alerts: 'yellow',
  local: 'white',
  postgres: 'dim',
  clickhouse: 'dim',
};
const HIDDEN: ReadonlySet<string> = new Set([
  'level',
  'time',
  'service',
  'pid',
  'msg',
  'err',
  'hostname',
  'v',
]);
const NAME_WIDTH = 10;
const LONGEST_VALUE = 300;

export interface LogPrinter {
  /** One line of a process, pino's JSON or anything else. */
  print(service: string, line: string): void;
}

/** One log of many processes: time, service, level, message, facts. Colours where `isColoured`. */
export function createLogPrinter(out: { write(text: string): unknown }, isColoured: boolean): LogPrinter {
  const paint = (style: Style, text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  return {
    print: (service, line) => {
      if (line === '') return;
      const name = paint(SERVICES[service] ?? 'white', service.padEnd(NAME_WIDTH));
      const record = parseRecord(line);
      if (record === undefined) {
        out.write(`${paint('dim', clockTime(Date.now()))} ${name} ${line}\n`);
        return;
      }
      const [level, style] = LEVELS[record.level] ?? ['info', 'green'];
      const facts = factsOf(record);
      const text = [
        paint('dim', clockTime(Date.parse(record.time))),
        name,
        paint(style, level.padEnd(5)),
        record.level >= 40 ? paint(style, record.msg) : record.msg,
        ...(facts === '' ? [] : [paint('dim', facts)]),
      ].join(' ');
      const error = errorText(record.err);
      out.write(`${text}\n${error === '' ? '' : paint('dim', error)}`);
    },
  };
}

interface LogRecord {
  readonly level: number;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (typeof value.level !== 'number') return undefined;
    return {
      ...value,
      level: value.level,
      time: String(value.time ?? ''),
      msg: String(value.msg ?? ''),
    };
  } catch {
    return undefined;
  }
}

function clockTime(milliseconds: number): string {
  const date = new Date(Number.isNaN(milliseconds) ? Date.now() : milliseconds);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function factsOf(record: LogRecord): string {
  return Object.entries(record)
    .filter(([name, value]) => !HIDDEN.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${shortened(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ');
}

function shortened(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' ? stack : String(message ?? '');
  return text === '' ? '' : `${text.replaceAll(/^/gm, ' '.repeat(NAME_WIDTH + 10))}\n`;
}
