/** What the composition root provides to controllers. */
export const TOKEN_API = Symbol('TokenApi');
export const CONNECTION_API = Symbol('ConnectionApi');
