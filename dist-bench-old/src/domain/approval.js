export {};
//# sourceMappingURL=approval.js.map