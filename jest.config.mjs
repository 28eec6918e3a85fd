// Sources run as Node and esbuild run them; tests may also declare Colyseus state with `@type()`, which needs the older
// decorators and fields that are assigned, not defined.
const swc = (jsc) => [
  '@swc/jest',
  { jsc: { target: 'es2022', ...jsc }, module: { type: 'es6' }, sourceMaps: 'inline', swcrc: false },
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['steam-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  roots: ['<rootDir>/packages'],
  testMatch: ['**/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  transform: {
    '/test/.+\\.ts$': swc({
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
    }),
    '\\.ts$': swc({ parser: { syntax: 'typescript' } }),
  },
  maxWorkers: 2,
  testTimeout: 20_000,
  reporters: process.env.CI ? ['default', '<rootDir>/scripts/ciReporter.mjs'] : ['default'],
};
