export {};
//# sourceMappingURL=plugin-options.js.map