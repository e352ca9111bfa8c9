/**
 * The shape of one place where a Temporal CLI may come from.
 * A source either finds one or says in a phrase why not; it throws only for what must stop the search.
 */
export {};
//# sourceMappingURL=source.js.map