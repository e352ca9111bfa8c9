/** What carries a signature. Types only. */
export {};
//# sourceMappingURL=signed.js.map