/** The environment of this process: read here and nowhere else. Everything else gets it as a parameter. */
export const environment: NodeJS.ProcessEnv = process.env;
