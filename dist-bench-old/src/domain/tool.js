/**
 * What a tool is, as the model and the workflow see it: a name, limits in words, a schema, and how safe a second run is.
 * How a tool runs is the business of src/tools.
 */
export {};
//# sourceMappingURL=tool.js.map