import { z } from 'zod';
import { dateSchema, idSchema } from './values.ts';

const isWebUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '';
};

/** `POST /api/0/organizations/{org}/alert-channels/`. */
export const newAlertChannelRequestSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('webhook'),
    target: z.string().max(2048).refine(isWebUrl, 'must be an http or https URL without a password'),
    /** Slug or id; null: all projects. */
    project: z.union([z.string(), z.number().int()]).nullish(),
  }),
  z.object({
    kind: z.literal('email'),
    target: z.email().max(320),
    project: z.union([z.string(), z.number().int()]).nullish(),
  }),
]);
export type NewAlertChannelRequest = z.infer<typeof newAlertChannelRequestSchema>;

export const alertChannelSchema = z.object({
  id: idSchema,
  kind: z.enum(['webhook', 'email']),
  target: z.string(),
  /** Slug; null: all projects. */
  project: z.string().nullable(),
  isActive: z.boolean(),
  dateCreated: dateSchema,
});
export type AlertChannel = z.infer<typeof alertChannelSchema>;

/** 201: the only time that the secret that signs webhooks is shown; null for email. */
export const newAlertChannelSchema = alertChannelSchema.extend({ secret: z.string().nullable() });
export type NewAlertChannel = z.infer<typeof newAlertChannelSchema>;
