const DAY_MS = 86_400_000;

/** Days that a parcel takes, by country. */
const TRANSIT_DAYS: Readonly<Record<string, number>> = { IT: 3, NO: 4, GB: 2, DE: 1 };

/** Day of arrival, as `2026-11-24`. */
export function deliveryDate(ordered: number, country: string): string {
  const days = Number(TRANSIT_DAYS[country]);
  return new Date(ordered + days * DAY_MS).toISOString().slice(0, 10);
}
