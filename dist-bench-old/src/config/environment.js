/** The environment of this process: read here and nowhere else. Everything below gets it as a parameter. */
export const environment = process.env;
//# sourceMappingURL=environment.js.map