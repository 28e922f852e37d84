import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { inRoot } from '../../services/local/repository.ts';
import { parseUnitFile } from './unit-file.ts';

const SERVICES = ['alerts', 'ingest', 'processor', 'web'];
const SYSTEMD = inRoot('deploy', 'systemd');
const KUBERNETES = inRoot('deploy', 'kubernetes');

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.string() }),
  periodSeconds: z.number(),
  timeoutSeconds: z.number().optional(),
  failureThreshold: z.number().optional(),
});
const containerSchema = z.object({
  name: z.string(),
  command: z.array(z.string()),
  envFrom: z.tuple([z.strictObject({ secretRef: z.strictObject({ name: z.literal('culprit') }) })]),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })).optional(),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const podSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    securityContext: z.object({
      runAsNonRoot: z.literal(true),
      seccompProfile: z.object({ type: z.string() }),
    }),
    containers: z.tuple([containerSchema]),
    volumes: z.array(z.object({ name: z.string() })),
  }),
});
const workloadSchema = z.object({
  kind: z.enum(['Deployment', 'StatefulSet']),
  spec: z.object({
    replicas: z.number(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: podSchema,
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })).optional(),
  }),
});

describe('systemd', () => {
  const units = readdirSync(SYSTEMD);
  const read = (name: string) => parseUnitFile(readFileSync(join(SYSTEMD, name), 'utf8'));

  test('the target wants each service, and each has a unit that is a part of it', () => {
    const wanted = read('culprit.target').get('Unit')?.get('Wants')?.join(' ').split(' ') ?? [];
    expect(wanted.sort()).toEqual(SERVICES.map((name) => `culprit-${name}.service`));
    for (const name of wanted) expect(read(name).get('Unit')?.get('PartOf')).toEqual(['culprit.target']);
  });

  test('each unit that is named is there', () => {
    for (const name of units) {
      const unit = read(name).get('Unit');
      const named = ['Wants', 'Requires', 'After', 'PartOf'].flatMap((key) => unit?.get(key) ?? []);
      for (const other of named.flatMap((list) => list.split(' ')).filter((one) => one.startsWith('culprit')))
        expect(units).toContain(other);
    }
  });

  test('each command names files of this repository, and the one file of settings', () => {
    for (const name of units.filter((one) => one.endsWith('.service'))) {
      const service = read(name).get('Service');
      expect(service?.get('EnvironmentFile')).toEqual(['/opt/culprit/culprit.env']);
      for (const command of [
        ...(service?.get('ExecStart') ?? []),
        ...(service?.get('ExecStartPost') ?? []),
      ]) {
        const [runtime, script = '', ...rest] = command.split(' ');
        expect(runtime).toBe('/opt/culprit/current/node_modules/.bin/node');
        expect(existsSync(inRoot(script.replace('/opt/culprit/current/', '')))).toBe(true);
        expect(rest).toEqual([]);
      }
    }
  });

  test('what accepts connections has a socket that outlives it, on the port of the settings', () => {
    const settings = parseEnv(readFileSync(inRoot('deploy', 'culprit.env'), 'utf8'));
    for (const [name, port] of [
      ['ingest', settings.CULPRIT_INGEST_PORT],
      ['web', settings.CULPRIT_PORT],
    ]) {
      expect(read(`culprit-${name}.socket`).get('Socket')?.get('ListenStream')).toEqual([
        `${settings.CULPRIT_HOST}:${port}`,
      ]);
      expect(read(`culprit-${name}.service`).get('Unit')?.get('Requires')).toEqual([
        `culprit-${name}.socket`,
      ]);
    }
  });

  test('metrics of each service are on a port of their own', () => {
    const ports = SERVICES.map((name) => read(`culprit-${name}.service`).get('Service')?.get('Environment'));
    const named = ports.map((list) => list?.find((one) => one.startsWith('CULPRIT_OPERATIONS_PORT=')));
    expect(new Set(named).size).toBe(SERVICES.length);
    expect(named).not.toContain(undefined);
  });

  test('a line that is no setting is refused', () => {
    expect(() => parseUnitFile('[Unit]\nDescription')).toThrow('line 2');
  });
});

describe('Kubernetes', () => {
  const kustomization = documentsOf('kustomization.yaml')[0] as { resources: string[] };

  test('each manifest is in the list, and the list names no other', () => {
    const files = readdirSync(KUBERNETES).filter(
      (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
    );
    expect([...kustomization.resources].sort()).toEqual(files.sort());
  });

  test.each(SERVICES)('%s runs its own script with probes, limits and no rights', (service) => {
    const documents = documentsOf(`${service}.yaml`);
    const { kind, spec } = workloadSchema.parse(documents[0]);
    expect(kind).toBe(service === 'ingest' ? 'StatefulSet' : 'Deployment');
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    const [container] = spec.template.spec.containers;
    expect(container.command[0]).toBe('/opt/culprit/node_modules/.bin/node');
    expect(container.command[1]).toBe(`/opt/culprit/services/${service}/main.ts`);
    const ports = new Map(container.ports?.map(({ name, containerPort }) => [name, containerPort]));
    for (const one of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect(ports.has(one?.httpGet.port ?? '')).toBe(true);
    }
    const env = new Map(container.env.map(({ name, value }) => [name, value]));
    expect(env.get('CULPRIT_OPERATIONS_PORT')).toBe(String(ports.get('operations')));
    const volumes = [
      ...spec.template.spec.volumes.map(({ name }) => name),
      ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
  });

  test('the images are of the version that this is', () => {
    const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { version: string };
    for (const file of kustomization.resources) {
      const text = readFileSync(join(KUBERNETES, file), 'utf8');
      expect(text.match(/image: .*/g)).toEqual([`image: culprit:${version}`]);
    }
  });
});

function documentsOf(file: string): unknown[] {
  return parseAllDocuments(readFileSync(join(KUBERNETES, file), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });
}
