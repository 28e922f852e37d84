/**
 * Version of what this code expects of the schema. A contract step of a migration raises `schema_state.min_code_version` to the oldest
 * code that can live with it; raise this number in the release that stops using what a later contract step takes away.
 */
export const CODE_VERSION = 1;
