import * as api from '@culprit/api';
import { z } from 'zod';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Schemas of answers as JSON Schema: those that the API's package exports have a name, and others refer to them by it. */
export class AnswerSchemas {
  readonly #names: z.core.$ZodRegistry<{ id: string }> = z.registry();
  readonly #used = new Map<string, JsonObject>();

  constructor() {
    for (const [exported, value] of Object.entries(api)) {
      const [, word] = /^([a-z][A-Za-z0-9]*)Schema$/.exec(exported) ?? [];
      if (word === undefined || !(value instanceof z.ZodType) || this.#names.has(value)) continue;
      this.#names.add(value, { id: `${word[0]?.toUpperCase()}${word.slice(1)}` });
    }
  }

  /** @throws Error for a schema that JSON cannot have, such as a date. */
  schemaOf(answer: z.ZodType): JsonObject {
    const made = z.toJSONSchema(answer, { metadata: this.#names, override: open });
    const { $schema, $defs, ...schema } = referring(made);
    for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, JsonObject>)) {
      this.#used.set(id, definition);
    }
    return schema;
  }

  /** Those that an answer so far refers to, for `components.schemas`. */
  components(): Readonly<Record<string, JsonObject>> {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function referring(schema: object): JsonObject {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonObject;
}

/** What a request may hold, before anything is put in or made of it. */
export function requestSchemaOf(schema: z.ZodType): JsonObject {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest as JsonObject;
}

/** An answer may gain fields. */
function open({ jsonSchema }: { jsonSchema: { additionalProperties?: unknown } }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}
