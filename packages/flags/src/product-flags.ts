import { defineFlags } from './define-flags.ts';

/** Every flag of the product. One that is past its day fails the unit tests: remove it together with the way not taken. */
export const productFlags = defineFlags({});
