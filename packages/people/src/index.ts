export { ANONYMOUS, actorHashOf, userHashOf } from './hashes.ts';
export { type Identity, identitiesOf, personOf } from './identities.ts';
export {
  addToSketch,
  decodeSketch,
  emptySketch,
  encodeSketch,
  MAX_EXACT,
  mergeSketches,
  type PeopleSketch,
  SketchError,
  sketchCount,
} from './sketch.ts';
