const OURS = /^#([a-z-]+)$/;

/** `#lib` is that lib's index, for our own files: packages have names of that form for themselves (OpenTelemetry's have a `#platform`, too). */
module.exports = (name, options) => {
  const lib = options.basedir.includes('/node_modules/') ? undefined : OURS.exec(name)?.[1];
  return lib === undefined ? options.defaultResolver(name, options) : `${options.rootDir}/libs/${lib}/src/index.ts`;
};
