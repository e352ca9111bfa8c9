/**
 * What the activities need from the outside, as ports: adapters are handed in, never imported. One object, made by the
 * plugin, holds them all.
 */
export {};
//# sourceMappingURL=deps.js.map