import { describe } from 'vitest';
import { testLargeThings } from './large.ts';

describe('with the embedded log', () => testLargeThings());
